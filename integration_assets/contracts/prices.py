"""Prices and listings as Amazon shows them in each marketplace, what they ought to be, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integration_assets.contracts.actions import STATES
from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table

PRICE_VERDICTS = ("in_step", "push", "waiting", "leak", "held", "excluded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(Row):
    """A listing as one marketplace shows it right now, by searchListingsItems."""

    region: str = column("Region account", allowed=REGIONS)
    marketplace_id: str = column("Amazon's id of the marketplace")
    seller_sku: str = column("SKU as typed on Amazon; letter case counts")
    price: Decimal | None = column("Price that consumers see, with tax", unit="currency of the offer")
    currency: str | None = column("Currency of the price (ISO 4217)")
    is_buyable: bool = column("Whether buyers can buy it there now")
    is_visible: bool = column("Whether buyers can find it there; where not, it is suppressed")
    lead_time_days: int | None = column(
        "Days until the merchant hands it over, where it says so", unit="days", minimum=0
    )
    has_weight: bool = column("Whether the listing says what the package or the item weighs")
    issue_codes: tuple[str, ...] = column("Codes of Amazon's issues of severity ERROR in the marketplace")
    warning_codes: tuple[str, ...] = column("Codes of Amazon's issues of severity WARNING in the marketplace")
    issues: str = column("What Amazon says of its issues, one after the other; empty where there is none")
    read_at: datetime = column("When the reading was asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePosition(Row):
    """Per SKU and marketplace: what it ought to cost by Shopify's price and the price rules, and what Amazon shows."""

    region: str = column("Region account", allowed=REGIONS)
    marketplace_id: str = column("Amazon's id of the marketplace")
    seller_sku: str = column("SKU as typed on Amazon")
    variant_id: str | None = column("Shopify variant it stands for")
    currency: str = column("Currency of the marketplace (ISO 4217)")
    shop_price: Decimal | None = column("Price in Shopify", unit="shop currency")
    target: Decimal | None = column("What it ought to cost, with tax; empty where nobody has said", unit="currency")
    floor: Decimal | None = column("The least it may cost", unit="currency")
    shown: Decimal | None = column("Price that Amazon shows", unit="currency")
    shown_at: datetime | None = column("When that was read")
    last_applied: Decimal | None = column("Price of ours that Amazon was last seen to show", unit="currency")
    difference: Decimal | None = column("Shown less target: above zero where Amazon asks for more", unit="currency")
    verdict: str = column("What is to be done", allowed=PRICE_VERDICTS)
    rule: str = column("Which price rule counts, in words")
    reason: str = column("Why, in plain words")


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePush(Row):
    """Prices of a SKU meant for Amazon: the decision, and what became of it."""

    effect_id: str = column("The ledger's id of the effect; for a preview, its region and SKU")
    region: str = column("Region account", allowed=REGIONS)
    seller_sku: str = column("SKU as typed on Amazon")
    wanted: str = column("Prices to be shown, as a JSON object of marketplace id to amount and currency")
    state: str = column("How far it has come", allowed=STATES)
    attempts: int = column("How often it was sent", unit="attempts", minimum=0)
    decided_at: datetime = column("When it was decided")
    sent_at: datetime | None = column("When it was last sent")
    verified_at: datetime | None = column("When Amazon was seen to show them")
    origin: str = column("What set it off: the schedule or a person")
    reason: str = column("Why, in plain words")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice(Row):
    """What a variant costs on a price list of a market in Shopify."""

    list_name: str = column("Name of the price list")
    variant_id: str = column("Shopify's id of the variant (a GID)")
    price: Decimal = column("Price", unit="currency of the list")
    currency: str = column("Currency of the list (ISO 4217)")
    origin: str = column("FIXED by hand, or RELATIVE to the shop's own price")


OFFERS = table(
    Offer,
    schema="amazon",
    name="offers",
    key=("region", "marketplace_id", "seller_sku"),
    grain="one row per region account, marketplace and SKU",
    kind="observed",
    team="ecommerce",
)
PRICE_POSITION = table(
    PricePosition,
    schema="reconcile",
    name="price_position",
    key=("region", "marketplace_id", "seller_sku"),
    grain="one row per region account, marketplace and SKU",
    kind="derived",
    team="ecommerce",
)
PRICE_PUSH = table(
    PricePush,
    schema="actions",
    name="price_push",
    key=("effect_id",),
    grain="one row per intended change of a SKU's prices",
    kind="derived",
    team="ecommerce",
)
LIST_PRICES = table(
    ListPrice,
    schema="shopify",
    name="list_prices",
    key=("list_name", "variant_id"),
    grain="one row per price list in use and variant",
    kind="observed",
    team="ecommerce",
)
TABLES = (OFFERS, PRICE_POSITION, PRICE_PUSH, LIST_PRICES)
