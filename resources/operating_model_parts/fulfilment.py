"""The `[fulfilment]` section: when a shipment is urgent, and what goes back on sale."""

from __future__ import annotations

from pydantic import Field

from resources.operating_model_parts.types import Flag, Minutes, Name, Positive, Section


class FulfilmentSettings(Section):
    """How shipments, cancellations and refunds of Amazon orders are kept in step. `[mode]` says which are sent."""

    warn_hours: Positive = Field(
        default=24, description="How many hours before Amazon's ship-by time an order that has not left is reported."
    )
    confirm_within_minutes: Minutes = Field(
        default=60,
        description="How long a package may be on its way in Shopify before Amazon's silence about it is reported.",
    )
    restock_cancelled: Flag = Field(
        default=True,
        description="Whether units of an order that Amazon cancels before shipment go back on sale in Shopify. "
        "Units in Amazon's own warehouses never do.",
    )
    returns_to: Name | None = Field(
        default=None,
        description="The Shopify location that units refunded on Amazon go back on sale at. Without it they do not: a "
        "refund does not say that the goods came back.",
    )
