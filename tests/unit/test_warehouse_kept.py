"""Kept tables: parts are added with what goes beside them, all or nothing, and no change of a contract drops them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from integration_assets.contracts.errors import DataError, StoreError
from integration_assets.contracts.settlements import SETTLEMENT_LINES, SETTLEMENTS, Settlement, SettlementLine
from integration_assets.contracts.table import Column
from resources.clock import ManualClock
from resources.warehouse import Warehouse
from resources.warehouse_parts.ddl import Found, statements
from tests.assets.rows import NINE, make

COLUMNS = [column.name for column in SETTLEMENT_LINES.columns]
PART: dict[str, str | int] = {"settlement_id": "S1", "version": 1}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    found = Warehouse(tmp_path / "warehouse.duckdb", ManualClock(NINE), tables=[SETTLEMENTS, SETTLEMENT_LINES])
    found.update(SETTLEMENT_LINES, [make(SettlementLine), make(SettlementLine, settlement_id="S2")])
    return found


def lines(amount: str, *, count: int = 2) -> str:
    """A SELECT of lines of S1 whose amounts are `amount`."""
    given = {"amount": amount, "line_number": "i", "settlement_id": "'S1'"}
    names = ", ".join(f"{given[name]} AS {name}" if name in given else name for name in COLUMNS)
    source = f"amazon.settlement_lines, range(1, {count + 1}) AS numbers(i)"
    return f"SELECT {names} FROM {source} WHERE settlement_id = 'S2'"  # noqa: S608 - words of this test


def test_a_part_takes_the_place_of_what_it_held_and_touches_no_other(warehouse: Warehouse) -> None:
    for _ in range(2):
        row = make(Settlement, settlement_id="S1")
        assert warehouse.add(SETTLEMENT_LINES, lines("2.50"), {}, part=PART, beside=(SETTLEMENTS, [row])) == 2
    found = "SELECT settlement_id, count(*), sum(amount) FROM amazon.settlement_lines GROUP BY ALL ORDER BY ALL"
    assert warehouse.query(found) == [("S1", 2, Decimal("5.00")), ("S2", 1, Decimal("9.99"))]
    assert warehouse.rows(SETTLEMENTS) == [make(Settlement, settlement_id="S1")]
    assert warehouse.written_at(SETTLEMENTS) == NINE


@pytest.mark.parametrize(
    ("select", "row"),
    [
        (lines("NULL"), make(Settlement)),
        (lines("'1,5'"), make(Settlement)),
        ("SELECT 1 AS amount", make(Settlement)),
        (lines("2.50"), replace(make(Settlement), total_amount=Decimal("0.00001"))),
    ],
    ids=["a line without an amount", "an amount that is none", "columns are missing", "the row beside does not fit"],
)
def test_what_does_not_fit_leaves_everything_as_it_was(warehouse: Warehouse, select: str, row: Settlement) -> None:
    before = warehouse.rows(SETTLEMENT_LINES)
    with pytest.raises(DataError):
        warehouse.add(SETTLEMENT_LINES, select, {}, part=PART, beside=(SETTLEMENTS, [row]))
    assert warehouse.rows(SETTLEMENT_LINES) == before
    assert warehouse.rows(SETTLEMENTS) == []


def test_a_kept_table_is_neither_replaced_nor_rebuilt(warehouse: Warehouse) -> None:
    with pytest.raises(StoreError, match=r"amazon\.settlement_lines is kept"):
        warehouse.replace(SETTLEMENT_LINES, [])
    with pytest.raises(StoreError, match=r"amazon\.settlement_lines is kept"):
        warehouse.rebuild(SETTLEMENT_LINES, "SELECT 1")


def test_a_changed_contract_alters_a_kept_table_and_never_drops_it() -> None:
    more = Column(name="note", sql_type="VARCHAR", nullable=True, unit="", prose="A note", minimum=None, allowed=())
    changed = replace(SETTLEMENTS, columns=(*SETTLEMENTS.columns, more))
    spelled = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    there = {
        column.name: Found(spelled.get(column.sql_type, column.sql_type), column.nullable)
        for column in SETTLEMENTS.columns
    }
    written = [text for text in statements([changed], {("amazon", "settlements"): there}) if "COMMENT" not in text]
    assert written == [
        'CREATE SCHEMA IF NOT EXISTS "amazon"',
        'ALTER TABLE "amazon"."settlements" ADD COLUMN "note" VARCHAR',
    ]
