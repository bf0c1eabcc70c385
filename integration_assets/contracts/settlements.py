"""Amazon's settlements: what was paid out, and the lines it is made of. Money is exact, and no line is ever dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table

UNMAPPED = "unmapped"
BUCKETS = (
    "adjustment",
    "advertising",
    "commission",
    "fba_fee",
    "giftwrap",
    "inbound_fee",
    "other",
    "other_fee",
    "principal",
    "promotion",
    "refund",
    "reimbursement",
    "reserve",
    "shipping",
    "storage",
    "subscription",
    "tax",
    "transfer",
    "withheld_tax",
    UNMAPPED,
)
BALANCE_MOVEMENTS = ("reserve", "transfer")
"""Buckets that move the account's own money and are no income or cost."""

STATUSES = ("taken", "unbalanced", "quarantined", "superseded")
BELONGS_TO = ("order", "mcf_order", "inbound_shipment", "sku", "account")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementReport(Row):
    """A settlement report that Amazon has offered and whose bytes are in the archive."""

    region: str = column("Region account", allowed=REGIONS)
    report_id: str = column("Amazon's id of the report; a revised file comes under a new one")
    settlement_id: str = column("Amazon's id of the settlement, as the file says it; empty where it cannot be read")
    document_sha256: str = column("Hash of the bytes, and their name in the archive")
    size: int = column("Length of the unpacked file", unit="bytes", minimum=0)
    created_at: datetime = column("When Amazon made the report; it is gone 90 days later")
    archived_at: datetime = column("When its bytes were put into the archive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Row):
    """A settlement file, taken whole or quarantined whole.

    Files that say the same settlement anew are its versions; the newest one that could be read is current. Lines of a
    version are in amazon.settlement_lines under the same settlement_id and version.
    """

    region: str = column("Region account", allowed=REGIONS)
    report_id: str = column("Amazon's id of the report the file came as")
    settlement_id: str | None = column("Amazon's id of the settlement; empty where it could not be read")
    version: int | None = column("1 for its first file, then 2 and so on; empty for a quarantined file", minimum=1)
    is_current: bool = column("Whether this version is the settlement as it stands now")
    status: str = column(
        "taken: the lines are the total; unbalanced: they are not; quarantined: no line was taken; superseded: a newer "
        "version was taken",
        allowed=STATUSES,
    )
    reason: str = column("Why it is unbalanced, quarantined or superseded, in plain words; empty when taken")
    document_sha256: str = column("Hash of the bytes, and their name in the archive")
    start_at: datetime | None = column("Start of the span that is settled")
    end_at: datetime | None = column("End of the span that is settled")
    deposit_at: datetime | None = column("When the bank gets it")
    currency: str | None = column("The one currency of total and lines (ISO 4217)")
    total_amount: Decimal | None = column("What is paid out; below zero when the seller owes", unit="currency")
    sum_amount: Decimal | None = column("The lines together", unit="currency")
    difference: Decimal | None = column("Lines less total; nothing when it balances", unit="currency")
    is_balanced: bool | None = column("Whether the lines are the total, to the last digit")
    lines: int = column("Lines of the file, without the summary row", unit="lines", minimum=0)
    unmapped_lines: int = column("Lines whose kind is not known", unit="lines", minimum=0)
    unmapped_amount: Decimal | None = column("Those lines together", unit="currency")
    marketplace_id: str | None = column("Marketplace most of its lines name, or that of the currency; empty: several")
    encoding: str | None = column("Encoding the file was read in")
    decimal_sign: str | None = column("Decimal sign of its amounts: a dot, a comma, or none where none occurs")
    date_format: str | None = column("Format of its instants, such as yyyy-mm-dd")
    columns: int | None = column("Columns of its header", unit="columns", minimum=0)
    created_at: datetime = column("When Amazon made the report")
    read_at: datetime = column("When the file was read")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine(Row):
    """A line of a settlement as the file has it, and what it is. Equal lines of one file are all real.

    The lines of a settlement as it stands now are those of its current version in amazon.settlements.
    """

    region: str = column("Region account", allowed=REGIONS)
    settlement_id: str = column("Amazon's id of the settlement")
    version: int = column("Version of the settlement", minimum=1)
    line_number: int = column("Number of the line in the file, the header being 1", minimum=1)
    transaction_type: str = column("First part of the line's kind, as the file says it: Order, Refund and so on")
    amount_type: str = column("Second part: ItemPrice, ItemFees and so on")
    amount_description: str = column("Third part: Principal, Commission and so on")
    amount: Decimal = column("Signed as it changes the payout", unit="currency")
    currency: str = column("Currency of the settlement (ISO 4217)")
    bucket: str = column("What kind of money it is; unmapped where nobody has said", allowed=BUCKETS)
    is_balance_movement: bool = column("Whether it moves the account's own money: a reserve or a transfer")
    belongs_to: str = column("What the line is about", allowed=BELONGS_TO)
    order_ref: str | None = column(
        "The order it belongs to: Amazon's order id or, for a Multi-Channel order, the merchant's own"
    )
    order_id: str | None = column("order-id as the file says it: an order, an FBA shipment (FBA…) or S01-…")
    merchant_order_id: str | None = column("The seller's own order id, of a Multi-Channel order")
    adjustment_id: str | None = column("Amazon's id of the adjustment or refund")
    shipment_id: str | None = column("Amazon's id of the shipment")
    marketplace_name: str | None = column("Marketplace as the file spells it; Non-Amazon… for a Multi-Channel order")
    fulfillment_id: str | None = column("AFN when Amazon shipped, MFN when the merchant did")
    order_item_code: str | None = column("Amazon's id of the order item")
    merchant_order_item_id: str | None = column("The seller's own id of the order item")
    merchant_adjustment_item_id: str | None = column("The seller's own id of the adjustment")
    seller_sku: str | None = column("SKU as typed on Amazon")
    quantity: int | None = column("Units, on the line of the goods", unit="units")
    promotion_id: str | None = column("The promotion that gave a discount")
    posted_at: datetime | None = column("When it was posted; empty where the file has a day only, or nothing")
    posted_on: date = column(
        "Day it was posted on by the marketplace's own clock; the last day of the settlement where the line has none"
    )


SETTLEMENT_REPORTS = table(
    SettlementReport,
    schema="amazon",
    name="settlement_reports",
    key=("region", "report_id"),
    grain="one row per settlement report",
    kind="kept",
    team="finance",
)
SETTLEMENTS = table(
    Settlement,
    schema="amazon",
    name="settlements",
    key=("region", "report_id"),
    grain="one row per settlement file",
    kind="kept",
    team="finance",
)
SETTLEMENT_LINES = table(
    SettlementLine,
    schema="amazon",
    name="settlement_lines",
    key=("settlement_id", "version", "line_number"),
    grain="one row per line of a settlement version",
    kind="kept",
    team="finance",
)
TABLES = (SETTLEMENT_REPORTS, SETTLEMENTS, SETTLEMENT_LINES)
