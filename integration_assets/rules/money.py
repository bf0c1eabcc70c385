"""Amounts of money: how many decimals a currency has, and how a whole is shared out so that the parts add up to it.

Calculations are done in whole minor units (pence, cents, yen); `Decimal` is what tables and people see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from integration_assets.contracts.errors import DataError
from integration_assets.rules.marketplaces import MARKETPLACES

KEPT = re.compile(r"(-?\d+\.\d{4}) ([A-Z]{3})\b")
"""An amount and its currency as the tables keep them."""
K = TypeVar("K", str, tuple[str, ...])

MINOR_DIGITS: Mapping[str, int] = {place.currency: place.minor_digits for place in MARKETPLACES} | {
    "CHF": 2,
    "CNY": 2,
    "CZK": 2,
    "DKK": 2,
    "HKD": 2,
    "KRW": 0,
    "NOK": 2,
    "NZD": 2,
}
"""Decimals of each currency (ISO 4217): those of Amazon's marketplaces, and those that shops of such brands keep."""


def minor_digits(currency: str) -> int:
    """How many decimals the currency has. DataError for one that is not known: two is a guess, and yen have none."""
    try:
        return MINOR_DIGITS[currency]
    except KeyError:
        raise DataError(
            f"{currency!r} is not a currency that Instep knows the decimals of.",
            todo="Add it to MINOR_DIGITS in integration_assets/rules/money.py.",
        ) from None


def to_minor(amount: Decimal, currency: str) -> int:
    """The amount in minor units. DataError when it has more decimals than the currency: it is never rounded here."""
    units = amount.scaleb(minor_digits(currency))
    whole = int(units)
    if units != whole:
        raise DataError(
            f"{amount} {currency} has more decimals than the currency, which has {minor_digits(currency)}.",
            todo="Look at the document it comes from: the currency or the decimal sign may have been misread.",
        )
    return whole


def from_minor(units: int, currency: str) -> Decimal:
    """Minor units as an amount, with all the decimals of the currency."""
    return Decimal(units).scaleb(-minor_digits(currency))


def as_text(amount: Decimal, currency: str) -> str:
    """The amount with all the decimals of its currency and no more: 1234.50, or 1234 for yen."""
    return f"{amount:.{minor_digits(currency)}f}"


def in_words(amount: Decimal, currency: str) -> str:
    """The amount as people write it: 1234.50 GBP, 1234 JPY."""
    return f"{as_text(amount, currency)} {currency}"


def in_text(text: str) -> str:
    """A text of the tables for people: amounts are kept with four decimals, and told with those of their currency.

    One that has more decimals than its currency stays as it is: nothing is rounded away.
    """

    def told(found: re.Match[str]) -> str:
        amount, currency = Decimal(found[1]), found[2]
        is_whole = currency in MINOR_DIGITS and amount.scaleb(MINOR_DIGITS[currency]) % 1 == 0
        return in_words(amount, currency) if is_whole else found[0]

    return KEPT.sub(told, text)


def share_out(total: int, weights: Mapping[K, int]) -> dict[K, int]:
    """Share `total` minor units among the keys by weight, with the largest remainder: the parts add up to the total.

    Every part is the exact share rounded down or up; who gets a unit more is decided by the remainder, then by the key,
    so the order of the mapping means nothing. ValueError for a negative weight, or when no weight is positive.
    """
    whole = sum(weights.values())
    if any(weight < 0 for weight in weights.values()) or whole <= 0:
        raise ValueError("weights are not negative, and one of them at least is positive")
    sign, magnitude = (-1, -total) if total < 0 else (1, total)
    parts = {key: magnitude * weight // whole for key, weight in weights.items()}
    left = magnitude - sum(parts.values())
    by_remainder = sorted(weights, key=lambda key: (-(magnitude * weights[key] % whole), key))
    for key in by_remainder[:left]:
        parts[key] += 1
    return {key: sign * part for key, part in parts.items()}
