"""Where settlements and Shopify say different values of an order: the facts from the warehouse, split by the rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

from integration_assets.contracts.money import SettlementDrift
from integration_assets.rules.money import from_minor, in_words, minor_digits, to_minor
from integration_assets.rules.settlement_causes import CAUSES, HEADS, Causes, Compared, Value, settled_value, split
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

FACTS = Path(__file__).parents[1].joinpath("reconcile", "settlement_drift.sql").read_text(encoding="utf-8")
COLUMNS = (
    "region",
    "order_ref",
    "currency",
    "shopify_order_id",
    "ordered_at",
    "in_shop",
    "is_settled",
    *HEADS,
    "withheld_tax",
    "unmapped",
    "units",
    "shop_currency",
    *(f"shop_{head}" for head in HEADS),
    "shop_total",
    "shop_units",
    "is_deferred",
)
IN_WORDS: Mapping[str, str] = {
    "missing_order": "no such order in Shopify",
    "fee_unmapped": "not mapped",
    "fx": "exchange rate",
    "timing": "not settled yet",
    "unexplained": "not explained",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """An order as the two systems know it, in amounts. What is about Shopify means nothing unless it is `in_shop`."""

    region: str
    order_ref: str
    currency: str
    shopify_order_id: str | None
    ordered_at: datetime | None
    in_shop: bool
    is_settled: bool
    settled: Mapping[str, Decimal]
    withheld_tax: Decimal
    unmapped: Decimal
    units: int
    shop_currency: str
    shop: Mapping[str, Decimal]
    shop_total: Decimal
    shop_units: int
    is_deferred: bool = False


def drift(warehouse: Warehouse, model: OperatingModel, now: datetime) -> list[SettlementDrift]:
    """Every order of which the two systems say different values, with the causes of the difference."""
    found = (row_of(_facts(dict(zip(COLUMNS, row, strict=True))), model, now) for row in warehouse.query(FACTS))
    return [row for row in found if row is not None]


def row_of(facts: Facts, model: OperatingModel, now: datetime) -> SettlementDrift | None:
    """The row of an order; None where the systems agree after all, but for the headings."""
    rate = _rate(facts, model, now)
    if rate is None:
        return _without_rate(facts)
    order = _compared(facts, rate, model.money.fx_tolerance_percent)
    causes = split(order)
    if not causes.main:
        return None

    def amount(units: int) -> Decimal:
        return from_minor(units, facts.currency)

    shop_value = order.shop_total if order.shop else 0
    parts: dict[str, Any] = {cause: amount(getattr(causes, cause)) for cause in CAUSES}
    return SettlementDrift(
        **_named(facts),
        shopify_value=amount(shop_value),
        settled_value=amount(settled_value(order)),
        difference=amount(causes.total),
        **parts,
        main_cause=causes.main,
        state=_state(facts, causes, now - timedelta(days=model.money.settled_within_days)),
        reason=_reason(facts.currency, causes),
    )


def _facts(row: Mapping[str, Any]) -> Facts:
    return Facts(
        region=row["region"],
        order_ref=row["order_ref"],
        currency=row["currency"],
        shopify_order_id=row["shopify_order_id"],
        ordered_at=row["ordered_at"],
        in_shop=row["in_shop"],
        is_settled=row["is_settled"],
        settled={head: Decimal(row[head]) for head in HEADS},
        withheld_tax=Decimal(row["withheld_tax"]),
        unmapped=Decimal(row["unmapped"]),
        units=int(row["units"]),
        shop_currency=row["shop_currency"] or row["currency"],
        shop={head: Decimal(row[f"shop_{head}"] or 0) for head in HEADS},
        shop_total=Decimal(row["shop_total"] or 0),
        shop_units=int(row["shop_units"] or 0),
        is_deferred=row["is_deferred"],
    )


def _rate(facts: Facts, model: OperatingModel, now: datetime) -> Decimal | None:
    """Units of the settlement's currency for one of the shop's; None where none is declared for the order's day."""
    if not facts.in_shop:
        return Decimal(1)
    return model.money.rate(facts.shop_currency, facts.currency, (facts.ordered_at or now).date())


def _compared(facts: Facts, rate: Decimal, fx_percent: int) -> Compared:
    """The facts in minor units of the settlement's currency. What Shopify's headings lack of its total stays so."""
    grain = Decimal(1).scaleb(-minor_digits(facts.currency))

    def turned(amount: Decimal) -> int:
        return to_minor((amount * rate).quantize(grain, rounding=ROUND_HALF_EVEN), facts.currency)

    shop = Value(**{head: turned(facts.shop[head]) for head in HEADS})
    lacking = turned(facts.shop_total - sum(facts.shop.values(), Decimal(0)))
    settled = Value(**{head: to_minor(facts.settled[head], facts.currency) for head in HEADS})
    return Compared(
        shop=shop if facts.in_shop else None,
        shop_total=shop.total + lacking if facts.in_shop else 0,
        settled=settled if facts.is_settled else None,
        withheld_tax=to_minor(facts.withheld_tax, facts.currency),
        unmapped=to_minor(facts.unmapped, facts.currency),
        units_ordered=facts.shop_units,
        units_settled=facts.units,
        fx_percent=0 if facts.shop_currency == facts.currency else fx_percent,
    )


def _named(facts: Facts) -> dict[str, Any]:
    return {
        "region": facts.region,
        "order_ref": facts.order_ref,
        "currency": facts.currency,
        "shopify_order_id": facts.shopify_order_id,
        "ordered_at": facts.ordered_at,
    }


def _without_rate(facts: Facts) -> SettlementDrift:
    settled = sum(facts.settled.values(), Decimal(0)) + facts.unmapped
    nothing: dict[str, Any] = dict.fromkeys(CAUSES, Decimal(0))
    return SettlementDrift(
        **_named(facts),
        shopify_value=None,
        settled_value=settled,
        difference=None,
        **nothing,
        main_cause="",
        state="no_rate",
        reason=(
            f"Shopify says {in_words(facts.shop_total, facts.shop_currency)}; no rate from {facts.shop_currency} to "
            f"{facts.currency} is declared for the order's month."
        ),
    )


def _state(facts: Facts, causes: Causes, due_since: datetime) -> str:
    if causes.unexplained:
        return "unexplained"
    if causes.main != "timing":
        return "explained"
    if facts.is_deferred:
        return "deferred"
    return "overdue" if facts.ordered_at is not None and facts.ordered_at < due_since else "waiting"


def _reason(currency: str, causes: Causes) -> str:
    parts = [
        f"{IN_WORDS.get(cause, cause)} {in_words(from_minor(getattr(causes, cause), currency), currency)}"
        for cause in CAUSES
        if getattr(causes, cause)
    ]
    return "; ".join(parts)
