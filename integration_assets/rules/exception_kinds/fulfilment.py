"""Fulfilment: what has to leave, what Amazon has to be told, and what was taken back on one side only."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

KINDS: Final = (
    ExceptionKind(
        name="ship_by_risk",
        title="An Amazon order has not left and its ship-by time is near",
        team="operations",
        record_owner="Shopify",
        severity="urgent",
        deadline="Amazon's ship-by time of the order.",
        told=(
            "Amazon order {amazon_order_id} has {units} units to ship by {ship_by}, {hours_left} hours from now, and "
            "nothing says that they have left. Late, it counts as a late shipment."
        ),
        steps=(
            "Pack and ship order {amazon_order_id} first; orders are sorted by this deadline.",
            "If it has left already, mark it as fulfilled in Shopify with its tracking number: Amazon is then told.",
            "If `instep explain order {amazon_order_id}` finds it in Shopify nowhere, confirm it in Seller Central.",
            "If it cannot be shipped, tell the buyer, and cancel it in Seller Central before it is late.",
        ),
        closes_when="The order was confirmed to Amazon, or cancelled there.",
    ),
    ExceptionKind(
        name="unconfirmed_shipment",
        title="A package has left and Amazon does not know",
        team="operations",
        record_owner="Shopify",
        severity="urgent",
        deadline="Amazon's ship-by time of the order.",
        told=(
            "Amazon order {amazon_order_id} left on {shipped_at} by Shopify, and Amazon has not accepted a "
            "confirmation: {reason}. It has to by {ship_by}."
        ),
        steps=(
            "If no tracking number is given, add it to the fulfillment in Shopify: Amazon takes none without.",
            "Check that `[mode] shipment_confirmation` is live, and run `instep doctor`.",
            "If the deadline is near, confirm the shipment of {amazon_order_id} in Seller Central; it is then seen.",
        ),
        closes_when="Amazon shows the package, or the units as shipped.",
    ),
    ExceptionKind(
        name="rejected_confirmation",
        title="Amazon refuses the confirmation of a package",
        team="operations",
        record_owner="Amazon",
        severity="urgent",
        deadline="Amazon's ship-by time of the order.",
        told=(
            "Amazon refused package {package} of order {amazon_order_id}, sent as {carrier} {tracking_number}: "
            "{detail}."
        ),
        steps=(
            "Read Amazon's reason. For a carrier it does not know, add a line to `[carriers]` in the operating model.",
            "Put carrier or tracking number right on the fulfillment in Shopify: the change is sent at once.",
            "Otherwise confirm or edit the shipment of {amazon_order_id} in Seller Central.",
        ),
        closes_when="A later confirmation is accepted, or Amazon shows nothing left to confirm.",
    ),
    ExceptionKind(
        name="fba_status_lag",
        title="Amazon has shipped an order and Shopify does not show it",
        team="operations",
        record_owner="Amazon",
        severity="normal",
        deadline="",
        told=(
            "Amazon shipped {units} units of order {amazon_order_id}; Shopify does not show them as shipped: {reason}."
        ),
        steps=(
            "Look at the order in Shopify: a hold, or an edit of its lines, keeps it from being fulfilled.",
            "Check that `[mode] fba_fulfilment` is live, and look at `actions.fba_fulfilment` for what Shopify said.",
            "Mark order {amazon_order_id} as fulfilled by hand, without a notice to the buyer.",
        ),
        closes_when="Shopify shows the units as shipped.",
    ),
    ExceptionKind(
        name="refund_not_recorded",
        title="A refund made on Amazon is not on the Shopify order",
        team="finance",
        record_owner="Amazon",
        severity="high",
        deadline="",
        told="Refund {refund} on Amazon order {amazon_order_id} is not recorded in Shopify: {reason}.",
        steps=(
            "Read the reason: nothing is guessed where an amount cannot be told to the cent.",
            "Look at the refund of {amazon_order_id} in Seller Central, under Payments, Transaction View.",
            "Record it on the order in Shopify by hand, without restocking and without a notice to the buyer.",
            "Put `Recorded by Instep: amazon-refund/{refund}` into its note, so that it is known for this refund.",
        ),
        closes_when="Shopify has a refund with this mark.",
    ),
    ExceptionKind(
        name="cancellation_not_recorded",
        title="Amazon has cancelled what Shopify still means to ship",
        team="operations",
        record_owner="Amazon",
        severity="urgent",
        deadline="",
        told="Amazon cancelled {units} units of order {amazon_order_id}; Shopify still has them: {reason}.",
        steps=(
            "Stop the order {amazon_order_id} in the warehouse: the buyer is not charged for it.",
            "If it has left already, call it back at the carrier, or ask the buyer through Amazon's messages.",
            "Cancel or reduce the order in Shopify by hand, with restocking only if the goods are still there.",
        ),
        closes_when="The Shopify order is cancelled or reduced.",
    ),
    ExceptionKind(
        name="shopify_cancelled_amazon_order",
        title="An Amazon order was cancelled in Shopify only",
        team="operations",
        record_owner="Amazon",
        severity="urgent",
        deadline="Amazon's ship-by time of the order.",
        told=(
            "Amazon order {amazon_order_id} was cancelled in Shopify and is still to be shipped for Amazon, by "
            "{ship_by}. Amazon is not told: only a person may cancel there."
        ),
        steps=(
            "Seller Central, Orders, Manage Orders, {amazon_order_id}, Cancel order: give the true reason.",
            "A cancellation by the seller counts against the account, one at the buyer's request does not.",
            "If it was a mistake, make the order again in Shopify by hand and ship it before the ship-by time.",
        ),
        closes_when="The order is cancelled or shipped on Amazon.",
    ),
    ExceptionKind(
        name="shopify_refunded_amazon_order",
        title="An Amazon order was refunded in Shopify only",
        team="operations",
        record_owner="Amazon",
        severity="high",
        deadline="",
        told=(
            "{amount} {currency} of Amazon order {amazon_order_id} was refunded in Shopify, and Amazon knows of no "
            "such refund. The buyer has got nothing by it: Amazon holds the payment."
        ),
        steps=(
            "If the buyer is to have the money: Seller Central, Manage Orders, {amazon_order_id}, Refund Order.",
            "Enter exactly {amount} {currency} there: it is then recognised, and not recorded a second time.",
            "If the buyer is to have nothing, it is only the books of Shopify that are wrong: tell finance.",
        ),
        closes_when="Amazon shows a refund of the same amount on the order.",
    ),
    ExceptionKind(
        name="account_health_at_risk",
        title="A shipping figure is beyond Amazon's limit",
        team="operations",
        record_owner="Amazon",
        severity="high",
        deadline="",
        told=(
            "Amazon {region}: {figure} is at {percent} % over {window_days} days, where the limit is {limit} % "
            "({hits} of {counted})."
        ),
        steps=(
            "Open `reconcile.fulfilment_lag`: it names the orders that count against the figure, and those that will.",
            "Ship what is late first; each further late one counts as much as the first.",
            "Compare with Seller Central, Account Health, which has the last word on region {region}.",
        ),
        closes_when="The figure keeps to the limit again.",
    ),
)
