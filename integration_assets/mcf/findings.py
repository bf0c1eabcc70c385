"""What a person must see to of orders that Amazon ships for the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from integration_assets.mcf.cycle import Turn
from integration_assets.mcf.errands import TRACKING
from integration_assets.mcf.requests import Seen
from integration_assets.mcf.strays import forget
from integration_assets.rules.mcf import FAILED, NOT_SHIPPED_YET
from resources.findings import finding, report
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Finding


def report_turn(ledger: Ledger, turn: Turn, seen: Seen, now: datetime) -> None:
    """Open what was found in this turn, bring what is open up to date, close what is over."""
    accepted = {one.id for one in [*seen.accepted, *seen.cancelling]}
    begun = {effect.payload["number"]: effect for subject, effect in seen.orders.items() if subject in accepted}
    failed, stuck = [], []
    for number, status in turn.statuses.items():
        effect = begun[number]
        if status in FAILED or status == "CompletePartialled":
            failed.append(_of_order("mcf_failed", effect, status=status))
        elif status in NOT_SHIPPED_YET and (ship_by := _ship_by(effect.payload)) is not None and ship_by < now:
            told = f"{ship_by:%Y-%m-%d %H:%M} UTC"
            stuck.append(_of_order("mcf_stuck", effect, status=status, ship_by=told))
    held = [
        finding(
            "mcf_held",
            f"{turn.region}/{one.assigned.id}",
            {"order_name": one.assigned.order_name, "reason": one.verdict.told},
        )
        for one in turn.held
    ]
    refused = [
        finding(
            "mcf_parcel_refused",
            f"{turn.region}/{effect.subject}",
            {
                "region": turn.region,
                "number": effect.payload["number"],
                "tracking_number": effect.payload["tracking_number"],
                "detail": effect.detail.rstrip("."),
            },
        )
        for effect in ledger.open_effects(TRACKING, turn.region, ("rejected",))
        if effect.payload["fulfillment_order_id"] in accepted
    ]
    scope = f"{turn.region}/"
    too_late = [_of_order("mcf_too_late", effect, status=status) for effect, status in turn.strays.too_late.values()]
    _until_acknowledged(ledger, "mcf_failed", failed, scope)
    _until_acknowledged(ledger, "mcf_too_late", too_late, scope)
    for kind, findings in (("mcf_stuck", stuck), ("mcf_held", held), ("mcf_parcel_refused", refused)):
        report(ledger, kind, findings, scope=scope)
    forget(ledger, turn.region, turn.strays.over)


def _until_acknowledged(ledger: Ledger, kind: str, found: Sequence[Finding], scope: str) -> None:
    """Report what is looked after outside of both systems, so that only a person can say when it is over."""
    waiting = {
        one.identity: Finding(one.identity, one.told, one.facts)
        for one in ledger.open_exceptions(kind)
        if one.identity.startswith(scope) and one.acknowledged_at is None
    }
    report(ledger, kind, list({**waiting, **{one.identity: one for one in found}}.values()), scope=scope)


def _of_order(kind: str, effect: Effect, **facts: Any) -> Finding:
    number = effect.payload["number"]
    known = {"region": effect.region, "number": number, "order_name": effect.payload["order_name"], **facts}
    return finding(kind, f"{effect.region}/{number}", known)


def _ship_by(payload: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(payload["ship_by"]) if payload.get("ship_by") else None
