"""Where in the Dagster UI an exception shows: the asset that found it, or the list of runs, sensors or assets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from integration_assets.rules.exception_kinds import (
    content,
    drift,
    fba,
    fulfilment,
    money,
    orders,
    prices,
    service,
    stock,
    watch,
)
from integration_assets.rules.exception_kinds.kind import ExceptionKind

EXCEPTIONS: Final = "assets/reconcile/exceptions"
BY_THEME: Final[tuple[tuple[tuple[ExceptionKind, ...], str], ...]] = (
    (stock.KINDS, "assets/reconcile/inventory_drift"),
    (orders.KINDS, "assets/reconcile/order_match"),
    (fulfilment.KINDS, "assets/reconcile/fulfilment_lag"),
    (drift.KINDS, "assets/reconcile/settlement_drift"),
    (money.KINDS, "assets/amazon/settlements"),
    (fba.KINDS, "assets/actions/fba_mirror"),
    (prices.KINDS, "assets/reconcile/price_position"),
    (content.KINDS, "assets/reconcile/content_position"),
    (service.KINDS, "assets/reconcile/service_health"),
    (watch.KINDS, "runs"),
)
BY_KIND: Final[Mapping[str, str]] = {
    "order_not_importable": "assets/actions/order_import",
    "order_without_address": "assets/actions/order_import",
    "unconfirmed_shipment": "assets/actions/shipment_confirmation",
    "rejected_confirmation": "assets/actions/shipment_confirmation",
    "fba_status_lag": "assets/actions/fba_fulfilment",
    "cancellation_not_recorded": "assets/actions/order_cancellation",
    "refund_not_recorded": "assets/actions/order_refund",
    "account_health_at_risk": "assets/reconcile/account_health",
    "mcf_failed": "assets/actions/mcf_order",
    "mcf_held": "assets/actions/mcf_order",
    "mcf_stuck": "assets/actions/mcf_order",
    "mcf_too_late": "assets/actions/mcf_order",
    "mcf_parcel_refused": "assets/actions/mcf_tracking",
    "push_rejected": "assets/actions/stock_push",
    "stuck_listing": "assets/actions/stock_push",
    "breaker_open": "assets/actions/stock_push",
    "failed_tick": "automation",
    "daemon_silent": "deployment/daemons",
}
PLACES: Final[Mapping[str, str]] = {**{kind.name: place for kinds, place in BY_THEME for kind in kinds}, **BY_KIND}


def place_of(kind: str) -> str:
    """The path after the UI's address; of a kind that is not known any more, the table of all exceptions."""
    return PLACES.get(kind, EXCEPTIONS)
