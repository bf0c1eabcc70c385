"""What a person must see to in fulfilment, as exceptions of the catalogue: opened once, closed by the facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from integration_assets.contracts.fulfilment import AccountHealth, FulfilmentLag
from integration_assets.fulfilment import cancellations, confirmations, fba, refunds
from integration_assets.fulfilment.queries import SHOP_SIDE
from integration_assets.rules.refunds import Unclear
from resources.findings import finding, report
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Intention
from resources.warehouse import Warehouse

BY_CAUSE: Mapping[str, str] = {
    "not_shipped": "ship_by_risk",
    "not_confirmed": "unconfirmed_shipment",
    "fba_not_recorded": "fba_status_lag",
}
FIGURES: Mapping[str, str] = {
    "late_shipment": "the late shipment rate",
    "cancellation": "the cancellation rate",
    "valid_tracking": "the valid tracking rate",
}


class Findings:
    """Turns what is refused or late into exceptions. An effect without an answer is one after `max_attempts`."""

    def __init__(self, ledger: Ledger, *, max_attempts: int = 5) -> None:
        self._ledger = ledger
        self._max_attempts = max_attempts

    def rejected_confirmations(self, region: str, confirm: Sequence[Intention], correct: Sequence[Intention]) -> None:
        """Packages that Amazon refuses, among those that it still has to be told of."""
        found = []
        for kind, planned in ((confirmations.CONFIRMATION, confirm), (confirmations.CORRECTION, correct)):
            for effect in self._failed(kind, region, planned):
                payload = effect.payload
                facts = {
                    "package": payload["package_reference_id"],
                    "amazon_order_id": payload["amazon_order_id"],
                    "carrier": payload["carrier_name"] or payload["carrier_code"],
                    "tracking_number": payload["tracking_number"],
                    "detail": _clause(effect.detail),
                }
                ship_by = payload["ship_by_at"]
                deadline = None if ship_by is None else datetime.fromisoformat(ship_by)
                found.append(finding("rejected_confirmation", f"{region}/{effect.subject}", facts, deadline))
        report(self._ledger, "rejected_confirmation", found, scope=f"{region}/")

    def cancellations(
        self, region: str, planned: Sequence[Intention], stuck: Mapping[str, tuple[int, str]], *, live: bool
    ) -> None:
        """Cancellations on Amazon that the Shopify order does not take."""
        told = dict(stuck)
        for effect in self._failed(cancellations.KIND, region, planned) if live else ():
            told[effect.payload["amazon_order_id"]] = (effect.payload["units"], _clause(effect.detail))
        found = [
            finding(
                "cancellation_not_recorded",
                f"{region}/{order}",
                {"amazon_order_id": order, "units": units, "reason": why},
            )
            for order, (units, why) in told.items()
        ]
        report(self._ledger, "cancellation_not_recorded", found, scope=f"{region}/")

    def refunds(self, region: str, planned: Sequence[Intention], unclear: Iterable[Unclear], *, live: bool) -> None:
        """Refunds on Amazon that cannot be recorded to the cent, or that Shopify refuses."""
        told = {each.key: (each.amazon_order_id or "unknown", each.why) for each in unclear}
        for effect in self._failed(refunds.KIND, region, planned) if live else ():
            told[effect.subject] = (effect.payload["amazon_order_id"], _clause(effect.detail))
        found = [
            finding(
                "refund_not_recorded",
                f"{region}/{refund}",
                {"refund": refund, "amazon_order_id": order, "reason": why},
            )
            for refund, (order, why) in told.items()
        ]
        report(self._ledger, "refund_not_recorded", found, scope=f"{region}/")

    def of_the_shop(self, region: str, warehouse: Warehouse, since: datetime) -> None:
        """Amazon orders that were cancelled or refunded in Shopify only: Amazon is never told, a person is."""
        cancelled, refunded = [], []
        for order, ship_by, is_cancelled, amount, currency, is_refunded in warehouse.query(
            SHOP_SIDE, {"region": region, "since": since}
        ):
            identity = f"{region}/{order}"
            if is_cancelled:
                facts = {"amazon_order_id": order, "ship_by": _moment(ship_by)}
                cancelled.append(finding("shopify_cancelled_amazon_order", identity, facts, ship_by))
            if is_refunded:
                facts = {"amazon_order_id": order, "amount": f"{amount:.2f}", "currency": currency}
                refunded.append(finding("shopify_refunded_amazon_order", identity, facts))
        report(self._ledger, "shopify_cancelled_amazon_order", cancelled, scope=f"{region}/")
        report(self._ledger, "shopify_refunded_amazon_order", refunded, scope=f"{region}/")

    def lag(self, regions: Iterable[str], rows: Sequence[FulfilmentLag]) -> None:
        """Orders that are late, or about to be."""
        for region in regions:
            for cause, kind in BY_CAUSE.items():
                found = [
                    finding(
                        kind,
                        f"{region}/{row.amazon_order_id}",
                        {
                            "amazon_order_id": row.amazon_order_id,
                            "units": row.units,
                            "ship_by": _moment(row.ship_by_at),
                            "hours_left": "no" if row.hours_left is None else f"{row.hours_left:.1f}",
                            "shipped_at": _moment(row.shipped_at),
                            "reason": _clause(row.reason),
                        },
                        row.ship_by_at if cause != "fba_not_recorded" else None,
                    )
                    for row in rows
                    if row.region == region and row.cause == cause
                ]
                report(self._ledger, kind, found, scope=f"{region}/")

    def health(self, regions: Iterable[str], rows: Sequence[AccountHealth]) -> None:
        """Figures beyond Amazon's limit."""
        for region in regions:
            found = [
                finding(
                    "account_health_at_risk",
                    f"{region}/{row.figure}/{row.window_days}",
                    {
                        "region": region,
                        "figure": FIGURES[row.figure],
                        "percent": f"{row.percent:.2f}",
                        "window_days": row.window_days,
                        "limit": f"{row.limit_percent.normalize():f}",
                        "hits": row.hits,
                        "counted": row.counted,
                    },
                )
                for row in rows
                if row.region == region and not row.within_limit
            ]
            report(self._ledger, "account_health_at_risk", found, scope=f"{region}/")

    def _failed(self, kind: str, region: str, planned: Sequence[Intention]) -> list[Effect]:
        """Of what is still to be done, the effects that the far side refuses or does not answer to."""
        newest = self._ledger.newest_of(kind, region, [intention.subject for intention in planned])
        return [
            effect
            for effect in newest.values()
            if effect.state == "rejected"
            or (effect.state in ("unknown", "applied") and effect.attempts >= self._max_attempts)
        ]


def _moment(at: datetime | None) -> str:
    return "no deadline" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def _clause(text: str) -> str:
    """Text that a sentence goes on after."""
    return text.rstrip(". ") or "no reason was given"


KINDS = (confirmations.CONFIRMATION, confirmations.CORRECTION, fba.KIND, cancellations.KIND, refunds.KIND)
"""The kinds of effects that this room plans."""
