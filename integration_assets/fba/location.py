"""The Shopify location that mirrors a region account's FBA stock: which it is, and whether it is fit for it."""

from __future__ import annotations

from collections.abc import Sequence

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.shopify import Location
from resources.operating_model import OperatingModel
from resources.shopify import Shopify

COUNTRY = {"UK": "GB"}
"""Where Amazon's code of a country is not the one of ISO 3166."""


def mirror_of(model: OperatingModel, region: str, locations: Sequence[Location]) -> Location:
    """The location as the shop has it. ConfigurationError where it is missing, closed, or sells online."""
    name = model.fba_location(region) or ""
    found = next((place for place in locations if place.name == name), None)
    key = f"pools.fba.{region}.location"
    if found is None or not found.is_active:
        raise ConfigurationError(
            f"{key}: {name!r} is {'closed' if found else 'not a location'} in Shopify.",
            todo="`instep setup` makes one; a closed one is opened in Shopify.",
        )
    if found.fulfills_online_orders or found.is_fulfillment_service:
        raise ConfigurationError(
            f"{key}: Shopify may route online orders to {name!r}, so Amazon's stock would be sold as the shop's own.",
            todo="`instep setup` closes it to online orders; a fulfilment service's location cannot be the mirror.",
        )
    return found


def set_up(model: OperatingModel, region: str, shopify: Shopify, locations: Sequence[Location]) -> str:
    """Make the location, or close it to online orders, where that is needed; in words, what was done."""
    name = model.fba_location(region) or ""
    found = next((place for place in locations if place.name == name), None)
    if found is not None and (found.is_fulfillment_service or not found.fulfills_online_orders or not found.is_active):
        return f"{mirror_of(model, region, locations).name} is ready"
    if model.mode.fba_mirror != "live":
        todo = "closed to online orders" if found else "made"
        return f"{name} would be {todo}: mode.fba_mirror is preview"
    if found is not None:
        shopify.close_to_online_orders(found.location_id)
        return f"{name} was closed to online orders"
    country = model.marketplaces(region)[0].country
    shopify.add_location(name, COUNTRY.get(country, country))
    return f"{name} was made"
