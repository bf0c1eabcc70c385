"""Amazon's marketplaces: which region account each belongs to, its currency and hours, and whose FBA units it shows.

Source: Amazon's selling-partner documentation (marketplace ids, endpoints) and the non-Amazon channel ids that
Multi-Channel orders carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Region = Literal["na", "eu", "fe"]

ENDPOINTS: Mapping[str, str] = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}
"""Base url of the Selling Partner API per region account."""


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One marketplace. `country` is the code people use for it, which is UK for Amazon.co.uk.

    `minor_digits` counts the decimals of its currency (2, for yen 0), `timezone` is where its business day begins,
    `mcf_marketplace_id` is the id that orders fulfilled for other channels carry, where Amazon has one.
    """

    country: str
    marketplace_id: str
    name: str
    region: Region
    currency: str
    minor_digits: int
    timezone: str
    mcf_marketplace_id: str | None = None


MARKETPLACES: tuple[Marketplace, ...] = (
    Marketplace("US", "ATVPDKIKX0DER", "Amazon.com", "na", "USD", 2, "America/Los_Angeles", "A2ZV50J4W1RKNI"),
    Marketplace("CA", "A2EUQ1WTGCTBG2", "Amazon.ca", "na", "CAD", 2, "America/Los_Angeles", "A1MQXOICRS2Z7M"),
    Marketplace("MX", "A1AM78C64UM0Y8", "Amazon.com.mx", "na", "MXN", 2, "America/Los_Angeles", "A3H6HPSLHAK3XG"),
    Marketplace("BR", "A2Q3Y263D00KWC", "Amazon.com.br", "na", "BRL", 2, "America/Sao_Paulo"),
    Marketplace("IE", "A28R8C7NBKEWEA", "Amazon.ie", "eu", "EUR", 2, "Europe/Dublin"),
    Marketplace("ES", "A1RKKUPIHCS9HS", "Amazon.es", "eu", "EUR", 2, "Europe/Madrid", "AFQLKURYRPEL8"),
    Marketplace("UK", "A1F83G8C2ARO7P", "Amazon.co.uk", "eu", "GBP", 2, "Europe/London", "AZMDEXL2RVFNN"),
    Marketplace("FR", "A13V1IB3VIYZZH", "Amazon.fr", "eu", "EUR", 2, "Europe/Paris", "A1ZFFQZ3HTUKT9"),
    Marketplace("BE", "AMEN7PMS3EDWL", "Amazon.com.be", "eu", "EUR", 2, "Europe/Brussels"),
    Marketplace("NL", "A1805IZSGTT6HS", "Amazon.nl", "eu", "EUR", 2, "Europe/Amsterdam"),
    Marketplace("DE", "A1PA6795UKMFR9", "Amazon.de", "eu", "EUR", 2, "Europe/Berlin", "A38D8NSA03LJTC"),
    Marketplace("IT", "APJ6JRA9NG5V4", "Amazon.it", "eu", "EUR", 2, "Europe/Rome", "A62U237T8HV6N"),
    Marketplace("SE", "A2NODRKZP88ZB9", "Amazon.se", "eu", "SEK", 2, "Europe/Stockholm"),
    Marketplace("ZA", "AE08WJ6YKNBMC", "Amazon.co.za", "eu", "ZAR", 2, "Africa/Johannesburg"),
    Marketplace("PL", "A1C3SOZRARQ6R3", "Amazon.pl", "eu", "PLN", 2, "Europe/Warsaw"),
    Marketplace("EG", "ARBP9OOSHTCHU", "Amazon.eg", "eu", "EGP", 2, "Africa/Cairo"),
    Marketplace("TR", "A33AVAJ2PDY3EV", "Amazon.com.tr", "eu", "TRY", 2, "Europe/Istanbul"),
    Marketplace("SA", "A17E79C6D8DWNP", "Amazon.sa", "eu", "SAR", 2, "Asia/Riyadh"),
    Marketplace("AE", "A2VIGQ35RCS4UG", "Amazon.ae", "eu", "AED", 2, "Asia/Dubai"),
    Marketplace("IN", "A21TJRUUN4KGV", "Amazon.in", "eu", "INR", 2, "Asia/Kolkata"),
    Marketplace("SG", "A19VAU5U5O7RUS", "Amazon.sg", "fe", "SGD", 2, "Asia/Singapore"),
    Marketplace("AU", "A39IBJ37TRP1C6", "Amazon.com.au", "fe", "AUD", 2, "Australia/Sydney"),
    Marketplace("JP", "A1VC38T7YXB528", "Amazon.co.jp", "fe", "JPY", 0, "Asia/Tokyo", "A1VN0HAN483KP2"),
)

PAN_EU = frozenset({"IE", "ES", "FR", "BE", "NL", "DE", "IT", "SE", "PL"})
"""Marketplaces of the European Union: Amazon shows each of them the same pooled units. The UK has its own."""

_BY_COUNTRY = {marketplace.country: marketplace for marketplace in MARKETPLACES} | {
    "GB": next(marketplace for marketplace in MARKETPLACES if marketplace.country == "UK")
}
_BY_ID = {marketplace.marketplace_id: marketplace for marketplace in MARKETPLACES}


def by_country(country: str) -> Marketplace:
    """The marketplace of a country code, GB and UK alike. KeyError for a country Amazon has no marketplace in."""
    return _BY_COUNTRY[country]


def by_id(marketplace_id: str) -> Marketplace:
    """The marketplace of Amazon's id. KeyError for an id that is none of the 23."""
    return _BY_ID[marketplace_id]


def region_of(country_or_id: str) -> Region:
    """The region account a marketplace belongs to, by country code or by Amazon's id. KeyError when it is neither."""
    found = _BY_COUNTRY.get(country_or_id) or _BY_ID[country_or_id]
    return found.region


def countries_of(region: str) -> tuple[str, ...]:
    """Country codes of a region account's marketplaces, in the order of the table."""
    return tuple(marketplace.country for marketplace in MARKETPLACES if marketplace.region == region)


def fba_pool(marketplace: Marketplace) -> str:
    """Name of the pool whose FBA units a marketplace shows: NA, EU, UK or the country's own code.

    All of North and South America counts as one pool, since remote fulfillment lists the units of one country in the
    others.
    """
    if marketplace.region == "na":
        return "NA"
    return "EU" if marketplace.country in PAN_EU else marketplace.country
