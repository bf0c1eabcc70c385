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
    ExceptionKind(
        name="mcf_stuck",
        title="Amazon has not begun to ship an order of the shop",
        team="operations",
        record_owner="Amazon",
        severity="urgent",
        deadline="The date by which Amazon promised to ship it.",
        told=(
            "Order {order_name} should have left Amazon {region} by {ship_by} and is still {status} there "
            "(as {number})."
        ),
        steps=(
            "Look the order up in Seller Central under Multi-Channel orders: stock may be on its way between centres.",
            "Cancel it in Shopify and have it shipped from elsewhere, or ask Amazon to ship it again.",
            "Tell the buyer: the date that was promised has passed.",
        ),
        closes_when="Amazon begins to ship the order, or it is cancelled.",
    ),
    ExceptionKind(
        name="mcf_failed",
        title="Amazon does not ship an order that it took",
        team="operations",
        record_owner="Amazon",
        severity="urgent",
        deadline="",
        told=(
            "Amazon {region} took order {order_name} (as {number}) and now calls it {status}; in Shopify the rest of "
            "it is open again."
        ),
        steps=(
            "Have what is left shipped from another location in Shopify, or refund it.",
            "Look in Seller Central for why: units that cannot be found, or an address that Amazon does not take.",
            "Once the buyer is looked after: `instep ack` with its number from `instep exceptions`.",
        ),
        closes_when="Somebody has acknowledged it.",
    ),
    ExceptionKind(
        name="mcf_too_late",
        title="Amazon ships an order that the shop took back",
        team="operations",
        record_owner="Amazon",
        severity="urgent",
        deadline="",
        told=(
            "Order {order_name} was taken back or closed in Shopify, and Amazon {region} could not be stopped: it is "
            "{status} there (as {number})."
        ),
        steps=(
            "See that nobody else ships it: what is open of it in Shopify would reach the buyer twice.",
            "Where the buyer is to have it: add Amazon's tracking from Seller Central, Multi-Channel orders, by hand.",
            "Where not: ask the carrier to bring it back, or expect a return. Then `instep ack` with its number.",
        ),
        closes_when="Somebody has acknowledged it.",
    ),
    ExceptionKind(
        name="mcf_held",
        title="An order of the shop waits for a word on who ships it",
        team="operations",
        record_owner="Shopify",
        severity="high",
        deadline="",
        told="Order {order_name} asks Amazon to ship it, and nothing was answered: {reason}.",
        steps=(
            "Move the fulfilment order to a location of your own in Shopify, or split it there.",
            "Or let Amazon ship such orders: change `[[mcf.route]]` or `mcf.mixed` in the operating model.",
        ),
        closes_when="The order is moved, cancelled, or falls under a route that ships or rejects it.",
    ),
    ExceptionKind(
        name="mcf_parcel_refused",
        title="Shopify does not take a parcel that Amazon has sent",
        team="operations",
        record_owner="Amazon",
        severity="high",
        deadline="",
        told="Parcel {tracking_number} of order {number} has left Amazon {region}, and Shopify refuses it: {detail}.",
        steps=(
            "Look at the order in Shopify: somebody may have fulfilled it by hand.",
            "Add the tracking number to it by hand where it is missing, so that the buyer can follow the parcel.",
        ),
        closes_when="Shopify has the parcel, or its fulfilment order is closed.",
    ),
)
