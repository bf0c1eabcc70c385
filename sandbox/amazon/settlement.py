"""A settlement file (flat file V2): its lines, and their text in a marketplace's dialect.

The total is the sum of the lines, to the cent. Nothing here knows where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.amazon.marketplaces import Marketplace

REPORT_TYPE = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
COLUMNS = (
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "merchant-order-id",
    "adjustment-id",
    "shipment-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "fulfillment-id",
    "posted-date",
    "posted-date-time",
    "order-item-code",
    "merchant-order-item-id",
    "merchant-adjustment-item-id",
    "sku",
    "quantity-purchased",
    "promotion-id",
)
COMMISSION = Decimal("0.15")
FBA_FEE = Decimal("2.70")


@dataclass(frozen=True)
class Line:
    """One line of a settlement. `amount` is signed, in the settlement's currency."""

    transaction_type: str
    amount_type: str
    amount_description: str
    amount: Decimal
    posted_at: datetime
    order_id: str = ""
    merchant_order_id: str = ""
    adjustment_id: str = ""
    shipment_id: str = ""
    marketplace_name: str = ""
    fulfillment_id: str = ""
    order_item_code: str = ""
    sku: str = ""
    quantity: int | None = None


@dataclass(frozen=True)
class Settlement:
    """A payout of one marketplace's currency and the lines it is made of."""

    id: str
    place: Marketplace
    start: datetime
    end: datetime
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """What is paid out: the sum of the lines."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def deposit_at(self) -> datetime:
        """When the bank gets it."""
        return self.end + timedelta(days=2)


def settlement_text(settlement: Settlement, *, off_by: Decimal = Decimal(0)) -> bytes:
    """The file: a summary row with the total, then the lines; tab separated, in the marketplace's dialect.

    `off_by` is by how much the total is wrong.
    """
    place = settlement.place

    def number(amount: Decimal) -> str:
        return f"{amount:.{place.digits}f}".replace(".", place.dialect.decimal)

    def instant(moment: datetime) -> str:
        return moment.strftime(place.dialect.instant)

    summary = [settlement.id, *(instant(each) for each in (settlement.start, settlement.end, settlement.deposit_at))]
    rows = [list(COLUMNS), [*summary, number(settlement.total + off_by), place.currency, *[""] * (len(COLUMNS) - 6)]]
    for line in settlement.lines:
        cells = {
            "settlement-id": settlement.id,
            "transaction-type": line.transaction_type,
            "order-id": line.order_id,
            "merchant-order-id": line.merchant_order_id,
            "adjustment-id": line.adjustment_id,
            "shipment-id": line.shipment_id,
            "marketplace-name": line.marketplace_name,
            "amount-type": line.amount_type,
            "amount-description": line.amount_description,
            "amount": number(line.amount),
            "fulfillment-id": line.fulfillment_id,
            "posted-date": line.posted_at.strftime(place.dialect.day),
            "posted-date-time": instant(line.posted_at),
            "order-item-code": line.order_item_code,
            "sku": line.sku,
            "quantity-purchased": "" if line.quantity is None else str(line.quantity),
        }
        rows.append([cells.get(column, "") for column in COLUMNS])
    return ("\n".join("\t".join(row) for row in rows) + "\n").encode("cp932" if place.country == "JP" else "utf-8")
