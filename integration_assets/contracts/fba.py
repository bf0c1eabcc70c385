"""What is done about stock that lies with Amazon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integration_assets.contracts.actions import STATES
from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table


@dataclass(frozen=True, slots=True, kw_only=True)
class FbaMirror(Row):
    """A number of Amazon's stock meant for its mirror in Shopify: the decision, and what became of it."""

    effect_id: str = column("The ledger's id of the effect; for a preview, its region and inventory item")
    region: str = column("Region account", allowed=REGIONS)
    inventory_item_id: str = column("Shopify's id of the inventory item (a GID)")
    seller_skus: tuple[str, ...] = column("SKUs on Amazon whose units are counted")
    location_id: str = column("Shopify's id of the location that mirrors the region; empty where there is none yet")
    from_units: int | None = column("Units the location showed; empty where the item was not stocked", unit="units")
    to_units: int = column("Units Amazon can ship, over all pools of the region", unit="units", minimum=0)
    state: str = column("How far it has come", allowed=STATES)
    attempts: int = column("How often it was sent", unit="attempts", minimum=0)
    decided_at: datetime = column("When it was decided")
    sent_at: datetime | None = column("When it was last sent")
    verified_at: datetime | None = column("When the shop was seen to show it")
    origin: str = column("What set it off: the schedule or a person")
    reason: str = column("Why, in plain words")


FBA_MIRROR = table(
    FbaMirror,
    schema="actions",
    name="fba_mirror",
    key=("effect_id",),
    grain="one row per intended number",
    kind="derived",
    team="ecommerce",
)
TABLES = (FBA_MIRROR,)
