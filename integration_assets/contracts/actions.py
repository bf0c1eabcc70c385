"""What the product did, or would do, to the outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table

STATES = ("preview", "intended", "sent", "applied", "verified", "rejected", "unknown", "held", "superseded")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPush(Row):
    """A quantity meant for Amazon: the decision, and what became of it."""

    effect_id: str = column("The ledger's id of the effect; for a preview, its region and SKU")
    region: str = column("Region account", allowed=REGIONS)
    seller_sku: str = column("SKU as typed on Amazon")
    from_quantity: int | None = column("Units Amazon showed when it was decided", unit="units", minimum=0)
    to_quantity: int = column("Units Amazon should show", unit="units", minimum=0)
    state: str = column("How far it has come", allowed=STATES)
    attempts: int = column("How often it was sent", unit="attempts", minimum=0)
    decided_at: datetime = column("When it was decided")
    sent_at: datetime | None = column("When it was last sent")
    verified_at: datetime | None = column("When Amazon was seen to show it")
    origin: str = column("What set it off: a webhook, the schedule, a person")
    reason: str = column("Why, in plain words")


STOCK_PUSH = table(
    StockPush,
    schema="actions",
    name="stock_push",
    key=("effect_id",),
    grain="one row per intended push",
    kind="derived",
    team="ecommerce",
)
TABLES = (STOCK_PUSH,)
