"""What listings say, beside what they ought to say, and what is done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integration_assets.contracts.actions import STATES
from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table

ATTRIBUTES = ("title", "description", "images")
CONTENT_VERDICTS = ("in_step", "push", "waiting", "leak", "unfit")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPosition(Row):
    """Per SKU, marketplace and declared part of a listing: what it ought to say by Shopify, and what Amazon shows."""

    region: str = column("Region account", allowed=REGIONS)
    marketplace_id: str = column("Amazon's id of the marketplace")
    seller_sku: str = column("SKU as typed on Amazon")
    attribute: str = column("Part of the listing", allowed=ATTRIBUTES)
    variant_id: str = column("Shopify variant it stands for")
    product_type: str = column("Amazon's product type of the listing")
    language: str = column("Language of the text")
    wanted: str | None = column("What it ought to say; images one a line; empty where it cannot be sent")
    shown: str | None = column("What Amazon shows; images one a line")
    shown_at: datetime = column("When that was read")
    verdict: str = column("What is to be done", allowed=CONTENT_VERDICTS)
    reason: str = column("Why, in plain words")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPush(Row):
    """Parts of a listing meant for Amazon: the decision, and what became of it."""

    effect_id: str = column("The ledger's id of the effect; for a preview, its region and SKU")
    region: str = column("Region account", allowed=REGIONS)
    seller_sku: str = column("SKU as typed on Amazon")
    parts: str = column("Parts that are set, as a JSON object of part to marketplace ids")
    state: str = column("How far it has come", allowed=STATES)
    attempts: int = column("How often it was sent", unit="attempts", minimum=0)
    decided_at: datetime = column("When it was decided")
    sent_at: datetime | None = column("When it was last sent")
    verified_at: datetime | None = column("When Amazon was seen to show them")
    origin: str = column("What set it off: the schedule or a person")
    reason: str = column("Why, in plain words")


CONTENT_POSITION = table(
    ContentPosition,
    schema="reconcile",
    name="content_position",
    key=("region", "marketplace_id", "seller_sku", "attribute"),
    grain="one row per region account, marketplace, SKU and declared part of its listing",
    kind="derived",
    team="ecommerce",
)
CONTENT_PUSH = table(
    ContentPush,
    schema="actions",
    name="content_push",
    key=("effect_id",),
    grain="one row per intended change of what a SKU's listing says",
    kind="derived",
    team="ecommerce",
)
TABLES = (CONTENT_POSITION, CONTENT_PUSH)
