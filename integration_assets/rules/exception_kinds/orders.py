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
    ExceptionKind(
        name="order_not_importable",
        title="An Amazon order could not be made in Shopify",
        team="operations",
        record_owner="Amazon",
        severity="urgent",
        deadline="Before the ship-by time of the order.",
        told="Amazon order {amazon_order_id} ({region}) is not in Shopify. What was said: {reason}.",
        steps=(
            "Read the reason: it says which part of the order Shopify or Amazon refused.",
            "A currency the shop does not take: switch it on in Shopify's markets, or leave the marketplace out.",
            "A refused credential or scope: run `instep doctor`.",
            "It is tried again by itself: at once when Amazon changes the order, else within six hours.",
            "If it must leave before that, enter it into Shopify by hand, with the Amazon order id as a tag.",
        ),
        closes_when="An order in Shopify stands for it, or it was cancelled on Amazon.",
    ),
    ExceptionKind(
        name="order_missing",
        title="An Amazon order is missing in Shopify",
        team="operations",
        record_owner="Amazon",
        severity="urgent",
        deadline="Before the ship-by time of the order.",
        told="Amazon order {amazon_order_id} ({region}) has waited {hours} hours to be made in Shopify: {reason}.",
        steps=(
            "Look at the last runs of `take_in_orders`: a run that fails imports nothing.",
            "Check `[mode] order_import` in the operating model: in preview nothing is made.",
            "Run `instep doctor`, and when it finds nothing, `instep backfill orders --since YYYY-MM-DD` with its day.",
        ),
        closes_when="An order in Shopify stands for it, or it was cancelled on Amazon.",
    ),
    ExceptionKind(
        name="unmapped_order_line",
        title="An Amazon order has a line that no product stands for",
        team="ecommerce",
        record_owner="Shopify",
        severity="high",
        deadline="Before the ship-by time of the order.",
        told=(
            "Amazon order {amazon_order_id} ({region}) has {skus}, which no variant in Shopify stands for. It was made "
            "with a line of its own, and no stock was taken for it."
        ),
        steps=(
            "Tell whoever packs which product it is; the line carries Amazon's title and SKU.",
            "Give the SKU a variant: the same SKU in Shopify, a rule or an override under `[mapping]`.",
            "In Shopify, edit the order: replace the line by the product, so that its stock is taken.",
        ),
        closes_when="The order was shipped, cancelled or edited, or the line has a product.",
    ),
    ExceptionKind(
        name="order_oversold",
        title="An Amazon order has more units than there are",
        team="operations",
        record_owner="Shopify",
        severity="urgent",
        deadline="Before the ship-by time of the order.",
        told=(
            "Amazon order {amazon_order_id} ({region}) asks for more than there is of {skus}. It was made all the same."
        ),
        steps=(
            "Count the product: there may be stock that Shopify does not know.",
            "Move stock in from another location, or buy in, before the ship-by time.",
            "Otherwise cancel the order in Seller Central for want of stock; that counts against the account.",
        ),
        closes_when="The pool covers it, or the order was shipped or cancelled.",
    ),
    ExceptionKind(
        name="order_without_address",
        title="Amazon tells no address for an order that is to be shipped",
        team="operations",
        record_owner="Amazon",
        severity="high",
        deadline="Before the ship-by time of the order.",
        told="Amazon order {amazon_order_id} ({region}) was made without an address: Amazon told none.",
        steps=(
            "Wait half an hour: Amazon is asked again by itself.",
            "If it stays: check that the application has the role Direct-to-Consumer Delivery (Restricted).",
            "Take the address from Seller Central; if you type it into Shopify, it is not overwritten with less.",
        ),
        closes_when="The order has an address, or it was shipped or cancelled.",
    ),
    ExceptionKind(
        name="shipped_units_open",
        title="Units that have left already are open in Shopify",
        team="operations",
        record_owner="Amazon",
        severity="urgent",
        deadline="Before they are packed a second time.",
        told=(
            "Of Amazon order {amazon_order_id} ({region}) {units} units had left before it was made in Shopify, where "
            "they are still to be shipped. What was said: {reason}."
        ),
        steps=(
            "Do not pack them: Amazon shows them as shipped, and in which package.",
            "Look for a hold on the order in Shopify; once it is gone, they are marked as shipped within six hours.",
            "Otherwise mark them as fulfilled in Shopify by hand, without a notice to the buyer.",
        ),
        closes_when="Shopify shows them as shipped, or the order was cancelled.",
    ),
    ExceptionKind(
        name="amazon_order_unreadable",
        title="What Amazon says of an order makes no sense",
        team="operations",
        record_owner="Amazon",
        severity="high",
        deadline="Before the ship-by time of the order, which only Seller Central tells.",
        told=(
            "Amazon order {order} ({scope}) cannot be read, so it is neither held back from stock, nor made in "
            "Shopify, nor kept in step. What was wrong: {reason}."
        ),
        steps=(
            "Look at the order in Seller Central, and treat it by hand if it has to leave.",
            "It is asked for again with every reading of orders; all other orders go on as always.",
            "If it stays, or more come, Amazon's API has changed: upgrade Instep, or send the reason to its makers.",
        ),
        closes_when="Amazon's answer can be read, or Amazon does not know the order any more.",
    ),
    ExceptionKind(
        name="shopify_order_unreadable",
        title="What left of a Shopify order cannot be read whole",
        team="operations",
        record_owner="Shopify",
        severity="high",
        deadline="",
        told=(
            "Of Shopify order {order} the fulfillments and refunds cannot be read whole, so its shipments are not "
            "confirmed on Amazon, and its refunds are not recorded. What was wrong: {reason}."
        ),
        steps=(
            "Confirm what left in Seller Central, where it is an order of Amazon's.",
            "An order with 250 fulfillments or refunds stays so: see to it by hand, and acknowledge this with a note.",
            "Otherwise it is asked for again with every reading; if it stays, upgrade Instep.",
        ),
        closes_when="It can be read whole, or the shop does not have it any more.",
    ),
    ExceptionKind(
        name="shopify_order_not_read",
        title="What Shopify says of an order makes no sense",
        team="operations",
        record_owner="Shopify",
        severity="high",
        deadline="",
        told=(
            "Shopify order {order} cannot be read; what was known of it stands, and what changed of it is not seen. "
            "What was wrong: {reason}."
        ),
        steps=(
            "Look at the order in Shopify; where it is an order of Amazon's, see that it leaves in time.",
            "It is asked for again with every reading of orders; all other orders go on as always.",
            "If it stays, or more come, Shopify's API has changed: upgrade Instep, or tell its makers the reason.",
        ),
        closes_when="Shopify's answer can be read, or the shop does not have the order any more.",
    ),
    ExceptionKind(
        name="duplicate_order",
        title="Several orders in Shopify stand for one Amazon order",
        team="operations",
        record_owner="Shopify",
        severity="urgent",
        deadline="Before the second one is packed.",
        told="Amazon order {amazon_order_id} ({region}) has {count} orders in Shopify: {names}.",
        steps=(
            "Keep the one that carries the metafield instep.amazon_order_id, or else the oldest.",
            "Cancel the others in Shopify with restock, without telling the buyer and without a refund.",
            "Shopify cancels none that is marked as fulfilled: cancel its fulfillment first, but not its parcel.",
            "Find out who made the others: another connector that still runs, or a person.",
        ),
        closes_when="All but one of them are cancelled.",
    ),
    ExceptionKind(
        name="order_amounts_differ",
        title="An order costs something else in Shopify than on Amazon",
        team="finance",
        record_owner="Amazon",
        severity="normal",
        deadline="",
        told="Amazon order {amazon_order_id} ({region}): {reason}.",
        steps=(
            "Compare the order in Seller Central with its lines, shipping, tax and discount in Shopify.",
            "If somebody edited it in Shopify, put it back, or note why it is right.",
            "If Amazon changed it, a refund or cancellation follows by itself; look again after the next cycle.",
        ),
        closes_when="Both sides tell the same amount, or Shopify tells what a settlement says the buyer paid.",
    ),
    ExceptionKind(
        name="order_state_differs",
        title="An order is in another state in Shopify than on Amazon",
        team="operations",
        record_owner="Amazon",
        severity="high",
        deadline="Before the ship-by time of the order.",
        told="Amazon order {amazon_order_id} ({region}): {reason}.",
        steps=(
            "Shipped here and not on Amazon: see whether the shipment confirmation is under way or was refused.",
            "Cancelled on Amazon and open here: do not pack it; it is cancelled here when `[mode]` says so.",
            "If it stays, it is from before the takeover: cancel it in Shopify by hand.",
            "Cancelled here and open on Amazon: cancel it in Seller Central too, or ship it.",
        ),
        closes_when="Both sides tell the same.",
    ),
)
