"""What the warehouse stores of a reading, what it refuses, and what it says about the past."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from integration_assets.contracts.amazon import AVAILABILITY, FBA_INVENTORY, LISTINGS
from integration_assets.contracts.errors import DataError, ShrunkenSnapshot, StoreError, Unavailable
from integration_assets.contracts.reconcile import INVENTORY_DRIFT
from integration_assets.contracts.shopify import STOCK_LEVELS, VARIANTS, StockLevel, Variant
from integration_assets.contracts.table import Row
from resources.clock import ManualClock
from resources.warehouse import Change, Observation, Warehouse
from tests.unit.warehouse_rows import at, availability, drift, fba, level, listing, variant

TABLES = (STOCK_LEVELS, VARIANTS, LISTINGS, AVAILABILITY, FBA_INVENTORY, INVENTORY_DRIFT)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", ManualClock(at(12)), tables=TABLES)


def changes(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.query(
        "SELECT inventory_item_id, available, change, seen_at FROM shopify.stock_levels_log ORDER BY seen_at, 1"
    )


def test_a_first_reading_appears_as_a_whole(warehouse: Warehouse) -> None:
    change = warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", -2)], seen_at=at(1))
    assert change == Change(total=2, appeared=2, changed=0, gone=0)
    assert warehouse.rows(STOCK_LEVELS) == [level("A", 5), level("B", -2)]
    assert changes(warehouse) == [("A", 5, "appeared", at(1)), ("B", -2, "appeared", at(1))]


def test_only_what_changed_is_logged_and_a_gone_row_keeps_its_last_values(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 7), level("C", 9)], seen_at=at(1))
    change = warehouse.observe(
        STOCK_LEVELS, [level("A", 5), level("B", 6), level("D", 1)], seen_at=at(2), max_shrink_percent=50
    )
    assert change == Change(total=3, appeared=1, changed=1, gone=1)
    assert changes(warehouse)[3:] == [
        ("B", 6, "changed", at(2)),
        ("C", 9, "gone", at(2)),
        ("D", 1, "appeared", at(2)),
    ]
    assert warehouse.rows(STOCK_LEVELS) == [level("A", 5), level("B", 6), level("D", 1)]


def test_an_unchanged_row_was_still_seen(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    change = warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(2))
    assert change == Change(total=1, appeared=0, changed=0, gone=0)
    assert warehouse.scalar("SELECT seen_at FROM shopify.stock_levels") == at(2)
    assert len(changes(warehouse)) == 1


def test_a_value_that_becomes_empty_is_a_change(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5, updated_at=at(1))], seen_at=at(1))
    assert warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(2)).changed == 1


def test_a_reading_that_is_not_complete_takes_nothing_away(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 7)], seen_at=at(1))
    change = warehouse.observe(STOCK_LEVELS, [level("B", 6)], seen_at=at(2), complete=False)
    assert change == Change(total=2, appeared=0, changed=1, gone=0)
    assert warehouse.rows(STOCK_LEVELS) == [level("A", 5), level("B", 6)]
    assert warehouse.query("SELECT seen_at FROM shopify.stock_levels ORDER BY ALL") == [(at(1),), (at(2),)]


def test_nothing_new_in_an_incremental_reading_is_no_failure(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    change = warehouse.observe(STOCK_LEVELS, [], seen_at=at(2), complete=False, cursor=("stock", "2026-03-01T02:00"))
    assert change == Change(total=1, appeared=0, changed=0, gone=0)
    assert warehouse.cursor("stock") == "2026-03-01T02:00"


def test_a_reading_of_one_marketplace_leaves_the_others_alone(warehouse: Warehouse) -> None:
    warehouse.observe(LISTINGS, [listing("UK", "MUG"), listing("DE", "MUG"), listing("DE", "CUP")], seen_at=at(1))
    change = warehouse.observe(
        LISTINGS,
        [listing("DE", "MUG", quantity=4)],
        seen_at=at(2),
        within={"region": "eu", "marketplace_id": "DE"},
        max_shrink_percent=50,
    )
    assert change == Change(total=1, appeared=0, changed=1, gone=1)
    assert warehouse.rows(LISTINGS) == [listing("DE", "MUG", quantity=4), listing("UK", "MUG")]


def test_a_scope_that_is_not_in_the_key_moves_a_row(warehouse: Warehouse) -> None:
    red, blue = variant("V1"), replace(variant("V1"), product_id="P2")
    warehouse.observe(VARIANTS, [red], seen_at=at(1), within={"product_id": "P1"})
    change = warehouse.observe(VARIANTS, [blue], seen_at=at(2), within={"product_id": "P2"})
    assert change == Change(total=1, appeared=0, changed=1, gone=0)
    assert warehouse.rows(VARIANTS) == [blue]


def test_a_row_outside_of_the_reading_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(DataError, match=r"amazon\.listings\.marketplace_id of .*'UK' lies outside .* for 'DE'"):
        warehouse.observe(LISTINGS, [listing("UK", "MUG")], seen_at=at(1), within={"marketplace_id": "DE"})


def test_when_a_reading_was_made_is_no_change(warehouse: Warehouse) -> None:
    warehouse.observe(AVAILABILITY, [availability("MUG", 5, at(1))], seen_at=at(1))
    change = warehouse.observe(AVAILABILITY, [availability("MUG", 5, at(2))], seen_at=at(2))
    assert change.changed == 0
    assert warehouse.rows(AVAILABILITY) == [availability("MUG", 5, at(2))]


def test_an_older_reading_does_not_overtake_a_younger_one(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 7)], seen_at=at(1))
    warehouse.observe(STOCK_LEVELS, [level("A", 3)], seen_at=at(3), complete=False)
    change = warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 6)], seen_at=at(2))
    assert change == Change(total=2, appeared=0, changed=1, gone=0, overtaken=1)
    assert warehouse.rows(STOCK_LEVELS) == [level("A", 3), level("B", 6)]


def test_an_older_reading_does_not_take_away_what_a_younger_one_saw(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 7)], seen_at=at(1))
    warehouse.observe(STOCK_LEVELS, [level("C", 1)], seen_at=at(3), complete=False)
    change = warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 7)], seen_at=at(2), max_shrink_percent=50)
    assert change.gone == 0
    assert warehouse.rows(STOCK_LEVELS) == [level("A", 5), level("B", 7), level("C", 1)]


def test_an_older_reading_does_not_bring_back_what_a_younger_one_missed(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 7)], seen_at=at(1))
    warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(3), max_shrink_percent=50)
    change = warehouse.observe(STOCK_LEVELS, [level("B", 7)], seen_at=at(2), complete=False)
    assert change == Change(total=1, appeared=0, changed=0, gone=0, overtaken=1)
    assert warehouse.rows(STOCK_LEVELS) == [level("A", 5)]


def test_the_past_can_be_asked_for(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 7)], seen_at=at(1))
    warehouse.observe(STOCK_LEVELS, [level("A", 4)], seen_at=at(2), max_shrink_percent=50)
    warehouse.observe(STOCK_LEVELS, [level("A", 4), level("B", 1)], seen_at=at(3))
    past = "SELECT inventory_item_id, available, changed_at FROM shopify.stock_levels_as_of(?) ORDER BY ALL"
    assert warehouse.query(past, [at(0)]) == []
    assert warehouse.query(past, [at(1, 59)]) == [("A", 5, at(1)), ("B", 7, at(1))]
    assert warehouse.query(past, [at(2)]) == [("A", 4, at(2))]
    assert warehouse.query(past, [at(9)]) == [("A", 4, at(2)), ("B", 1, at(3))]
    assert warehouse.query("SELECT available FROM shopify.stock_levels_as_of('2026-03-01 02:30:00+00')") == [(4,)]


def test_two_changes_of_one_instant_end_with_the_later_one(warehouse: Warehouse) -> None:
    for available in (5, 4, 6):
        warehouse.observe(STOCK_LEVELS, [level("A", available)], seen_at=at(1))
    assert warehouse.query("SELECT available FROM shopify.stock_levels_as_of(?)", [at(1)]) == [(6,)]


@pytest.mark.parametrize("found", [[], [level("A", 1)]], ids=["empty", "shrunken"])
def test_an_empty_or_shrunken_reading_is_a_failed_one(warehouse: Warehouse, found: list[StockLevel]) -> None:
    known = [level(item, 5) for item in ("A", "B", "C", "D")]
    warehouse.observe(STOCK_LEVELS, known, seen_at=at(1))
    with pytest.raises(
        ShrunkenSnapshot, match=rf"shopify\.stock_levels: {len(found)} rows read, 4 rows known.*accept-snapshot"
    ):
        warehouse.observe(STOCK_LEVELS, found, seen_at=at(2))
    assert warehouse.rows(STOCK_LEVELS) == known
    assert len(changes(warehouse)) == 4


def test_a_shop_without_a_single_stock_level_is_a_failed_read(warehouse: Warehouse) -> None:
    with pytest.raises(ShrunkenSnapshot, match="0 rows read, 0 rows known"):
        warehouse.observe(STOCK_LEVELS, [], seen_at=at(1))


def test_a_brand_without_fba_has_no_fba_inventory(warehouse: Warehouse) -> None:
    assert warehouse.observe(FBA_INVENTORY, [], seen_at=at(1)).total == 0
    assert warehouse.written_at(FBA_INVENTORY) == at(1)


def test_exactly_the_allowed_shrink_is_believed(warehouse: Warehouse) -> None:
    warehouse.observe(FBA_INVENTORY, [fba(str(number), 1) for number in range(5)], seen_at=at(1))
    assert warehouse.observe(FBA_INVENTORY, [fba(str(number), 1) for number in range(4)], seen_at=at(2)).gone == 1


def test_a_shrunken_reading_can_be_allowed(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 7)], seen_at=at(1))
    assert warehouse.observe(STOCK_LEVELS, [], seen_at=at(2), max_shrink_percent=100).gone == 2


def test_a_person_can_let_a_source_shrink_for_an_hour_but_not_to_nothing(tmp_path: Path) -> None:
    clock = ManualClock(at(12))
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", clock, tables=TABLES)
    warehouse.observe(STOCK_LEVELS, [level(str(number), 5) for number in range(20)], seen_at=at(11))
    assert warehouse.let_shrink(STOCK_LEVELS) == at(13)
    with pytest.raises(ShrunkenSnapshot, match="0 rows read, 20 rows known"):
        warehouse.observe(STOCK_LEVELS, [], seen_at=at(12))
    assert warehouse.observe(STOCK_LEVELS, [level("0", 5), level("1", 5)], seen_at=at(12)).gone == 18
    clock.advance(3600)
    with pytest.raises(ShrunkenSnapshot, match="1 rows read, 2 rows known"):
        warehouse.observe(STOCK_LEVELS, [level("0", 5)], seen_at=at(13))


def test_the_shrink_is_judged_within_the_scope(warehouse: Warehouse) -> None:
    uk = [listing("UK", f"SKU{number}") for number in range(10)]
    warehouse.observe(LISTINGS, [*uk, listing("DE", "A"), listing("DE", "B")], seen_at=at(1))
    with pytest.raises(ShrunkenSnapshot, match=r"amazon\.listings \(marketplace_id DE\): 1 rows read, 2 rows known"):
        warehouse.observe(LISTINGS, [listing("DE", "A")], seen_at=at(2), within={"marketplace_id": "DE"})


def test_a_key_that_stands_twice_is_refused(warehouse: Warehouse) -> None:
    rows = [level("A", 5), level("B", 1), level("A", 6)]
    with pytest.raises(DataError, match="inventory_item_id='A', location_id='Leeds' is there 2 times"):
        warehouse.observe(STOCK_LEVELS, rows, seen_at=at(1))
    assert warehouse.rows(STOCK_LEVELS) == []


def test_one_bad_row_stores_nothing_of_any_table(warehouse: Warehouse) -> None:
    readings = [
        Observation(table=STOCK_LEVELS, rows=[level("A", 5)]),
        Observation(table=VARIANTS, rows=[variant("V1"), variant("V1")]),
    ]
    with pytest.raises(DataError, match=r"shopify\.variants .*variant_id='V1'"):
        warehouse.observe_all(readings, seen_at=at(1), cursor=("catalogue", "1"))
    assert (warehouse.rows(STOCK_LEVELS), warehouse.cursor("catalogue")) == ([], None)


def test_several_tables_are_stored_together(warehouse: Warehouse) -> None:
    readings = [
        Observation(table=STOCK_LEVELS, rows=[level("A", 5)]),
        Observation(table=VARIANTS, rows=[variant("V1"), variant("V2")]),
    ]
    first, second = warehouse.observe_all(readings, seen_at=at(1), cursor=("catalogue", "1"))
    assert (first.appeared, second.appeared, warehouse.cursor("catalogue")) == (1, 2, "1")


def test_a_reading_that_breaks_off_stores_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    def rows() -> Iterator[StockLevel]:
        yield level("A", 5)
        raise Unavailable("the shop went away")

    with pytest.raises(Unavailable):
        warehouse.observe(STOCK_LEVELS, rows(), seen_at=at(1))
    assert list(tmp_path.iterdir()) == []


def test_rows_can_be_read_from_the_warehouse_while_they_are_staged(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    again = (level(row.inventory_item_id, row.available - 1) for row in warehouse.rows(STOCK_LEVELS))
    warehouse.observe(STOCK_LEVELS, again, seen_at=at(2))
    assert warehouse.rows(STOCK_LEVELS) == [level("A", 4)]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (replace(variant("V1"), price=Decimal("1.23456")), "price of variant_id='V1': .*more than 4 decimals"),
        (replace(variant("V1"), price=Decimal("NaN")), "price .* is not a number"),
        (replace(variant("V1"), price=Decimal(10**14)), "price .* is too large"),
        (replace(variant("V1"), price=9.99), "price .* 9.99 is not a Decimal"),  # type: ignore[arg-type]
        (replace(variant("V1"), title=None), "title .* None must not be empty"),  # type: ignore[arg-type]
        (replace(variant("V1"), title=7), "title .* 7 is not text"),  # type: ignore[arg-type]
        (replace(variant("V1"), title="half \ud83d"), "title .*half a surrogate"),
        (replace(variant("V1"), tags=["a"]), "tags .* is not a tuple"),  # type: ignore[arg-type]
        (replace(variant("V1"), tags=("a", None)), "tags .* is not text"),  # type: ignore[arg-type]
        (replace(variant("V1"), is_bundle=1), "is_bundle .* 1 is not true or false"),  # type: ignore[arg-type]
        (replace(variant("V1"), updated_at=datetime(2026, 1, 1)), "updated_at .* has no time zone"),  # noqa: DTZ001 - the point
        (replace(variant("V1"), updated_at=date(2026, 1, 1)), "updated_at .* is not an instant"),  # type: ignore[arg-type]
    ],
    ids=[
        "too many decimals", "not a number", "too large", "float", "empty", "not text", "broken text", "list",
        "hole in a list", "number for yes", "no time zone", "date for instant",
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_its_column_is_refused(warehouse: Warehouse, row: Variant, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        warehouse.observe(VARIANTS, [variant("V0"), row], seen_at=at(1))
    assert not warehouse.path.exists()


@pytest.mark.parametrize(
    ("available", "complaint"),
    [(True, "True is not a whole number"), (1.0, "1.0 is not a whole number"), (2**63, "is too large for 64 bits")],
)
def test_a_quantity_is_a_whole_number(warehouse: Warehouse, available: int, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        warehouse.observe(STOCK_LEVELS, [replace(level("A", 0), available=available)], seen_at=at(1))


def test_a_row_of_another_table_is_refused(warehouse: Warehouse) -> None:
    foreign: Row = variant("V1")
    with pytest.raises(DataError, match=r"shopify\.stock_levels takes rows of StockLevel, found Variant"):
        warehouse.observe_all([Observation(table=STOCK_LEVELS, rows=[foreign])], seen_at=at(1))


def test_every_value_comes_back_as_it_went_in(warehouse: Warehouse) -> None:
    odd = replace(
        variant("gid://shopify/ProductVariant/1", sku=None),
        title='Ünïcode 🫖 "quoted" \\ \n new line, \u2028 and \x00',
        tags=("", "fragile supply", "naïve, [1]", '"'),
        price=Decimal("-99999999999999.9999"),
        updated_at=datetime(2026, 3, 1, 1, 2, 3, 456789, tzinfo=UTC),
    )
    empty = replace(variant("V2", sku=""), price=Decimal("1E+3"), tags=())
    warehouse.observe(VARIANTS, [odd, empty], seen_at=at(1))
    assert warehouse.rows(VARIANTS) == [empty, odd]
    assert warehouse.rows(VARIANTS)[1].updated_at.tzinfo is UTC


def test_trailing_zeros_are_no_decimals(warehouse: Warehouse) -> None:
    warehouse.observe(VARIANTS, [variant("V1", price=Decimal("9.990000"))], seen_at=at(1))
    assert warehouse.rows(VARIANTS) == [variant("V1", price=Decimal("9.99"))]


def test_instants_of_any_zone_come_back_in_utc(warehouse: Warehouse) -> None:
    tokyo = datetime(2026, 3, 1, 10, 0, tzinfo=timezone(timedelta(hours=9)))
    warehouse.observe(STOCK_LEVELS, [level("A", 5, updated_at=tokyo)], seen_at=at(2))
    (row,) = warehouse.rows(STOCK_LEVELS)
    assert row.updated_at == at(1)
    assert warehouse.query("SELECT CAST(updated_at AS VARCHAR) FROM shopify.stock_levels") == [
        ("2026-03-01 01:00:00+00",)
    ]


def test_the_time_of_a_reading_needs_a_zone(warehouse: Warehouse) -> None:
    with pytest.raises(DataError, match="has no time zone"):
        warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=datetime(2026, 3, 1))  # noqa: DTZ001 - the point


def test_rows_can_be_chosen_and_limited(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("C", 5), level("A", 5), level("B", 1)], seen_at=at(1))
    assert warehouse.rows(STOCK_LEVELS, "available > ?", [2], limit=1) == [level("A", 5)]


def test_parameters_can_have_names(warehouse: Warehouse) -> None:
    warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 1)], seen_at=at(1))
    sql = "SELECT inventory_item_id FROM shopify.stock_levels WHERE list_contains($items, inventory_item_id)"
    assert warehouse.query(sql, {"items": ["B"]}) == [("B",)]


def test_a_derived_table_is_replaced_as_a_whole(warehouse: Warehouse) -> None:
    warehouse.replace(INVENTORY_DRIFT, [drift("A", 1), drift("B", 2)])
    assert warehouse.replace(INVENTORY_DRIFT, [drift("C", 3)]) == 1
    assert warehouse.rows(INVENTORY_DRIFT) == [drift("C", 3)]
    assert warehouse.written_at(INVENTORY_DRIFT) == at(12)
    assert warehouse.replace(INVENTORY_DRIFT, []) == 0


def test_some_rows_of_a_derived_table_are_updated(warehouse: Warehouse) -> None:
    warehouse.replace(INVENTORY_DRIFT, [drift("A", 1), drift("B", 2)])
    assert warehouse.update(INVENTORY_DRIFT, [drift("B", 9), drift("C", 3)]) == 2
    assert warehouse.rows(INVENTORY_DRIFT) == [drift("A", 1), drift("B", 9), drift("C", 3)]


REBUILD = """
    SELECT region, seller_sku, direction, target, shown, {difference} AS difference, cause, first_seen_at,
        age_minutes, reason
    FROM reconcile.inventory_drift WHERE seller_sku <> ?
