"""Great Expectations suites for what a constraint on one row cannot say: shapes, proportions, pairs.

The library is imported inside the check: it costs seconds and hundreds of megabytes, so neither the code location nor
a push ever pays for it. Frames are bounded: what is judged is aggregated or sampled in SQL first.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import dagster as dg

from integration_assets.contracts import amazon, settlements, shopify
from integration_assets.contracts.table import Table
from resources.warehouse import Warehouse

MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Suite:
    """A named claim about a table: the columns to look at, and what is expected of them.

    `derived` are further columns, each written as SQL says it, for what a single column cannot show.
    """

    table: Table[Any]
    name: str
    told: str
    columns: tuple[str, ...]
    expectations: Callable[[Any], Sequence[Any]]
    derived: tuple[str, ...] = ()


SUITES = (
    Suite(
        table=shopify.VARIANTS,
        name="skus_look_like_skus",
        told="SKUs have no stray blanks, and nearly every variant has one and a price.",
        columns=("sku", "price"),
        expectations=lambda e: [
            e.ExpectColumnValuesToNotMatchRegex(column="sku", regex=r"^\s|\s$|[\t\r\n]", mostly=0.99),
            e.ExpectColumnValuesToNotBeNull(column="sku", mostly=0.9),
            e.ExpectColumnValuesToBeBetween(column="price", min_value=0, strict_min=True, mostly=0.95),
        ],
    ),
    Suite(
        table=shopify.STOCK_LEVELS,
        name="quantities_hang_together",
        told="Stock is seldom negative, never absurd, and what is on hand covers what may be sold.",
        columns=("available", "on_hand", "committed"),
        expectations=lambda e: [
            e.ExpectColumnValuesToBeBetween(column="available", min_value=0, mostly=0.95),
            e.ExpectColumnValuesToBeBetween(column="available", min_value=-1_000_000, max_value=1_000_000),
            e.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="on_hand", column_B="available", or_equal=True, mostly=0.99
            ),
        ],
    ),
    Suite(
        table=shopify.ORDERS,
        name="orders_hang_together",
        told="No order was changed before it was created, and currencies are ISO codes.",
        columns=("created_at", "updated_at", "currency"),
        expectations=lambda e: [
            e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="updated_at", column_B="created_at", or_equal=True),
            e.ExpectColumnValuesToMatchRegex(column="currency", regex=r"^[A-Z]{3}$"),
        ],
    ),
    Suite(
        table=amazon.LISTINGS,
        name="listings_look_like_listings",
        told="ASINs look like ASINs, SKUs fit Amazon's forty characters, and most listings are for sale.",
        columns=("asin", "seller_sku", "status"),
        expectations=lambda e: [
            e.ExpectColumnValuesToMatchRegex(column="asin", regex=r"^[A-Z0-9]{10}$", mostly=0.99),
            e.ExpectColumnValueLengthsToBeBetween(column="seller_sku", min_value=1, max_value=40),
            e.ExpectColumnValuesToBeInSet(column="status", value_set=["Active"], mostly=0.5),
        ],
    ),
    Suite(
        table=amazon.FBA_INVENTORY,
        name="fba_units_add_up",
        told="No pool holds fewer units in all than it can ship.",
        columns=("total", "fulfillable"),
        expectations=lambda e: [
            e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="total", column_B="fulfillable", or_equal=True),
        ],
    ),
    Suite(
        table=amazon.ORDERS,
        name="amazon_orders_hang_together",
        told="Order ids have Amazon's shape, and no order was changed before it was created.",
        columns=("amazon_order_id", "created_at", "last_updated_at"),
        expectations=lambda e: [
            e.ExpectColumnValuesToMatchRegex(column="amazon_order_id", regex=r"^(?:\d{3}-\d{7}-\d{7}|S\d{2}-.+)$"),
            e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="last_updated_at", column_B="created_at", or_equal=True),
        ],
    ),
    Suite(
        table=settlements.SETTLEMENT_LINES,
        name="settlement_lines_look_like_settlement_lines",
        told="Order ids have Amazon's shape, goods and fees their signs, and nearly every kind is known.",
        columns=("order_id", "currency", "bucket", "goods", "fee", "units"),
        expectations=lambda e: [
            e.ExpectColumnValuesToMatchRegex(
                column="order_id", regex=r"^(?:\d{3}-\d{7}-\d{7}|S\d{2}-.+|FBA[0-9A-Z]+)$", mostly=0.95
            ),
            e.ExpectColumnValuesToMatchRegex(column="currency", regex=r"^[A-Z]{3}$"),
            e.ExpectColumnValuesToNotBeInSet(column="bucket", value_set=["unmapped"], mostly=0.99),
            e.ExpectColumnValuesToBeBetween(column="goods", min_value=0),
            e.ExpectColumnValuesToBeBetween(column="fee", max_value=0, mostly=0.95),
            e.ExpectColumnValuesToBeBetween(column="units", min_value=0, max_value=100_000, mostly=0.99),
        ],
        derived=(
            "CASE WHEN transaction_type = 'Order' AND bucket = 'principal' THEN amount END AS goods",
            "CASE WHEN transaction_type = 'Order' AND bucket IN ('commission', 'fba_fee') THEN amount END AS fee",
            "quantity AS units",
        ),
    ),
)


def check_of(suite: Suite) -> dg.AssetChecksDefinition:
    """One asset check per suite; it warns and never blocks, since a proportion is a hint and not a proof."""

    @dg.asset_check(asset=dg.AssetKey(suite.table.asset_key), name=suite.name, description=suite.told)
    def check(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
        return judge(suite, warehouse)

    return check


def judge(suite: Suite, warehouse: Warehouse) -> dg.AssetCheckResult:
    """Validate a bounded sample of the table against the suite and tell what failed."""
    import pandas as pd

    with warnings.catch_warnings():
        # It imports modules that Python is about to drop; nothing here can mend that.
        warnings.filterwarnings("ignore", message="module 'sre_", category=DeprecationWarning)
        import great_expectations as gx
    names = ", ".join(suite.columns)
    looked_at = f"(SELECT {', '.join(('*', *suite.derived))} FROM {suite.table.sql_name})"  # noqa: S608 - names come from contracts
    rows = warehouse.query(f"SELECT {names} FROM {looked_at} USING SAMPLE {MOST_ROWS} ROWS")  # noqa: S608 - names come from contracts
    frame = pd.DataFrame([[_plain(value) for value in row] for row in rows], columns=list(suite.columns))
    if frame.empty:
        return dg.AssetCheckResult(passed=True, metadata={"rows": 0})
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    source = context.data_sources.add_pandas(suite.name)
    batch = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("all")
    expected = gx.ExpectationSuite(name=suite.name, expectations=list(suite.expectations(gx.expectations)))
    outcome = batch.get_batch(batch_parameters={"dataframe": frame}).validate(expected, result_format="SUMMARY")
    broken = [_told(result) for result in outcome.results if not result.success]
    return dg.AssetCheckResult(
        passed=bool(outcome.success),
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(broken) or suite.told,
        metadata={"rows": len(frame), "expectations": len(outcome.results)},
    )


def _told(result: Any) -> str:
    config, found = result.expectation_config, result.result
    columns = "/".join(str(config.kwargs[name]) for name in ("column", "column_A", "column_B") if name in config.kwargs)
    if "unexpected_count" not in found:
        return f"{config.type} {columns}: could not be judged ({_trouble(result.exception_info)})"
    return f"{config.type} {columns}: {found['unexpected_count']} of {found['element_count']} rows"


def _trouble(info: Mapping[str, Any]) -> str:
    """The first message in the library's account of what went wrong, which is keyed by metric or not at all."""
    accounts = [info, *(part for part in info.values() if isinstance(part, Mapping))]
    return next((str(part["exception_message"]) for part in accounts if part.get("exception_message")), "no reason")


def _plain(value: object) -> object:
    """What pandas compares without complaint: amounts as floats, instants as UTC without an offset.

    For a comparison with a bound only; nothing of it leaves this room.
    """
    if isinstance(value, Decimal):
        return float(value)
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


CHECKS = tuple(check_of(suite) for suite in SUITES)
