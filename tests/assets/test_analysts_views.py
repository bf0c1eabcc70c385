"""The views of the analysts' copy: each is there, says what it answers, and answers it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration_assets.contracts.registry import TABLES
from integration_assets.publish.analysts import views
from resources.ledger_parts.schema import PERSONAL
from tests.published_copy import a_copy

NAMES = {table.sql_name for table in TABLES}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_copy(tmp_path_factory.mktemp("copy"))


def answers(copy: Path, select: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(copy), read_only=True) as database:
        return database.execute(select).fetchall()


def test_every_view_whose_tables_exist_is_in_the_copy_with_a_comment(copy: Path) -> None:
    made = dict(answers(copy, "SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'answers'"))
    wanted = {name: told for name, (told, select) in views().items() if _needs(select) <= NAMES}
    assert made == wanted
    assert len(made) >= 6
    assert all("One row per" in told for told, _ in views().values())


def _needs(select: str) -> set[str]:
    return set(re.findall(r"\b(?:FROM|JOIN) ([a-z_]+\.[a-z_]+)", select))


def test_every_view_can_be_read(copy: Path) -> None:
    names = answers(copy, "SELECT view_name FROM duckdb_views() WHERE schema_name = 'answers'")
    rows = {name: len(answers(copy, f'FROM answers."{name}"')) for (name,) in names}
    assert rows == {name: 0 if name in ("margin_by_sku", "payouts_explained") else 1 for (name,) in names}


def test_the_views_answer_their_questions(copy: Path) -> None:
    assert answers(copy, "SELECT team, severity, units FROM answers.needs_you") == [("operations", "urgent", 2)]
    assert answers(copy, "SELECT shown, target, difference, cause FROM answers.stock_by_sku") == [
        (43, 18, 25, "ownership_leak")
    ]
    assert answers(copy, "SELECT units, orders FROM answers.daily_sales") == [(3, 1)]
    assert answers(copy, "SELECT verified, half_within_seconds, sent_again FROM answers.push_speed") == [(1, 120.0, 1)]
    assert answers(copy, "SELECT minutes_to_shopify FROM answers.orders_on_both_sides") == [(7,)]
    assert answers(copy, "SELECT kind, came, still_open FROM answers.time_to_close") == [("oversold", 1, 1)]


def test_every_table_and_column_of_the_copy_has_a_comment(copy: Path) -> None:
    bare = "SELECT schema_name, table_name FROM duckdb_tables() WHERE comment IS NULL"
    assert answers(copy, bare) == []
    columns = "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
    assert [row for row in answers(copy, columns) if row[0] != "answers"] == []


def test_no_column_is_named_for_a_person(copy: Path) -> None:
    names = {str(row[0]) for row in answers(copy, "SELECT column_name FROM duckdb_columns() WHERE NOT internal")}
    assert names & PERSONAL == set()