"""


def test_a_derived_table_can_be_rebuilt_from_itself(warehouse: Warehouse) -> None:
    warehouse.replace(INVENTORY_DRIFT, [drift("A", 1), drift("B", 2)])
    assert warehouse.rebuild(INVENTORY_DRIFT, REBUILD.format(difference="difference + 10"), ["A"]) == 1
    assert warehouse.scalar("SELECT difference FROM reconcile.inventory_drift") == 12


OTHERS = """
    SELECT 'eu' AS region, inventory_item_id AS seller_sku, 'over' AS direction, 1 AS target, 2 AS shown,
        {difference} AS difference, '' AS cause, TIMESTAMPTZ '2026-11-23 09:00:00Z' AS first_seen_at, 0 AS age_minutes,
        '' AS reason
    FROM shopify.stock_levels WHERE inventory_item_id <> ?
"""


def test_a_derived_table_is_rebuilt_from_others(warehouse: Warehouse) -> None:
    warehouse.replace(INVENTORY_DRIFT, [drift("Z", 1)])
    warehouse.observe(STOCK_LEVELS, [level("A", 5), level("B", 7)], seen_at=at(1))
    assert warehouse.rebuild(INVENTORY_DRIFT, OTHERS.format(difference="available"), ["B"]) == 1
    assert [(row.seller_sku, row.difference) for row in warehouse.rows(INVENTORY_DRIFT)] == [("A", 5)]


@pytest.mark.parametrize(
    ("select", "complaint"),
    [
        (REBUILD.format(difference="difference / 2"), "difference is DOUBLE where the contract says BIGINT"),
        (REBUILD.format(difference="1.5"), r"difference is DECIMAL\(2,1\) where"),
        (REBUILD.format(difference="NULL"), "does not fit its column: .*NOT NULL"),
        (REBUILD.format(difference="CAST('x' AS BIGINT)"), "the SELECT fails"),
        (REBUILD.format(difference="nothing_of_that_name"), "the SELECT fails"),
        ("SELECT 1 AS one WHERE ? <> ''", "has one, which the contract does not know; lacks age_minutes"),
        (REBUILD.format(difference="1") + " UNION ALL FROM reconcile.inventory_drift", "is there 2 times"),
        (OTHERS.format(difference="available / 2"), "difference is DOUBLE where the contract says BIGINT"),
        (OTHERS.format(difference="NULL"), "does not fit its column: .*NOT NULL"),
        (OTHERS.format(difference="CAST(inventory_item_id AS BIGINT)"), "does not fit its column: .*'A'"),
        (OTHERS.format(difference="nothing_of_that_name"), "the SELECT fails"),
        (OTHERS.replace("FROM", "FROM range(2),").format(difference="1"), "seller_sku='A' is there 2 times"),
    ],
    ids=[
        "division", "fraction", "empty", "cast", "no such column", "other columns", "key twice",
        "division of others", "empty of others", "cast of others", "no such column of others", "key twice in others",
    ],
)  # fmt: skip
def test_a_rebuild_that_does_not_fit_leaves_the_table_as_it_was(
    warehouse: Warehouse, select: str, complaint: str
) -> None:
    warehouse.replace(INVENTORY_DRIFT, [drift("A", 1)])
    warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))
    with pytest.raises(DataError, match=complaint):
        warehouse.rebuild(INVENTORY_DRIFT, select, ["Z"])
    assert warehouse.rows(INVENTORY_DRIFT) == [drift("A", 1)]


def test_an_observed_table_is_not_replaced_and_a_derived_one_not_observed(warehouse: Warehouse) -> None:
    with pytest.raises(StoreError, match=r"shopify\.stock_levels is observed"):
        warehouse.replace(STOCK_LEVELS, [level("A", 5)])
    with pytest.raises(StoreError, match=r"reconcile\.inventory_drift is derived"):
        warehouse.observe(INVENTORY_DRIFT, [drift("A", 1)], seen_at=at(1))


def test_a_table_outside_of_the_registry_is_refused(tmp_path: Path) -> None:
    only_variants = Warehouse(tmp_path / "warehouse.duckdb", ManualClock(at(12)), tables=[VARIANTS])
    with pytest.raises(StoreError, match=r"shopify\.stock_levels is not among the warehouse's tables"):
        only_variants.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(1))


def test_a_cursor_is_set_over_the_old_one(warehouse: Warehouse) -> None:
    assert warehouse.cursor("orders/eu") is None
    for hour in (1, 2):
        warehouse.observe(STOCK_LEVELS, [level("A", 5)], seen_at=at(hour), cursor=("orders/eu", f"hour {hour}"))
    assert warehouse.cursor("orders/eu") == "hour 2"
    assert warehouse.cursor("orders/na") is None


def test_more_rows_than_one_part_are_compared_all(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.warehouse_parts.snapshots.PART_ROWS", 7)
    warehouse.observe(STOCK_LEVELS, [level(f"I{number}", 1) for number in range(50)], seen_at=at(1))
    again = [level(f"I{number}", 2 if number % 10 == 0 else 1) for number in range(2, 53)]
    change = warehouse.observe(STOCK_LEVELS, again, seen_at=at(2))
    assert change == Change(total=51, appeared=3, changed=4, gone=2)
    with pytest.raises(DataError, match=r"'I9'.* is there 2 times"):
        warehouse.observe(STOCK_LEVELS, [*again, level("I9", 1)], seen_at=at(3))
