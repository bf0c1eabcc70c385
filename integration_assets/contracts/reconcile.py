"""What comparing the two sides tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table

MAP_STATUSES = ("mapped", "unmapped", "ambiguous", "case_twin", "untracked", "ignored")
MATCHES = ("exact", "rule", "override", "none")
FULFILLMENTS = ("mfn", "fba", "mixed", "unknown")
VERDICTS = ("in_step", "push", "waiting", "leak", "excluded")
DRIFT_CAUSES = (
    "not_yet_pushed",
    "in_flight",
    "push_rejected",
    "accepted_not_applied",
    "ownership_leak",
    "unmapped",
    "breaker_held",
    "loop_held",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuMap(Row):
    """How each Amazon SKU meets a Shopify variant, and why where it does not."""

    region: str = column("Region account", allowed=REGIONS)
    seller_sku: str = column("SKU as typed on Amazon; letter case counts")
    asin: str | None = column("Amazon Standard Identification Number")
    fulfillment: str = column("Who ships it, by Amazon's own word", allowed=FULFILLMENTS)
    match: str = column("What made the pair", allowed=MATCHES)
    status: str = column("Whether the pair can be used for stock", allowed=MAP_STATUSES)
    variant_id: str | None = column("Shopify variant it stands for; empty where there is no single one")
    inventory_item_id: str | None = column("Inventory item its stock is counted on")
    reason: str = column("Why it is not mapped or what is odd about it, in plain words; empty when all is well")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPosition(Row):
    """Per MFN SKU and region account: what there is, what is held, what may be promised, and what Amazon shows."""

    region: str = column("Region account", allowed=REGIONS)
    seller_sku: str = column("SKU as typed on Amazon")
    variant_id: str | None = column("Shopify variant it stands for")
    inventory_item_id: str | None = column("Inventory item its stock is counted on")
    available: int | None = column(
        "Units available over the pool's locations; empty where Shopify does not count", unit="units"
    )
    by_location: str = column("Units available per pool location, as a JSON object of location name to units")
    held_for_orders: int = column(
        "Units in Amazon orders that Shopify's count does not know yet", unit="units", minimum=0
    )
    presumed_sold: int = column("Units Amazon no longer shows and no order explains yet", unit="units", minimum=0)
    share_percent: int = column("Share of the pool this region account may promise", unit="percent", minimum=0)
    buffer_rule: str = column("Which rule of the operating model set the buffer, and what it says")
    target: int | None = column("Units Amazon should show; empty where nothing may be sent", unit="units", minimum=0)
    shown: int | None = column("Units Amazon shows", unit="units", minimum=0)
    shown_at: datetime | None = column("When Amazon was asked")
    last_applied: int | None = column("Units we last saw applied after a push of ours", unit="units", minimum=0)
    last_applied_at: datetime | None = column("When we saw it")
    effect_state: str | None = column("State of the newest push for this SKU")
    effect_at: datetime | None = column("When that push was decided")
    verdict: str = column("What to do about it", allowed=VERDICTS)
    cause: str = column("Why what Amazon shows is not the target; empty when it is", allowed=("", *DRIFT_CAUSES))
    leak_units: int = column("Units by which Amazon's number moved without us or an order, signed", unit="units")
    oversold: int = column("Units that orders need beyond what the pool has", unit="units", minimum=0)
    last_explained: int | None = column("The last number on Amazon that nothing was odd about", unit="units", minimum=0)
    last_explained_at: datetime | None = column("When Amazon was asked for it")
    computed_at: datetime = column("When the facts were gathered; an older row never takes the place of a younger one")
    missing: str = column("Readings that showed too little, as JSON, kept until orders explain them; empty when none")
    reason: str = column("Why, in plain words")


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryDrift(Row):
    """Where what Amazon shows differs from what it should show, and the cause."""

    region: str = column("Region account", allowed=REGIONS)
    seller_sku: str = column("SKU as typed on Amazon")
    direction: str = column(
        "over: Amazon promises more than there is; under: it hides stock; unmapped: nothing to compare",
        allowed=("over", "under", "unmapped"),
    )
    target: int | None = column("Units Amazon should show", unit="units", minimum=0)
    shown: int | None = column("Units Amazon shows", unit="units", minimum=0)
    difference: int = column("Shown minus target; for an unmapped SKU all that is shown", unit="units")
    cause: str = column("Why they differ", allowed=DRIFT_CAUSES)
    first_seen_at: datetime = column("When this drift was first seen; it keeps its age while it lasts")
    age_minutes: int = column("How long it has lasted", unit="minutes", minimum=0)
    reason: str = column("The cause in plain words, with the numbers")


SKU_MAP = table(
    SkuMap,
    schema="reconcile",
    name="sku_map",
    key=("region", "seller_sku"),
    grain="one row per region account and Amazon SKU",
    kind="derived",
    team="ecommerce",
)
STOCK_POSITION = table(
    StockPosition,
    schema="reconcile",
    name="stock_position",
    key=("region", "seller_sku"),
    grain="one row per region account and MFN SKU",
    kind="derived",
    team="ecommerce",
)
INVENTORY_DRIFT = table(
    InventoryDrift,
    schema="reconcile",
    name="inventory_drift",
    key=("region", "seller_sku"),
    grain="one row per region account and SKU that is out of step",
    kind="derived",
    team="ecommerce",
)
TABLES = (SKU_MAP, STOCK_POSITION, INVENTORY_DRIFT)
