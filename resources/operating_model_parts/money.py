"""The `[money]` and `[accounts]` sections: how fees are shared out, what is worth a look, and where it is booked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, Strict

from integration_assets.contracts.settlements import BALANCE_MOVEMENTS, BUCKETS, UNMAPPED
from integration_assets.rules.allocation import Rule
from integration_assets.rules.journal import Chart
from integration_assets.rules.money import MINOR_DIGITS, minor_digits
from resources.operating_model_parts.types import Listed, Matching, Names, Percent, Positive, Section, Text

NEVER_SHARED = (*BALANCE_MOVEMENTS, "principal", "refund", UNMAPPED)
"""Reserves and transfers are the account's own money, sales and refunds have orders, the unmapped is not known."""
SHARED = tuple(bucket for bucket in BUCKETS if bucket not in NEVER_SHARED)
DEFAULT_ACCOUNTS = {
    "adjustment": "Amazon adjustments",
    "advertising": "Amazon advertising",
    "commission": "Amazon commission",
    "fba_fee": "Amazon fulfilment fees",
    "giftwrap": "Amazon gift wrap",
    "inbound_fee": "Amazon inbound fees",
    "other": "Amazon other",
    "other_fee": "Amazon other fees",
    "principal": "Amazon sales",
    "promotion": "Amazon promotions",
    "refund": "Amazon refunds",
    "reimbursement": "Amazon reimbursements",
    "reserve": "Amazon reserve",
    "shipping": "Amazon shipping",
    "storage": "Amazon storage",
    "subscription": "Amazon subscription",
    "tax": "Tax collected on Amazon",
    "transfer": "Amazon transfers",
    UNMAPPED: "Amazon suspense",
    "withheld_tax": "Tax withheld by Amazon",
}
ONE_UNIT = Decimal(1)

_SHARED = Names("bucket", SHARED)
_BOOKED = Names("bucket", BUCKETS)
_CURRENCIES = Names("currency", tuple(sorted(MINOR_DIGITS)))
SharedBucket = Annotated[str, _SHARED, AfterValidator(_SHARED.check)]
BookedBucket = Annotated[str, _BOOKED, AfterValidator(_BOOKED.check)]
Currency = Annotated[str, _CURRENCIES, AfterValidator(_CURRENCIES.check)]
Amount = Annotated[str, Strict(), Matching('an amount in quotes, such as "1.00"', r"\d{1,12}(\.\d{1,2})?")]
RateText = Annotated[
    str, Strict(), Matching('a rate above zero in quotes, such as "0.8612"', r"(?=.*[1-9])\d{1,6}(\.\d{1,8})?")
]
Month = Annotated[str, Strict(), Matching('a month in quotes, such as "2026-10"', r"20\d\d-(0[1-9]|1[0-2])")]
CurrencyCode = Annotated[
    str, Strict(), Matching(f"a currency, one of {', '.join(sorted(MINOR_DIGITS))}", "|".join(sorted(MINOR_DIGITS)))
]


class Rate(Section):
    """What one unit of a currency is worth in another, from a month on until a later entry of the same two."""

    source: CurrencyCode = Field(alias="from", description="Currency that is converted.")
    target: CurrencyCode = Field(alias="to", description="Currency it is converted to.")
    month: Month = Field(description="First month the rate counts for.")
    rate: RateText = Field(description="Units of `to` for one unit of `from`, as text so that no digit is lost.")


class MoneySettings(Section):
    """How money is explained. Currencies are never added up; a rate that is not declared here is never guessed."""

    allocate: dict[SharedBucket, Rule] = Field(
        default={},
        description="Fees that belong to no order, by bucket: `leave` them with the account, or share them among the "
        "order lines of their settlement `by_revenue`, `by_units` or, where the line names a SKU, `by_sku`. A bucket "
        "that is not named is left.",
    )
    drift_over: dict[Currency, Amount] = Field(
        default={},
        description="By currency, the difference of an order from which finance is told; by default 1.00 (100 yen).",
    )
    settled_within_days: Positive = Field(
        default=21, description="Days after an order was placed by which a settlement should have a line of it."
    )
    fx_tolerance_percent: Percent = Field(
        default=3, description="How far the rate that was paid may be from the declared one, in percent."
    )
    fx: Annotated[tuple[Rate, ...], Listed("a list of tables with from, to, month and rate", or_none=True)] = Field(
        default=(), description="Exchange rates, for orders that Shopify keeps in another currency than Amazon pays in."
    )

    def material(self, currency: str) -> Decimal:
        """The difference of an order from which finance is told."""
        declared = self.drift_over.get(currency)
        return Decimal(declared) if declared else ONE_UNIT if minor_digits(currency) else ONE_UNIT * 100

    def rate(self, source: str, target: str, on: date) -> Decimal | None:
        """The declared rate of a day; 1 within a currency, None where none is declared for it."""
        if source == target:
            return Decimal(1)
        month = f"{on:%Y-%m}"
        found = [rate for rate in self.fx if (rate.source, rate.target) == (source, target) and rate.month <= month]
        return Decimal(max(found, key=lambda rate: rate.month).rate) if found else None


class AccountSettings(Section):
    """Accounts of the brand's books, as its bookkeeping names or numbers them."""

    bank: Text = Field(default="Bank", description="Where Amazon pays to.")
    clearing: Text = Field(
        default="Amazon clearing", description="What Amazon owes between the sale and the payout; empty once paid."
    )
    difference: Text = Field(
        default="Amazon difference", description="What the lines of a settlement lack of its total, should they."
    )
    closed_through: Month | None = Field(
        default=None,
        description="Last month whose books are closed. Nothing is booked into it or before it any more: what changes "
        "or comes later is booked on the first day after it, and its month-end pack stays as it is.",
    )
    buckets: dict[BookedBucket, Text] = Field(
        default={},
        description="By bucket, the account of its lines; the others keep their names, such as Amazon sales.",
    )

    @property
    def open_from(self) -> date | None:
        """The first day that is open; None where no month is closed."""
        if self.closed_through is None:
            return None
        year, month = map(int, self.closed_through.split("-"))
        return date(year + month // 12, month % 12 + 1, 1)

    def chart(self) -> Chart:
        """The accounts as the journal's rule takes them; a bucket that is not known goes where unmapped lines go."""
        named = DEFAULT_ACCOUNTS | self.buckets
        return Chart(
            bank=self.bank,
            clearing=self.clearing,
            difference=self.difference,
            unnamed=named[UNMAPPED],
            buckets=named,
        )
