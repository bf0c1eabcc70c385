"""Which of the shop's price lists marketplaces take their prices from."""

from __future__ import annotations

from integration_assets.contracts.errors import ConfigurationError
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.shopify_parts.price_lists import PriceListInfo


def lists_in_use(model: OperatingModel, shopify: Shopify) -> list[PriceListInfo]:
    """The price lists that are declared, each once. Nobody is asked where none is.

    ConfigurationError for a list that the shop does not have, has twice, or has in another currency than the
    marketplace sells in.
    """
    wanted = {
        place: name
        for region in model.amazon
        for place in model.marketplaces(region)
        if (name := model.prices.list_for(place)) is not None
    }
    if not wanted:
        return []
    there = shopify.price_lists()
    found: dict[str, PriceListInfo] = {}
    for place, name in wanted.items():
        key = f"prices.price_lists.{place.country}"
        alike = [one for one in there if one.name == name]
        if len(alike) != 1:
            known = ", ".join(sorted(one.name for one in there)) or "none"
            what = "is no price list" if not alike else f"is the name of {len(alike)} price lists"
            raise ConfigurationError(
                f"{key}: {name!r} {what} in Shopify; it has {known}.",
                todo="Name one of these, or take the marketplace out of prices.price_lists: its prices then come from "
                "the shop's own and prices.fx.",
            )
        if alike[0].currency != place.currency:
            raise ConfigurationError(
                f"{key}: {name!r} is in {alike[0].currency}, and {place.name} sells in {place.currency}.",
                todo="Name a price list in that currency: none is converted.",
            )
        found[name] = alike[0]
    return list(found.values())
