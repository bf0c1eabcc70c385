"""The `[mcf]` section: which orders of the shop Amazon ships, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from integration_assets.rules.marketplaces import Marketplace, Region, fba_pool
from integration_assets.rules.mcf import Route
from resources.operating_model_parts.errors import Mistake, wrong
from resources.operating_model_parts.types import Count, Flag, Listed, Matching, Name, Section, Text

Country = Annotated[Text, Matching("a country code of two letters, such as GB", r"[A-Z]{2}")]
ISO = {"UK": "GB"}


class McfRoute(Section):
    """Orders that fit all its conditions are treated so. The first route that fits counts."""

    countries: Annotated[tuple[Country, ...], Listed('a list of countries, such as ["GB"]', or_none=True)] = Field(
        default=(), description="Countries the order goes to (ISO 3166); none means any."
    )
    tag: Text | None = Field(default=None, description="A tag of the order; letter case does not count.")
    sku_pattern: Text | None = Field(
        default=None, description="Pattern that the SKU of every line fits, as Shopify writes it."
    )
    action: Literal["ship", "reject", "hold"] = Field(
        default="ship", description="Have Amazon ship it, hand it back to the shop, or leave it for a person."
    )
    region: Region | None = Field(default=None, description="Region account that ships it; by default the first.")
    marketplace: Text | None = Field(
        default=None, description="Marketplace whose pool it is taken from; by default the region's first."
    )
    speed: Literal["Standard", "Expedited", "Priority"] = Field(default="Standard", description="How fast.")
    keep_units: Count = Field(default=0, description="Units of each SKU that are kept for buyers on Amazon.")


class McfSettings(Section):
    """Orders of the shop that Amazon ships from FBA stock (Multi-Channel Fulfilment)."""

    service: Name | None = Field(
        default=None, description="Name of the fulfilment service in Shopify; without it Amazon ships nothing."
    )
    comment: Text = Field(default="Thank you for your order.", description="Line on the packing slip.")
    policy: Literal["FillOrKill", "FillAll", "FillAllAvailable"] = Field(
        default="FillOrKill",
        description="What Amazon does when it finds too few units: nothing, wait, or send the rest.",
    )
    mixed: Literal["split", "hold"] = Field(
        default="split",
        description="An order of which other lines are shipped from elsewhere: Amazon ships its part, or a person "
        "decides.",
    )
    stock: Literal["least", "most"] = Field(
        default="least",
        description="Where several pools can ship an item, which of them the service shows in Shopify: the least, so "
        "that no order is promised in vain, or the most.",
    )
    notify: Flag = Field(default=True, description="Whether Shopify tells the buyer of each package.")
    routes: tuple[McfRoute, ...] = Field(default=(), alias="route", description="Which orders, in order.")

    def as_routes(self, markets: Mapping[str, tuple[Marketplace, ...]]) -> list[Route]:
        """The routes as plain values; without any, each marketplace ships to its own country.

        `markets` are the marketplaces of each region account. KeyError where a route names one that is not declared.
        """
        if not self.routes:
            return [
                _route(McfRoute(), region, market, frozenset({ISO.get(market.country, market.country)}))
                for region, found in markets.items()
                for market in found
            ]
        made = []
        for rule in self.routes:
            region: str = rule.region or next(iter(markets))
            wanted = {"GB": "UK"}.get(rule.marketplace or "", rule.marketplace)
            market = next(one for one in markets[region] if wanted in (None, one.country))
            made.append(_route(rule, region, market, frozenset(rule.countries)))
        return made


def contradictions(document: Mapping[str, Any]) -> Iterator[Mistake]:
    """Routes that lead to an account or a marketplace that the file does not declare."""
    accounts = document.get("amazon")
    declared = accounts if isinstance(accounts, Mapping) else {}
    section = document.get("mcf")
    routes = section.get("route") if isinstance(section, Mapping) else None
    for at, rule in enumerate(routes if isinstance(routes, list) else ()):
        if not isinstance(rule, Mapping):
            continue
        region = rule.get("region") or next(iter(declared), None)
        if region not in declared:
            yield wrong(
                ("mcf", "route", at, "region"), region, f"a declared account: {', '.join(declared) or 'none is'}"
            )
            continue
        account = declared[region]
        sold = account.get("marketplaces") if isinstance(account, Mapping) else None
        known = {ISO.get(str(one), str(one)) for one in sold} if isinstance(sold, list) else set()
        wanted = rule.get("marketplace")
        if isinstance(wanted, str) and ISO.get(wanted, wanted) not in known:
            expected = f"a marketplace of amazon.{region}: {', '.join(map(str, sold or ()))}"
            yield wrong(("mcf", "route", at, "marketplace"), wanted, expected)


def _route(rule: McfRoute, region: str, market: Marketplace, countries: frozenset[str]) -> Route:
    return Route(
        action=rule.action,
        region=region,
        marketplace_id=market.marketplace_id,
        pool=fba_pool(market),
        speed=rule.speed,
        countries=countries,
        tag=rule.tag or "",
        sku_pattern=rule.sku_pattern or "",
        keep_units=rule.keep_units,
    )
