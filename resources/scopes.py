"""What the app in Shopify must be allowed, for what the operating model has it do: no more, and nothing left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from resources.operating_model import OperatingModel


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that can be switched on, and the scopes that it asks for on top of reading the shop."""

    name: str
    is_on: Callable[[OperatingModel], bool]
    scopes: tuple[str, ...]


READING = ("read_products", "read_locations", "read_inventory", "read_orders")
FEATURES = (
    Feature("webhooks", lambda model: model.receiver.public_url is not None, ("read_fulfillments",)),
    Feature("mode.order_import", lambda model: model.mode.order_import == "live", ("write_orders",)),
    Feature(
        "mode.fba_fulfilment",
        lambda model: model.mode.fba_fulfilment == "live",
        ("read_merchant_managed_fulfillment_orders", "write_merchant_managed_fulfillment_orders"),
    ),
    Feature("mode.order_cancellation", lambda model: model.mode.order_cancellation == "live", ("write_orders",)),
    Feature("mode.order_refund", lambda model: model.mode.order_refund == "live", ("write_orders",)),
    Feature("mode.order_fees_note", lambda model: model.mode.order_fees_note == "live", ("write_orders",)),
    Feature(
        "mode.fba_mirror",
        lambda model: model.mode.fba_mirror == "live" and bool(model.pools.fba),
        ("write_inventory", "write_locations"),
    ),
    Feature(
        "mode.mcf",
        lambda model: model.mode.mcf == "live" and model.mcf.service is not None,
        (
            "write_fulfillments",
            "read_assigned_fulfillment_orders",
            "write_assigned_fulfillment_orders",
            "write_inventory",
        ),
    ),
)
"""Only what is sent needs more than reading: what previews reads no more than what is live."""


def needed_scopes(model: OperatingModel) -> Mapping[str, str]:
    """Each scope that is needed now, and what needs it."""
    found: dict[str, list[str]] = {scope: ["reading the shop"] for scope in READING}
    for feature in FEATURES:
        if feature.is_on(model):
            for scope in feature.scopes:
                found.setdefault(scope, []).append(feature.name)
    return {scope: " and ".join(features) for scope, features in found.items()}
