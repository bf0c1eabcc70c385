"""How rows are shown in Dagster's pages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import dagster as dg

from integration_assets.contracts.table import Row
from integration_assets.shown import as_table


@dataclass(frozen=True)
class Line(Row):
    sku: str
    units: int
    price: Decimal | None
    reason: str


def test_a_sample_shows_the_first_rows_and_cuts_long_texts_short() -> None:
    rows = [Line(f"SKU-{number:02d}", number, Decimal("9.90") if number else None, "why " * 50) for number in range(25)]
    table = as_table(rows, ["sku", "units", "price", "reason"])
    assert isinstance(table, dg.TableMetadataValue)
    assert len(table.records) == 20
    assert table.records[1].data == {"sku": "SKU-01", "units": 1, "price": "9.90", "reason": ("why " * 50)[:119] + "…"}
    assert table.records[0].data["price"] is None


def test_no_rows_are_told_in_words() -> None:
    assert as_table([], ["sku"]) == dg.MetadataValue.text("nothing to show")
