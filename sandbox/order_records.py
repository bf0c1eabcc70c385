"""What hangs on a Shopify order beside its lines: taxes, shipping, payments, fulfillments, refunds, metafields."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass
class TaxLine:
    """A tax on a line, on the shipping or on the order. `amount` is for all units together."""

    title: str
    rate: Decimal
    amount: Decimal
    channel_liable: bool = False


@dataclass
class ShippingLine:
    """What the buyer paid for shipping, before taxes unless the order says that they are included."""

    id: int
    title: str
    amount: Decimal
    code: str | None = None
    taxes: list[TaxLine] = field(default_factory=list)


@dataclass
class Payment:
    """A transaction: SALE and REFUND move money, the rest is kept as it was told."""

    id: int
    kind: str
    status: str
    gateway: str
    amount: Decimal
    created_at: datetime
    processed_at: datetime
    parent_id: int | None = None
    receipt: str | None = None
    test: bool = False

    @property
    def is_paid(self) -> bool:
        """Whether money came in by it."""
        return self.kind in ("SALE", "CAPTURE") and self.status == "SUCCESS"


@dataclass
class Tracking:
    """One package of a fulfillment."""

    number: str | None
    company: str | None = None
    url: str | None = None


@dataclass
class FulfillmentLine:
    """Units of an order line that left with a fulfillment."""

    id: int
    line_id: int
    quantity: int


@dataclass
class Fulfillment:
    """What left, from where, and how it is tracked."""

    id: int
    order_id: int
    name: str
    location_id: int
    status: str
    created_at: datetime
    updated_at: datetime
    lines: list[FulfillmentLine]
    tracking: list[Tracking] = field(default_factory=list)
    fulfillment_order_ids: list[int] = field(default_factory=list)
    shipment_status: str | None = None
    in_transit_at: datetime | None = None
    delivered_at: datetime | None = None
    told_buyer: bool = False


@dataclass
class ToShip:
    """Units of an order line that a location is to ship. `claimed` of the remaining ones are committed there."""

    id: int
    line_id: int
    total: int
    remaining: int
    claimed: int = 0


@dataclass
class MerchantRequest:
    """What the merchant asked of a fulfilment service."""

    id: int
    kind: str
    message: str | None
    sent_at: datetime


@dataclass
class FulfillmentOrder:
    """What one location is to ship of an order. Where that is a fulfilment service's, the service is asked first."""

    id: int
    order_id: int
    location_id: int
    created_at: datetime
    updated_at: datetime
    lines: list[ToShip]
    status: str = "OPEN"
    is_assigned: bool = False
    """Whether a fulfilment service is to ship it."""
    request_status: str = "UNSUBMITTED"
    requests: list[MerchantRequest] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """What the service said, in words, oldest first."""

    @property
    def is_open(self) -> bool:
        """Whether units of it have still to leave."""
        return self.status in ("OPEN", "IN_PROGRESS")

    @property
    def may_ship(self) -> bool:
        """Whether units of it may leave now: a service must have accepted the request."""
        return self.status == "IN_PROGRESS" or (self.status == "OPEN" and not self.is_assigned)

    @property
    def cancellation_asked(self) -> bool:
        """Whether the merchant waits for the service's answer to a cancellation."""
        return self.status == "IN_PROGRESS" and any(each.kind == "CANCELLATION_REQUEST" for each in self.requests)


@dataclass
class RefundLine:
    """Units taken off an order by a refund. `subtotal` is after discounts, `tax` what came on top or was within."""

    id: int
    line_id: int
    quantity: int
    restock_type: str
    location_id: int | None
    subtotal: Decimal
    tax: Decimal


@dataclass
class Refund:
    """What was taken back: units, shipping, and money by its payments."""

    id: int
    order_id: int
    created_at: datetime
    processed_at: datetime
    lines: list[RefundLine]
    payments: list[Payment]
    shipping: Decimal = Decimal(0)
    note: str | None = None
    discrepancy_reason: str | None = None
    told_buyer: bool = False

    @property
    def paid_back(self) -> Decimal:
        """Money that went back."""
        return sum((each.amount for each in self.payments if each.status == "SUCCESS"), Decimal(0))


@dataclass
class Metafield:
    """A value kept on a record under namespace and key."""

    id: int
    owner_id: int
    namespace: str
    key: str
    type: str
    value: str
    created_at: datetime
    updated_at: datetime


@dataclass
class MetafieldDefinition:
    """What values a namespace and key may hold; with `unique` no two records have the same."""

    id: int
    name: str
    namespace: str
    key: str
    type: str
    owner_type: str
    description: str | None
    unique: bool
