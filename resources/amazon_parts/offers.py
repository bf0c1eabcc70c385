"""A listing as one marketplace shows it, and the patch that sets prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from integration_assets.contracts.errors import InstepError
from integration_assets.contracts.prices import Offer
from integration_assets.rules.marketplaces import Marketplace
from resources.amazon_parts.items import ListingsItems, listed_in
from resources.amazon_parts.parse import Submission, money, objects

ANY_PRODUCT_TYPE = "PRODUCT"
OFFER_DATA = ("summaries", "attributes", "issues", "offers")
WEIGHTS = ("item_package_weight", "item_weight", "item_display_weight")
MFN_CHANNEL = "DEFAULT"


@dataclass(frozen=True)
class Offers:
    """The offers of one account."""

    items: ListingsItems
    region: str

    def search(self, skus: Sequence[str], marketplace: Marketplace) -> Iterator[Offer]:
        """What a marketplace shows of these SKUs, twenty a call; one that it does not list is absent.

        Raises Throttled, Rejected, Unavailable or BadDocument.
        """

        def row_of(item: Mapping[str, Any], asked_at: datetime) -> Offer | None:
            return offer(item, region=self.region, marketplace=marketplace, read_at=asked_at)

        return self.items.read(list(dict.fromkeys(skus)), marketplace, OFFER_DATA, row_of)

    def patch(self, sku: str, prices: Mapping[Marketplace, Decimal]) -> Submission:
        """Set the prices of a SKU in some marketplaces by one call, and answer Amazon's receipt: ACCEPTED or INVALID.

        Raises UnknownOutcome when Amazon may have taken it.
        """
        return self.items.patch(sku, ANY_PRODUCT_TYPE, [price_patch(prices)], list(prices))


def offer(item: Mapping[str, Any], *, region: str, marketplace: Marketplace, read_at: datetime) -> Offer | None:
    """A listings item with OFFER_DATA, as this marketplace shows it; None where it is not listed there.

    The price is the one that consumers see: the attributes say what was submitted, which is not yet the same.
    """
    found = listed_in(item, marketplace)
    if found is None:
        return None
    what, here = found.what, marketplace.marketplace_id
    shown = [one for one in objects(item, "offers", what) if _is_for_consumers(one, here)]
    amount, currency = money(shown[0].get("price"), what) if shown else (None, None)
    issues = [one for one in objects(item, "issues", what) if here in one.get("marketplaceIds", [here])]
    statuses = found.summary.get("status") or []
    return Offer(
        region=region,
        marketplace_id=here,
        seller_sku=found.sku,
        price=amount,
        currency=currency,
        is_buyable="BUYABLE" in statuses,
        is_visible="DISCOVERABLE" in statuses,
        lead_time_days=_lead_time(found.attributes),
        has_weight=any(found.attributes.get(name) for name in WEIGHTS),
        issue_codes=_codes(issues, "ERROR"),
        warning_codes=_codes(issues, "WARNING"),
        issues=" ".join(dict.fromkeys(str(one.get("message", "")).strip() for one in issues)),
        read_at=read_at,
    )


def _is_for_consumers(entry: Mapping[str, Any], marketplace_id: str) -> bool:
    return entry.get("marketplaceId") == marketplace_id and entry.get("offerType", "B2C") == "B2C"


def _codes(issues: Sequence[Mapping[str, Any]], severity: str) -> tuple[str, ...]:
    return tuple(sorted({str(one.get("code")) for one in issues if one.get("severity") == severity}))


def _lead_time(attributes: Mapping[str, Any]) -> int | None:
    for entry in attributes.get("fulfillment_availability") or []:
        days = entry.get("lead_time_to_ship_max_days")
        if entry.get("fulfillment_channel_code") == MFN_CHANNEL and isinstance(days, int):
            return days
    return None


def price_patch(prices: Mapping[Marketplace, Decimal]) -> dict[str, Any]:
    """The patch that sets prices with tax. `merge` keeps sale prices and limits; `replace` would drop them.

    InstepError for a price that is not above zero or has more decimals than its currency.
    """
    value: list[dict[str, Any]] = []
    for place, amount in prices.items():
        if amount <= 0 or amount != round(amount, place.minor_digits):
            raise InstepError(
                f"{amount} is not a price in {place.currency}: above zero, {place.minor_digits} decimals."
            )
        # JSON has no decimals of its own; a price of a few digits is the same number again when it is read.
        number = int(amount) if place.minor_digits == 0 else float(amount)
        schedule = [{"schedule": [{"value_with_tax": number}]}]
        offered = {"marketplace_id": place.marketplace_id, "currency": place.currency, "audience": "ALL"}
        value.append({**offered, "our_price": schedule})
    return {"op": "merge", "path": "/attributes/purchasable_offer", "value": value}
