"""FBA: the mirror of Amazon's stock, and what Amazon ships for the shop."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

KINDS: Final = (
    ExceptionKind(
        name="fba_mirror_edited",
        title="Somebody else changed the mirror of Amazon's stock",
        team="ecommerce",
        record_owner="Amazon",
        severity="normal",
        deadline="",
        told=(
            "{location} showed {shown} of {skus}: {units} units that Amazon does not know of. "
            "What Amazon can ship is {fulfillable}; {done}."
        ),
        steps=(
            "Look at the item's stock history in Shopify at {location}: it names who changed it.",
            "Stop whoever it was: the location shows what lies in Amazon's warehouses, and nothing else counts there.",
            "Where units were taken in by hand, receive them at a location of your own.",
        ),
        closes_when="The location shows what Amazon can ship.",
    ),
    ExceptionKind(
        name="fba_mirror_refused",
        title="Shopify refuses a number of Amazon's stock",
        team="engineering",
        record_owner="Amazon",
        severity="normal",
        deadline="",
        told="Shopify refused to show {quantity} of {skus} at {location}: {detail}.",
        steps=(
            "Read what Shopify says: an item that is gone, a bundle, or a location that was closed.",
            "Mend it in Shopify, and run `instep setup` where it is the location.",
            "It is tried again after six hours, or at once when Amazon's number changes.",
        ),
        closes_when="Shopify takes the number, or it is not wanted any more.",
    ),
)
