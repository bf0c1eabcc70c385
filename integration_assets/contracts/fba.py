"""What is done about stock that lies with Amazon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integration_assets.contracts.actions import STATES
from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table


@dataclass(frozen=True, slots=True, kw_only=True)
class FbaMirror(Row):
    """A number of Amazon's stock meant for a location in Shopify: the decision, and what became of it."""

    effect_id: str = column("The ledger's id of the effect; for a preview, its region and inventory item")
    region: str = column("Region account; `mcf` at the fulfilment service's location", allowed=(*REGIONS, "mcf"))
    inventory_item_id: str = column("Shopify's id of the inventory item (a GID)")
    seller_skus: tuple[str, ...] = column("SKUs on Amazon whose units are counted")
    location_id: str = column("Shopify's id of the location that shows it; empty where there is none yet")
    from_units: int | None = column("Units the location showed; empty where the item was not stocked", unit="units")
    to_units: int = column(
        "Units Amazon can ship, over all pools of the region; at the service's location those it holds for orders too",
        unit="units",
        minimum=0,
    )
    state: str = column("How far it has come", allowed=STATES)
    attempts: int = column("How often it was sent", unit="attempts", minimum=0)
    decided_at: datetime = column("When it was decided")
    sent_at: datetime | None = column("When it was last sent")
    verified_at: datetime | None = column("When the shop was seen to show it")
    origin: str = column("What set it off: the schedule or a person")
    reason: str = column("Why, in plain words")


@dataclass(frozen=True, slots=True, kw_only=True)
class McfOrder(Row):
    """An order of the shop that is handed to Amazon to ship: the decision, and what became of it."""

    effect_id: str = column("The ledger's id of the effect; for a preview, its region and fulfilment order")
    region: str = column("Region account that ships it", allowed=REGIONS)
    fulfillment_order_id: str = column("Shopify's id of the fulfilment order (a GID)")
    shopify_order_id: str = column("Shopify's id of the order (a GID)")
    seller_fulfillment_order_id: str = column("Our number of the order with Amazon; settlements name fees by it")
    marketplace_id: str = column("Marketplace whose pool it is taken from")
    speed: str = column("Shipping speed that Amazon is asked for")
    units: int = column("Units to be shipped", unit="units", minimum=1)
    state: str = column("How far it has come", allowed=STATES)
    attempts: int = column("How often it was sent", unit="attempts", minimum=0)
    decided_at: datetime = column("When it was decided")
    sent_at: datetime | None = column("When it was last sent")
    verified_at: datetime | None = column("When Amazon was seen to have it")
    origin: str = column("What set it off: the schedule or a person")
    reason: str = column("Why, in plain words")


@dataclass(frozen=True, slots=True, kw_only=True)
class McfTracking(Row):
    """A parcel that Amazon has sent for the shop, told to the shop."""

    effect_id: str = column("The ledger's id of the effect; for a preview, its region and parcel")
    region: str = column("Region account that ships it", allowed=REGIONS)
    fulfillment_order_id: str = column("Shopify's id of the fulfilment order (a GID)")
    seller_fulfillment_order_id: str = column("Our number of the order with Amazon")
    carrier: str = column("Carrier, as Amazon names it")
    tracking_number: str = column("Number the parcel is followed by")
    units: int = column("Units in the parcel", unit="units", minimum=0)
    state: str = column("How far it has come", allowed=STATES)
    attempts: int = column("How often it was sent", unit="attempts", minimum=0)
    decided_at: datetime = column("When it was seen to have left")
    sent_at: datetime | None = column("When the shop was last told")
    verified_at: datetime | None = column("When the shop was seen to have it")
    origin: str = column("What set it off: the schedule or a person")
    reason: str = column("What left, in plain words")


FBA_MIRROR = table(
    FbaMirror,
    schema="actions",
    name="fba_mirror",
    key=("effect_id",),
    grain="one row per intended number",
    kind="derived",
    team="ecommerce",
)
MCF_ORDER = table(
    McfOrder,
    schema="actions",
    name="mcf_order",
    key=("effect_id",),
    grain="one row per order handed to Amazon",
    kind="derived",
    team="operations",
)
MCF_TRACKING = table(
    McfTracking,
    schema="actions",
    name="mcf_tracking",
    key=("effect_id",),
    grain="one row per parcel",
    kind="derived",
    team="operations",
)
TABLES = (FBA_MIRROR, MCF_ORDER, MCF_TRACKING)
