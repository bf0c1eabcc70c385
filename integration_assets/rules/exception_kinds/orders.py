"""Orders: what was sold, and what has to be shipped."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

KINDS: Final = (
    ExceptionKind(
        name="oversold",
        title="More was sold than there is",
        team="operations",
        record_owner="Shopify",
        severity="urgent",
        deadline="Before the earliest ship-by time of the orders that hold the units.",
        told=(
            "{seller_sku}: orders need {units} units more than the pool has ({available} available, {held} held for "
            "Amazon orders). Amazon {region} is told to show none."
        ),
        steps=(
            "Count the product: there may be stock that Shopify does not know.",
            "Move stock in from another location, or buy in, before the ship-by time.",
            "Otherwise cancel the newest order on the channel it came from; a cancellation counts against the account.",
            "Think of a larger buffer for this SKU in `[[stock.rule]]`.",
        ),
        closes_when="The pool covers every order that holds units of it.",
    ),
)
