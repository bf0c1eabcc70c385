"""The marketplaces the sandbox can trade on, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """How a settlement file of a marketplace writes instants, days and amounts."""

    instant: str
    day: str
    decimal: str


ISO = Dialect("%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d", ".")
DOTTED = Dialect("%d.%m.%Y %H:%M:%S UTC", "%d.%m.%Y", ".")
DOTTED_COMMA = Dialect("%d.%m.%Y %H:%M:%S UTC", "%d.%m.%Y", ",")


@dataclass(frozen=True)
class Marketplace:
    """One marketplace. `pool` is the FBA pool that serves it; Multi-Channel orders are filed under `echo_id`."""

    country: str
    id: str
    name: str
    region: str
    currency: str
    digits: int
    language: str
    pool: str
    echo_id: str
    echo_name: str
    dialect: Dialect


MARKETPLACES = (
    Marketplace(
        "UK",
        "A1F83G8C2ARO7P",
        "Amazon.co.uk",
        "eu",
        "GBP",
        2,
        "en_GB",
        "UK",
        "AZMDEXL2RVFNN",
        "Non-Amazon UK",
        DOTTED,
    ),
    Marketplace(
        "DE",
        "A1PA6795UKMFR9",
        "Amazon.de",
        "eu",
        "EUR",
        2,
        "de_DE",
        "EU",
        "A38D8NSA03LJTC",
        "Non-Amazon DE",
        DOTTED_COMMA,
    ),
    Marketplace(
        "FR",
        "A13V1IB3VIYZZH",
        "Amazon.fr",
        "eu",
        "EUR",
        2,
        "fr_FR",
        "EU",
        "A1ZFFQZ3HTUKT9",
        "Non-Amazon FR",
        DOTTED_COMMA,
    ),
    Marketplace(
        "IT",
        "APJ6JRA9NG5V4",
        "Amazon.it",
        "eu",
        "EUR",
        2,
        "it_IT",
        "EU",
        "A62U237T8HV6N",
        "Non-Amazon IT",
        DOTTED_COMMA,
    ),
    Marketplace(
        "US", "ATVPDKIKX0DER", "Amazon.com", "na", "USD", 2, "en_US", "NA", "A2ZV50J4W1RKNI", "Non-Amazon US", ISO
    ),
    Marketplace(
        "CA", "A2EUQ1WTGCTBG2", "Amazon.ca", "na", "CAD", 2, "en_CA", "NA", "A1MQXOICRS2Z7M", "Non-Amazon CA", DOTTED
    ),
    Marketplace(
        "JP", "A1VC38T7YXB528", "Amazon.co.jp", "fe", "JPY", 0, "ja_JP", "JP", "A1VN0HAN483KP2", "Non-Amazon JP", ISO
    ),
)
BY_ID = {place.id: place for place in MARKETPLACES}
BY_COUNTRY = {place.country: place for place in MARKETPLACES}
FBA_CHANNELS = {"eu": "AMAZON_EU", "na": "AMAZON_NA", "fe": "AMAZON_JP"}
"""Fulfilment channel code of FBA per region."""
REPORT_ENCODINGS = {"eu": ("cp1252", "Cp1252"), "na": ("utf-8", "UTF-8"), "fe": ("cp932", "Windows-31J")}
"""Python codec, and the name the Content-Type of the document gives it."""
