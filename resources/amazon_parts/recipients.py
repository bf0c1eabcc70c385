"""Amazon's word on who an order goes to, for passing on in memory. An address can simply be missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem
from integration_assets.rules.recipient import Recipient


@dataclass(frozen=True, slots=True)
class WholeOrder:
    """An order read by itself: what may be kept of it, and what may not."""

    order: AmazonOrder
    items: tuple[AmazonOrderItem, ...]
    recipient: Recipient | None = field(repr=False)
    gift_messages: Mapping[str, str] = field(repr=False)
    """Order item id -> what the buyer wants written on the card."""


def recipient(entry: Mapping[str, Any]) -> Recipient | None:
    """The recipient of an order read with RECIPIENT; None where Amazon tells no country, so that there is no address.

    Line 1 is there for whoever packs; the parts of a town that only some countries have come after the lines.
    """
    address = (entry.get("recipient") or {}).get("deliveryAddress") or {}
    country = _text(address, "countryCode")
    if not country:
        return None
    city = _text(address, "city") or _text(address, "municipality")
    lines = [_text(address, f"addressLine{number}") for number in (1, 2, 3)]
    district = _text(address, "districtOrCounty")
    if district and district.casefold() != city.casefold():
        lines.append(district)
    return Recipient(
        country_code=country,
        name=_text(address, "name"),
        company=_text(address, "companyName"),
        lines=tuple(line for line in lines if line),
        city=city,
        region=_text(address, "stateOrRegion"),
        postal_code=_text(address, "postalCode"),
        phone=_text(address, "phone"),
        email=_text(entry.get("buyer") or {}, "buyerEmail"),
    )


def gift_messages(entry: Mapping[str, Any]) -> dict[str, str]:
    """What buyers want written on the card, by order item."""
    found = {}
    for item in entry.get("orderItems") or ():
        gift = ((item.get("fulfillment") or {}).get("packing") or {}).get("giftOption") or {}
        if message := _text(gift, "giftMessage"):
            found[str(item.get("orderItemId"))] = message
    return found


def _text(part: Mapping[str, Any], key: str) -> str:
    value = part.get(key)
    return value.strip() if isinstance(value, str) else ""
