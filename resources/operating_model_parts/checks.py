"""What no single key can tell: settings of the operating model that contradict one another.

The checks read the file as it was typed, so that a mistake in one place does not hide those in another; where a value
has the wrong shape they say nothing, because the section's own check already did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integration_assets.rules.marketplaces import ENDPOINTS, by_country, countries_of, region_of
from resources.operating_model_parts import mcf
from resources.operating_model_parts.errors import Mistake, dotted, nearest, wrong

MATCH_KEYS = ("sku", "sku_pattern", "tag", "region")
MAPPING_KEYS = ("strip_prefix", "strip_suffix", "ignore")
Raw = Mapping[str, Any]


def contradictions(document: Raw) -> Iterator[Mistake]:
    """Every contradiction in a parsed file."""
    yield from _shopify_credentials(document)
    yield from _accounts(document)
    yield from _shares(document)
    yield from _locations(document)
    yield from _stock_rules(document)
    yield from _mapping_rules(document)
    yield from _quiet_hours(document)
    yield from _rates(document)
    yield from mcf.contradictions(document)


def _table(document: Any, *path: str) -> Raw:
    for step in path:
        document = document.get(step) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def _entries(document: Raw, *path: str) -> list[tuple[int, Raw]]:
    found = _table(document, *path[:-1]).get(path[-1])
    return (
        [(at, entry) for at, entry in enumerate(found) if isinstance(entry, Mapping)] if isinstance(found, list) else []
    )


def _texts(value: Any) -> list[tuple[int, str]]:
    return [(at, text) for at, text in enumerate(value) if isinstance(text, str)] if isinstance(value, list) else []


def _quiet_hours(document: Raw) -> Iterator[Mistake]:
    alerts = _table(document, "alerts")
    given = [key for key in ("quiet_from", "quiet_until") if key in alerts]
    if len(given) == 1:
        yield Mistake("alerts", f"found {given[0]} alone, expected both quiet_from and quiet_until, or neither")
    elif given and alerts["quiet_from"] == alerts["quiet_until"]:
        yield Mistake("alerts", "found quiet hours that end when they begin, expected two different times")
    if "mail" in alerts:
        mail = _table(document, "alerts", "mail")
        if ("user" in mail) != ("password" in mail):
            yield Mistake("alerts.mail", "found user or password alone, expected both or neither")


def _rates(document: Raw) -> Iterator[Mistake]:
    seen: dict[tuple[Any, ...], int] = {}
    for at, rate in _entries(document, "money", "fx"):
        loc, pair = ("money", "fx", at), (rate.get("from"), rate.get("to"), rate.get("month"))
        if not all(isinstance(text, str) for text in pair):
            continue
        source, target, month = pair
        if source == target:
            yield wrong((*loc, "to"), target, "another currency than from: within one, nothing is converted")
        elif pair in seen:
            first = dotted(("money", "fx", seen[pair]))
            told = f"one rate from {source} to {target} for {month}; {first} has declared it already"
            yield wrong((*loc, "rate"), rate.get("rate"), told)
        seen.setdefault(pair, at)


def _shopify_credentials(document: Raw) -> Iterator[Mistake]:
    if "shopify" not in document or not isinstance(document["shopify"], Mapping):
        return
    shopify = document["shopify"]
    app = [key for key in ("client_id", "client_secret") if key in shopify]
    either = "either client_id and client_secret, or access_token"
    if app and "access_token" in shopify:
        yield Mistake("shopify", f"found {' and '.join(app)} as well as access_token, expected {either}")
    elif not app and "access_token" not in shopify:
        yield Mistake("shopify", f"found no credentials, expected {either}")
    elif len(app) == 1:
        yield Mistake("shopify", f"found {app[0]} alone, expected {either}")


def _accounts(document: Raw) -> Iterator[Mistake]:
    accounts = document.get("amazon")
    if isinstance(accounts, Mapping) and not accounts:
        yield Mistake("amazon", f"found no account, expected at least one of {', '.join(ENDPOINTS)}")
    for region in _table(document, "amazon"):
        if region in ENDPOINTS:
            yield from _marketplaces(region, _table(document, "amazon", region).get("marketplaces"))


def _marketplaces(region: str, typed: Any) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    here = ", ".join(countries_of(region))
    for at, country in _texts(typed):
        loc = ("amazon", region, "marketplaces", at)
        try:
            marketplace = by_country(country)
        except KeyError:
            meant = nearest(country, countries_of(region))
            hint = f"; did you mean {meant}?" if meant else ""
            yield wrong(loc, country, f"the country code of a marketplace of {region} ({here}){hint}")
            continue
        if marketplace.region != region:
            yield wrong(loc, country, f"a marketplace of {region} ({here}); {country} belongs to {region_of(country)}")
        elif marketplace.country in seen:
            also = (
                "" if seen[marketplace.country] == country else f"; {country} and {seen[marketplace.country]} are one"
            )
            yield wrong(loc, country, f"each marketplace once{also}")
        seen.setdefault(marketplace.country, country)


def _shares(document: Raw) -> Iterator[Mistake]:
    accounts = {
        region: account for region, account in _table(document, "amazon").items() if isinstance(account, Mapping)
    }
    shares = {region: account.get("share", 100) for region, account in accounts.items() if region in ENDPOINTS}
    if not all(isinstance(share, int) for share in shares.values()):
        return
    if sum(shares.values()) > 100 and _table(document, "stock").get("accept_overpromise") is not True:
        told = " + ".join(f"{region} {share}" for region, share in shares.items())
        yield Mistake(
            "amazon.<region>.share",
            f"found {told} = {sum(shares.values())} percent of one pool, expected at most 100 together, "
            "or stock.accept_overpromise = true where the risk of selling a unit twice is accepted",
        )


def _locations(document: Raw) -> Iterator[Mistake]:
    pool: dict[str, str] = {}
    for at, name in _texts(_table(document, "pools", "mfn").get("locations")):
        if _same(name) in pool:
            yield wrong(("pools", "mfn", "locations", at), name, "each location once")
        pool.setdefault(_same(name), name)
    mirrors: dict[str, str] = {}
    for region in _table(document, "pools", "fba"):
        loc = ("pools", "fba", region, "location")
        mirror = _table(document, "pools", "fba", region).get("location")
        yield from _known_account(document, ("pools", "fba", region), region)
        if not isinstance(mirror, str):
            continue
        if _same(mirror) in pool:
            yield wrong(loc, mirror, "a location outside pools.mfn.locations: FBA stock is never the merchant's own")
        if _same(mirror) in mirrors:
            yield wrong(loc, mirror, f"a location of its own; {mirrors[_same(mirror)]} has this one")
        mirrors.setdefault(_same(mirror), dotted(loc))
    service = _table(document, "mcf").get("service")
    if isinstance(service, str) and _same(service) in pool:
        told = "a name outside pools.mfn.locations: what Amazon ships is never the merchant's own stock"
        yield wrong(("mcf", "service"), service, told)
    elif isinstance(service, str) and _same(service) in mirrors:
        told = f"another name than {mirrors[_same(service)]}: the mirror takes no orders, the service's location does"
        yield wrong(("mcf", "service"), service, told)


def _same(name: str) -> str:
    return name.strip().casefold()


def _known_account(document: Raw, loc: tuple[str | int, ...], region: Any) -> Iterator[Mistake]:
    accounts = [known for known in _table(document, "amazon") if known in ENDPOINTS]
    if isinstance(region, str) and region in ENDPOINTS and region not in accounts:
        yield wrong(loc, region, f"a region account of this file ({', '.join(accounts) or 'there is none'})")


def _stock_rules(document: Raw) -> Iterator[Mistake]:
    if "buffer" in _table(document, "stock"):
        yield from _buffer(("stock", "buffer"), _table(document, "stock", "buffer"))
    for at, rule in _entries(document, "stock", "rule"):
        loc = ("stock", "rule", at)
        match = rule.get("match")
        if isinstance(match, Mapping):
            if len(match) != 1:
                yield wrong((*loc, "match"), match, f"exactly one of {', '.join(MATCH_KEYS)}")
            yield from _known_account(document, (*loc, "match", "region"), match.get("region", ""))
        if "buffer" not in rule and "never_push" not in rule:
            yield wrong(loc, rule, "buffer, never_push or both: this rule changes nothing")
        yield from _buffer((*loc, "buffer"), _table(rule, "buffer"))


def _buffer(loc: tuple[str | int, ...], buffer: Raw) -> Iterator[Mistake]:
    most, least = buffer.get("max"), buffer.get("min_to_list", 0)
    if isinstance(most, int) and isinstance(least, int) and 0 <= most < least:
        yield wrong((*loc, "max"), most, f"at least min_to_list, which is {least}: nothing could ever be listed")


def _mapping_rules(document: Raw) -> Iterator[Mistake]:
    for at, rule in _entries(document, "mapping", "rule"):
        loc = ("mapping", "rule", at)
        if not any(rule.get(key) for key in MAPPING_KEYS):
            yield wrong(loc, rule, f"at least one of {', '.join(MAPPING_KEYS)}: this rule changes nothing")
        yield from _known_account(document, (*loc, "region"), rule.get("region", ""))
