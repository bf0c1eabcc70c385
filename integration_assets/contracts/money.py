"""What money became of: fees on orders and with the account, margins, differences, payouts and the books.

An amount is in the currency its row names; rows of different currencies are never added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table

ALLOCATED_HOW = ("named", "allocated")
RULES = ("leave", "by_revenue", "by_units", "by_sku")
LEFT_WHY = ("left by rule", "nothing was sold to share it among", "no SKU is named", "its SKU was not sold")
DRIFT_STATES = ("explained", "waiting", "deferred", "overdue", "no_rate", "unexplained")
PAYOUT_STATES = ("balanced", "unbalanced")
JOURNAL_KINDS = ("posting", "reversal")
NOTE_STATES = ("preview", "intended", "sent", "applied", "verified", "rejected", "unknown", "held", "superseded")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoney(Row):
    """What a Shopify order is worth, by heading, in the currency the shop keeps its books in."""

    shopify_order_id: str = column("Shopify's id of the order (a GID)")
    updated_at: datetime = column("When Shopify last changed the order")
    currency: str = column("Currency the shop keeps its books in (ISO 4217)")
    taxes_included: bool = column("Whether prices include the tax")
    total: Decimal = column("Total before refunds, tax and shipping included", unit="currency of the row")
    discounts: Decimal = column("Discounts, as an amount above zero", unit="currency of the row")
    shipping: Decimal = column("Shipping charged", unit="currency of the row")
    tax: Decimal = column("Tax, whether included in the prices or not", unit="currency of the row")
    refunded: Decimal = column("What was paid back, as an amount above zero", unit="currency of the row")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCost(Row):
    """What a unit of a variant costs the brand, where Shopify knows it and lets the app see it."""

    variant_id: str = column("Shopify's id of the variant (a GID)")
    currency: str = column("Currency of the cost (ISO 4217)")
    unit_cost: Decimal = column("Cost of one unit", unit="currency of the row")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFee(Row):
    """What a settlement says of an order line, bucket by bucket: sales and fees it names, and fees shared out to it."""

    settlement_id: str = column("Amazon's id of the settlement")
    region: str = column("Region account", allowed=REGIONS)
    currency: str = column("Currency of the settlement (ISO 4217)")
    order_ref: str = column("Id the order has where it was sold: an Amazon order id, or the name of a shop's own order")
    order_item_code: str = column("Amazon's id of the order item; empty where the line names none")
    seller_sku: str = column("SKU as typed on Amazon; empty where the line names none")
    bucket: str = column("What kind of money it is")
    how: str = column("named: the settlement names the order; allocated: shared out by rule", allowed=ALLOCATED_HOW)
    amount: Decimal = column("What it adds to the payout; fees are below zero", unit="currency of the settlement")
    tax_amount: Decimal = column("Of that, tax: collected, withheld or paid back", unit="currency of the settlement")
    sale_amount: Decimal = column(
        "Of that, what the buyer paid or got back: neither a fee nor what Amazon keeps",
        unit="currency of the settlement",
    )
    units: int = column("Units sold, on the bucket of the goods", unit="units")
    lines: int = column("Lines of the settlement it is made of; none for a share", unit="lines", minimum=0)
    is_mcf: bool = column("Whether it is an order of the shop's own that Amazon shipped")
    shopify_order_id: str | None = column("The Shopify order it stands for, where there is one")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFee(Row):
    """What a settlement says of the account as a whole, bucket by bucket: what was shared out of it, what is left."""

    settlement_id: str = column("Amazon's id of the settlement")
    region: str = column("Region account", allowed=REGIONS)
    currency: str = column("Currency of the settlement (ISO 4217)")
    bucket: str = column("What kind of money it is")
    rule: str = column("How the operating model has it shared out", allowed=RULES)
    amount: Decimal = column("All lines that name no order", unit="currency of the settlement")
    allocated: Decimal = column("What order lines bear of it", unit="currency of the settlement")
    amount_left: Decimal = column("What stays with the account", unit="currency of the settlement")
    left_why: str | None = column("Why something stays, for the greater part of it", allowed=LEFT_WHY)
    lines: int = column("Lines of the settlement it is made of", unit="lines", minimum=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMargin(Row):
    """What is left of an order line, over all settlements that speak of it. Tax is nobody's margin."""

    region: str = column("Region account", allowed=REGIONS)
    order_ref: str = column("Id the order has where it was sold")
    order_item_code: str = column("Amazon's id of the order item; empty for what belongs to the order as a whole")
    seller_sku: str = column("SKU as typed on Amazon; empty for what belongs to the order as a whole")
    currency: str = column("Currency of the settlement (ISO 4217)")
    shopify_order_id: str | None = column("The Shopify order, where there is one")
    line_item_id: str | None = column("The line of the Shopify order, where it can be told")
    units: int = column("Units settled", unit="units", minimum=0)
    revenue: Decimal = column("Goods, shipping and gift wrap the buyer paid", unit="currency of the row")
    tax: Decimal = column("Tax collected, less what Amazon keeps of it", unit="currency of the row")
    promotions: Decimal = column("Promotions, below zero", unit="currency of the row")
    commission: Decimal = column("Referral and closing fees, below zero", unit="currency of the row")
    fulfilment: Decimal = column("Fees for picking, packing and delivery, below zero", unit="currency of the row")
    other_fees: Decimal = column("Every other fee of the order, below zero", unit="currency of the row")
    allocated_fees: Decimal = column("Its share of the account's fees, below zero", unit="currency of the row")
    refunds: Decimal = column("Refunds with the fees given back, below zero", unit="currency of the row")
    unmapped: Decimal = column("Lines that nobody has mapped yet", unit="currency of the row")
    paid_out: Decimal = column("All of it together: what Amazon pays for the line", unit="currency of the row")
    cost_of_goods: Decimal | None = column(
        "Units at Shopify's unit cost, below zero; empty where the cost or a rate is unknown",
        unit="currency of the row",
    )
    margin: Decimal | None = column(
        "Paid out, less tax and cost of goods; empty where the cost is unknown", unit="currency of the row"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementDrift(Row):
    """An order of which settlements say another value than Shopify, and why; the causes add up to the difference."""

    region: str = column("Region account", allowed=REGIONS)
    order_ref: str = column("Id the order has where it was sold")
    currency: str = column("Currency of the settlement (ISO 4217)")
    shopify_order_id: str | None = column("The Shopify order, where there is one")
    ordered_at: datetime | None = column("When the buyer ordered, where a system says so")
    shopify_value: Decimal | None = column(
        "Shopify's total less refunds; empty where it cannot be told in this currency", unit="currency of the row"
    )
    settled_value: Decimal = column("What settlements say the buyer paid and got back", unit="currency of the row")
    difference: Decimal | None = column("Settled value less Shopify's", unit="currency of the row")
    missing_order: Decimal = column("Shopify has no such order", unit="currency of the row")
    price: Decimal = column("Another price of the goods", unit="currency of the row")
    shipping: Decimal = column("Another charge for shipping", unit="currency of the row")
    tax: Decimal = column("Another tax", unit="currency of the row")
    promotion: Decimal = column("Another discount", unit="currency of the row")
    refund: Decimal = column("Another refund", unit="currency of the row")
    fee_unmapped: Decimal = column("Lines that nobody has mapped yet", unit="currency of the row")
    fx: Decimal = column("The rate paid is not the rate declared", unit="currency of the row")
    timing: Decimal = column("Not settled yet: deferred, or in the next settlement", unit="currency of the row")
    rounding: Decimal = column("A minor unit a unit, no more", unit="currency of the row")
    unexplained: Decimal = column("What Shopify's own figures lack of its total", unit="currency of the row")
    main_cause: str = column("Cause of the largest part; empty where the currencies cannot be compared")
    state: str = column(
        "explained; waiting for a settlement, deferred by Amazon, or overdue; no_rate declared; unexplained",
        allowed=DRIFT_STATES,
    )
    reason: str = column("In plain words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout(Row):
    """A payout taken apart: the deposit against the lines, the lines against orders and account, and what is owed."""

    settlement_id: str = column("Amazon's id of the settlement")
    region: str = column("Region account", allowed=REGIONS)
    currency: str = column("Currency of the settlement (ISO 4217)")
    started_at: datetime | None = column("When its period began")
    ended_at: datetime | None = column("When its period ended")
    deposit_on: date | None = column("When the bank gets it")
    deposit: Decimal = column("What the bank gets; below zero where the brand owes", unit="currency of the row")
    lines_total: Decimal = column("All lines together", unit="currency of the row")
    difference: Decimal = column("Lines less deposit: nothing, or it is not balanced", unit="currency of the row")
    on_orders: Decimal = column("Of the lines: what names an order", unit="currency of the row")
    allocated: Decimal = column("Of the lines: what was shared out to orders by rule", unit="currency of the row")
    with_account: Decimal = column("Of the lines: what stays with the account", unit="currency of the row")
    moved: Decimal = column("Of that: reserves and transfers, which nobody earned", unit="currency of the row")
    unmapped: Decimal = column("Of the lines: what nobody has mapped yet", unit="currency of the row")
    reserve_held: Decimal = column("Kept back by Amazon for later, as an amount above zero", unit="currency of the row")
    orders: int = column("Orders it speaks of", unit="orders", minimum=0)
    orders_in_shopify: int = column("Of those, the ones that Shopify has", unit="orders", minimum=0)
    lines: int = column("Lines of the file", unit="lines", minimum=0)
    deferred: Decimal = column(
        "Posted by Amazon and not paid out yet; on the newest payout of account and currency only",
        unit="currency of the row",
    )
    owed_later: Decimal = column(
        "Reserve, deferred, and other shipped orders in no settlement yet, at the value of their sale; on the newest "
        "payout of account and currency only",
        unit="currency of the row",
    )
    state: str = column("Whether the lines are the deposit", allowed=PAYOUT_STATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine(Row):
    """A line of the books. Lines are only ever added: what turns out wrong is reversed and posted again."""

    entry_id: str = column("The entry: settlement, version, and the month or the deposit it books")
    line_number: int = column("Number of the line in its entry", minimum=1)
    settlement_id: str = column("Amazon's id of the settlement")
    region: str = column("Region account", allowed=REGIONS)
    sequence: int = column("Version of the settlement's bookings, from 1", minimum=1)
    kind: str = column("Whether it posts or takes back", allowed=JOURNAL_KINDS)
    booked_on: date = column("Day it is booked on, by the marketplace's clock")
    belongs_on: date | None = column(
        "Day it would have been booked on, had that month not been closed; empty where it was"
    )
    account: str = column("Account of the brand's books")
    bucket: str = column("What kind of money it is; empty for the clearing account")
    debit: Decimal = column("Debit", unit="currency of the row", minimum=0)
    credit: Decimal = column("Credit", unit="currency of the row", minimum=0)
    currency: str = column("Currency of the settlement (ISO 4217)")
    reverses: str = column("The entry that it takes back; empty for a posting")
    recorded_at: datetime = column("When it was added")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFeesNote(Row):
    """The summary of an order's fees meant for Shopify, and what became of it."""

    effect_id: str = column("The ledger's id of the effect; for a preview, the region and the order")
    region: str = column("Region account", allowed=REGIONS)
    shopify_order_id: str = column("Shopify's id of the order (a GID)")
    order_ref: str = column("Id the order has where it was sold")
    currency: str = column("Currency of the amounts (ISO 4217)")
    fees: Decimal = column("All fees together, below zero", unit="currency of the row")
    paid_out: Decimal = column("What Amazon pays for the order", unit="currency of the row")
    state: str = column("How far it has come", allowed=NOTE_STATES)
    attempts: int = column("How often it was sent", unit="attempts", minimum=0)
    decided_at: datetime = column("When it was decided")
    verified_at: datetime | None = column("When Shopify was seen to show it")
    reason: str = column("Why, in plain words")


ORDER_MONEY = table(
    OrderMoney,
    schema="shopify",
    name="order_money",
    key=("shopify_order_id",),
    grain="one row per order",
    kind="observed",
    team="finance",
)
UNIT_COSTS = table(
    UnitCost,
    schema="shopify",
    name="unit_costs",
    key=("variant_id",),
    grain="one row per variant whose cost is known",
    kind="observed",
    team="finance",
)
ORDER_FEES = table(
    OrderFee,
    schema="reconcile",
    name="order_fees",
    key=("settlement_id", "order_ref", "order_item_code", "seller_sku", "bucket", "how"),
    grain="one row per settlement, order line, bucket and way it came there",
    kind="derived",
    team="finance",
)
ACCOUNT_FEES = table(
    AccountFee,
    schema="reconcile",
    name="account_fees",
    key=("settlement_id", "bucket"),
    grain="one row per settlement and bucket of the lines that name no order",
    kind="derived",
    team="finance",
)
ORDER_MARGIN = table(
    OrderMargin,
    schema="reconcile",
    name="order_margin",
    key=("region", "order_ref", "order_item_code", "seller_sku", "currency"),
    grain="one row per order line and currency",
    kind="derived",
    team="finance",
)
SETTLEMENT_DRIFT = table(
    SettlementDrift,
    schema="reconcile",
    name="settlement_drift",
    key=("region", "order_ref", "currency"),
    grain="one row per order and currency where the two systems differ",
    kind="derived",
    team="finance",
)
PAYOUTS = table(
    Payout,
    schema="reconcile",
    name="payouts",
    key=("settlement_id",),
    grain="one row per settlement",
    kind="derived",
    team="finance",
)
JOURNAL = table(
    JournalLine,
    schema="reconcile",
    name="journal",
    key=("entry_id", "line_number"),
    grain="one row per line of an entry",
    kind="kept",
    team="finance",
)
ORDER_FEES_NOTE = table(
    OrderFeesNote,
    schema="actions",
    name="order_fees_note",
    key=("effect_id",),
    grain="one row per intended note",
    kind="derived",
    team="finance",
)
OBSERVED = (ORDER_MONEY, UNIT_COSTS)
DERIVED = (ORDER_FEES, ACCOUNT_FEES, ORDER_MARGIN, SETTLEMENT_DRIFT, PAYOUTS, JOURNAL)
TABLES = (*OBSERVED, *DERIVED, ORDER_FEES_NOTE)
