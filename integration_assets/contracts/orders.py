"""Amazon orders in Shopify: what was made there, and how both sides compare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integration_assets.contracts.actions import STATES
from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table

ORDER_VERDICTS = ("matched", "waiting", "not_due", "missing", "duplicate", "amounts_differ", "state_differs")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderImport(Row):
    """An Amazon order made, adopted or brought up to date in Shopify: the decision, and what became of it."""

    effect_id: str = column("The ledger's id of the effect; for a preview, its region and order")
    kind: str = column(
        "Whether the order was made, brought up to date or adopted, or units of it were marked that had left before",
        allowed=("order_import", "order_part_shipped", "order_update", "order_adoption"),
    )
    region: str = column("Region account", allowed=REGIONS)
    amazon_order_id: str = column("Amazon's id of the order")
    shopify_order_id: str | None = column("Shopify's id of the order (a GID), once it is known")
    state: str = column("How far it has come", allowed=STATES)
    attempts: int = column("How often it was sent", unit="attempts", minimum=0)
    decided_at: datetime = column("When it was decided")
    sent_at: datetime | None = column("When it was last sent")
    verified_at: datetime | None = column("When Shopify was seen to have it")
    origin: str = column("What set it off: the schedule, a person")
    reason: str = column("Why, and what was said of it, in plain words")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMatch(Row):
    """Every order of the sales channel Amazon against Shopify, and the reason where they are not the same."""

    region: str = column("Region account", allowed=REGIONS)
    amazon_order_id: str = column("Amazon's id of the order")
    verdict: str = column(
        "waiting: to be imported, and not late yet; not_due: nothing is to be imported", allowed=ORDER_VERDICTS
    )
    shopify_order_id: str | None = column("Shopify's id of the order (a GID); the first one where there are several")
    shopify_orders: int = column("Orders in Shopify that stand for it", unit="orders", minimum=0)
    fulfilled_by: str | None = column("MERCHANT or AMAZON")
    created_at: datetime = column("When the buyer ordered")
    ship_by_at: datetime | None = column("Latest moment to ship without being late")
    amazon_status: str = column("Fulfilment status on Amazon")
    shopify_status: str | None = column("Fulfilment status in Shopify; CANCELLED where the order was cancelled")
    currency: str | None = column("Currency on Amazon (ISO 4217)")
    shopify_currency: str | None = column("Currency in Shopify (ISO 4217)")
    amazon_total: Decimal | None = column("Grand total on Amazon", unit="currency on Amazon")
    shopify_total: Decimal | None = column("Total in Shopify when it was ordered", unit="currency in Shopify")
    difference: Decimal | None = column(
        "Shopify minus Amazon; empty where currencies differ, for they are never netted", unit="currency on Amazon"
    )
    reason: str = column("The verdict in plain words")


ORDER_IMPORT = table(
    OrderImport,
    schema="actions",
    name="order_import",
    key=("effect_id",),
    grain="one row per order made, adopted or brought up to date",
    kind="derived",
    team="operations",
)
ORDER_MATCH = table(
    OrderMatch,
    schema="reconcile",
    name="order_match",
    key=("region", "amazon_order_id"),
    grain="one row per Amazon order of the sales channel Amazon",
    kind="derived",
    team="operations",
)
TABLES = (ORDER_MATCH, ORDER_IMPORT)
