"""Settlement drift: where settlements and Shopify say different values of orders."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

KINDS: Final = (
    ExceptionKind(
        name="settlement_drift",
        title="Settlements say another value than Shopify",
        team="finance",
        record_owner="Amazon",
        severity="normal",
        deadline="Before the month is closed.",
        told=(
            "{region}, {currency}: settlements say another value than Shopify, cause {cause}, {amount} altogether "
            "(orders: {orders}); {largest_order} differs most, by {largest_amount}."
        ),
        steps=(
            (
                "List them: `SELECT * FROM reconcile.settlement_drift WHERE region = '{region}' AND currency = "
                "'{currency}' AND {cause} <> 0 ORDER BY abs({cause}) DESC`."
            ),
            "missing_order: import it, or enter it in Shopify with its Amazon order id. refund: record it in Shopify.",
            "price, shipping, tax, promotion: see what was charged on Amazon, and mend the order in Shopify.",
            "Where the difference is right and small, raise `drift_over` for the currency in `[money]`.",
        ),
        closes_when="The orders differ by less than the threshold, or say the same.",
    ),
    ExceptionKind(
        name="unexplained_difference",
        title="A difference has no cause",
        team="finance",
        record_owner="Instep",
        severity="high",
        deadline="Before the month is closed.",
        told=(
            "{region}, {currency}: a part of the difference between settlements and Shopify has no cause, {amount} "
            "altogether (orders: {orders}); {largest_order} has the most, {largest_amount}."
        ),
        steps=(
            "Open the order in Shopify: a tip, a duty or an edit is in its total and in none of its headings.",
            "Where it is none of these, tell engineering the order: every cent has to have a cause.",
        ),
        closes_when="Every difference is made up of named causes.",
    ),
    ExceptionKind(
        name="order_not_settled",
        title="Shipped orders are in no settlement",
        team="finance",
        record_owner="Amazon",
        severity="normal",
        deadline="Amazon takes claims for as long as its help pages say; the sooner the better.",
        told=(
            "{region}, {currency}: orders worth {amount} should have been settled by now and are in no settlement "
            "(orders: {orders}); the largest is {largest_order} with {largest_amount}."
        ),
        steps=(
            "See in Seller Central under Payments whether the order is deferred, and until when.",
            "Where it is neither deferred nor paid, ask Seller Support about it.",
            "Where payouts simply take longer, raise `settled_within_days` in `[money]`.",
        ),
        closes_when="A settlement has lines of each order.",
    ),
    ExceptionKind(
        name="exchange_rate_missing",
        title="No exchange rate is declared",
        team="finance",
        record_owner="Instep",
        severity="normal",
        deadline="Before the month is closed.",
        told=(
            "{region}: orders worth {amount} are paid in {currency} and kept by Shopify in another currency, and no "
            "rate is declared for their month, so that their differences are not known (orders: {orders}); the largest "
            "is {largest_order} with {largest_amount}."
        ),
        steps=(
            "Add a `[[money.fx]]` entry to the operating model: from the shop's currency to {currency}, as booked.",
            "The next run compares the orders with it; nothing is ever compared at a rate that was guessed.",
        ),
        closes_when="A rate is declared for the month of every such order.",
    ),
)
