"""The fulfilment service that stands for Amazon in the shop."""

from __future__ import annotations

from integration_assets.contracts.errors import ConfigurationError
from resources.operating_model import OperatingModel
from resources.shopify import Shopify


def open_up(model: OperatingModel, shopify: Shopify, name: str) -> str:
    """Make the service where it is missing; in words, what was done. Repeating it is safe.

    ConfigurationError where a location of the merchant's own has the name.
    """
    found = next((place for place in shopify.locations() if place.name == name), None)
    if found is not None and not found.is_fulfillment_service:
        raise ConfigurationError(
            f"mcf.service: {name!r} is a location of your own in Shopify, and no fulfilment service.",
            todo="Name the service otherwise, or rename the location.",
        )
    if found is not None:
        return f"{name} is ready"
    if model.mode.mcf != "live":
        return f"{name} would be made: mode.mcf is preview"
    shopify.open_service(name)
    return f"{name} was made"
