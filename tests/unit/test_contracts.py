"""The contracts themselves, and what is generated from them: claims, the data dictionary, quoted names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integration_assets.contracts import bookkeeping, dictionary
from integration_assets.contracts.amazon import FBA_INVENTORY, LISTINGS
from integration_assets.contracts.claims import claims_of
from integration_assets.contracts.registry import TABLES
from integration_assets.contracts.shopify import STOCK_LEVELS
from integration_assets.contracts.sql import Fragment, fill, fixed, identifier, literal
from integration_assets.contracts.table import Row, Table, column, table
from resources.clock import ManualClock
from resources.warehouse import Warehouse
from tests.unit.warehouse_rows import at, fba, level, listing

WORDS_OF_A_FILE = ("amount_type", "amount_description")
"""Columns that a settlement file calls by these names and fills with words."""

DICTIONARY = Path(__file__).resolve().parents[2] / "docs" / "data_dictionary.md"
EVERY_TABLE = (*TABLES, *bookkeeping.TABLES)


def violations(warehouse: Warehouse, of: Table[Any]) -> dict[str, int]:
    return {claim.name: warehouse.scalar(claim.sql) for claim in claims_of(of) if warehouse.scalar(claim.sql)}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", ManualClock(at(12)), tables=[STOCK_LEVELS, LISTINGS, FBA_INVENTORY])


@pytest.mark.parametrize("of", EVERY_TABLE, ids=lambda of: of.sql_name)
def test_a_contract_says_what_every_column_means(of: Table[Any]) -> None:
    assert of.prose.endswith(".")
    assert [column.name for column in of.columns if not column.prose or column.prose.endswith(".")] == []


@pytest.mark.parametrize("of", EVERY_TABLE, ids=lambda of: of.sql_name)
def test_a_key_is_made_of_columns_that_are_never_empty(of: Table[Any]) -> None:
    required = {column.name for column in of.columns if not column.nullable}
    assert of.key
    assert set(of.key) <= required


@pytest.mark.parametrize("of", EVERY_TABLE, ids=lambda of: of.sql_name)
def test_names_say_what_stands_in_a_column(of: Table[Any]) -> None:
    kinds = {column.name: column.sql_type for column in of.columns}
    assert [name for name, kind in kinds.items() if (kind == "TIMESTAMPTZ") != name.endswith("_at")] == []
    assert [name for name, kind in kinds.items() if (kind == "DATE") != name.endswith("_on")] == []
    assert [column.name for column in of.columns if column.sql_type == "DECIMAL(18,4)" and not column.unit] == []


@pytest.mark.parametrize("of", TABLES, ids=lambda of: of.sql_name)
def test_no_column_is_meant_for_a_persons_data(of: Table[Any]) -> None:
    personal = (
        "email",
        "phone",
        "address",
        "buyer",
        "customer",
        "recipient",
        "first_name",
        "last_name",
        "zip",
        "postal",
    )
    assert [column.name for column in of.columns if any(word in column.name for word in personal)] == []


def test_a_table_is_registered_once() -> None:
    names = [of.sql_name for of in EVERY_TABLE]
    assert sorted(set(names)) == sorted(names)


def test_an_annotation_without_a_sql_type_is_named() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Priced(Row):
        """Money as a float."""

        price: float = column("Price")

    with pytest.raises(TypeError, match=r"Priced\.price: no SQL type for <class 'float'>"):
        table(Priced, schema="s", name="n", key=("price",), grain="g", kind="derived", team="finance")


def test_good_rows_break_no_claim(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", -5), level("B", 0)], seen_at=at(1))
    warehouse.observe(LISTINGS, [listing("UK", "MUG"), listing("DE", "MUG", quantity=None)], seen_at=at(1))
    warehouse.observe(FBA_INVENTORY, [], seen_at=at(1))
    assert [violations(warehouse, of) for of in (STOCK_LEVELS, LISTINGS, FBA_INVENTORY)] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        ("INSERT INTO amazon.listings SELECT * FROM amazon.listings", {"key_is_unique": 1}),
        (
            "ALTER TABLE amazon.listings ALTER title DROP NOT NULL; UPDATE amazon.listings SET title = NULL",
            {"nothing_required_is_empty": 1},
        ),
        ("UPDATE amazon.listings SET quantity = -1", {"quantity_is_not_below_0": 1}),
        ("UPDATE amazon.listings SET region = 'mars'", {"region_is_a_known_word": 1}),
        ("DELETE FROM amazon.listings", {"has_rows": 1}),
    ],
)
def test_a_broken_claim_counts_what_breaks_it(warehouse: Warehouse, damage: str, broken: dict[str, int]) -> None:
    warehouse.observe(LISTINGS, [listing("UK", "MUG")], seen_at=at(1))
    with warehouse.connect() as connection:
        connection.execute(damage)
    assert violations(warehouse, LISTINGS) == broken


def test_a_table_that_may_be_empty_makes_no_claim_to_have_rows(warehouse: Warehouse) -> None:
    warehouse.observe(FBA_INVENTORY, [fba("X1", 3)], seen_at=at(1))
    assert "has_rows" not in [claim.name for claim in claims_of(FBA_INVENTORY)]


@pytest.mark.parametrize("of", TABLES, ids=lambda of: of.sql_name)
def test_claims_have_names_of_their_own_and_a_sentence(of: Table[Any]) -> None:
    claims = claims_of(of)
    assert len({claim.name for claim in claims}) == len(claims)
    assert [claim.name for claim in claims if not claim.told.endswith(".") or not claim.name.isidentifier()] == []


def test_the_data_dictionary_in_docs_is_current(tmp_path: Path) -> None:
    written = tmp_path / "data_dictionary.md"
    assert dictionary.main([str(written)]) == 0
    assert written.read_text() == DICTIONARY.read_text(), "run `make docs`"


def test_the_data_dictionary_wants_to_know_where_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert dictionary.main([]) == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_the_data_dictionary_tells_types_units_limits_and_prose() -> None:
    told = dictionary.render([FBA_INVENTORY])
    assert "## amazon\n\nWhat Amazon says, per region account.\n\n### amazon.fba_inventory\n" in told
    assert "Observed; one row per region account, pool and FNSKU; key `region, pool, fnsku`; team operations." in told
    assert "| `fulfillable` | BIGINT |  | units | Units Amazon can ship now; 0 or more |" in told
    assert "| `asin` | VARCHAR | yes |  | Amazon Standard Identification Number |" in told
    assert "| `region` | VARCHAR |  |  | Region account; one of `na`, `eu`, `fe` |" in told


def test_a_bar_in_the_prose_does_not_end_the_cell() -> None:
    odd = replace(FBA_INVENTORY, columns=(replace(FBA_INVENTORY.columns[0], prose="this | that", allowed=()),))
    assert "| this \\| that |" in dictionary.render([odd])


@pytest.mark.parametrize(
    ("made", "sql"),
    [
        (lambda: identifier("shopify", "stock_levels"), '"shopify"."stock_levels"'),
        (lambda: identifier('x"; DROP TABLE y; --'), '"x""; DROP TABLE y; --"'),
        (lambda: literal("it's"), "'it''s'"),
        (lambda: fill("SELECT {a} AS {{x}}", a=identifier("b")), 'SELECT "b" AS {x}'),
        (lambda: fill("{a}", a=fixed("{b}")), "{b}"),
    ],
    ids=["qualified", "quote in a name", "quote in a text", "braces", "braces in a part"],
)
def test_sql_is_put_together_from_quoted_parts(made: Callable[[], Fragment], sql: str) -> None:
    assert made() == sql


def test_plain_text_does_not_get_into_sql() -> None:
    with pytest.raises(TypeError, match="'name' is plain text"):
        fill("SELECT {name}", name="x; DROP TABLE y")  # type: ignore[arg-type]


def test_money_is_decimal_in_every_contract() -> None:
    amounts = [
        f"{of.sql_name}.{column.name}"
        for of in EVERY_TABLE
        for column in of.columns
        if any(word in column.name for word in ("price", "amount", "proceeds"))
        and column.name not in WORDS_OF_A_FILE
        and column.sql_type != "DECIMAL(18,4)"
    ]
    assert amounts == []
    assert listing("UK", "MUG").price == Decimal("12.50")
