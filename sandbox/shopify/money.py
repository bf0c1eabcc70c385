"""How Shopify writes money, numbers and instants."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


def price(amount: Decimal) -> str:
    """The Money scalar: two decimals ("19.90")."""
    return f"{amount:.2f}"


def trimmed(amount: Decimal) -> str:
    """The Decimal scalar of MoneyV2: no idle zeros, yet one decimal at least ("20.0")."""
    text = f"{amount.normalize():f}"
    return text if "." in text else text + ".0"


def money(amount: Decimal, currency: str) -> dict[str, Any]:
    """A MoneyV2."""
    return {"amount": trimmed(amount), "currencyCode": currency}


def bag(amount: Decimal, currency: str) -> dict[str, Any]:
    """A MoneyBag. The sandbox's shop counts every order in the order's own currency."""
    both = money(amount, currency)
    return {"shopMoney": both, "presentmentMoney": both}


def stamp(moment: datetime) -> str:
    """The DateTime scalar: UTC, whole seconds, Z."""
    return moment.astimezone(UTC).isoformat()[:19] + "Z"
