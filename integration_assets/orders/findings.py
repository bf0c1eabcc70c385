"""What a person must see to, as exceptions of the catalogue: opened once, kept up to date, closed by the facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from integration_assets.contracts.amazon import ORDERS
from integration_assets.contracts.orders import OrderMatch
from integration_assets.orders.importing import KIND
from integration_assets.orders.part_shipped import KIND as PART_SHIPPED
from integration_assets.orders.plan import Waiting
from integration_assets.orders.queries import FLAGGED
from integration_assets.rules.exceptions import CATALOGUE
from integration_assets.rules.money import in_text
from integration_assets.rules.standing import hours
from resources.clock import Clock
from resources.findings import finding, report
from resources.ledger import Effect, Finding, Intention, Ledger
from resources.pools import known_pool
from resources.warehouse import Warehouse

STUCK_AFTER = 5
"""Tries after which an order that Shopify never shows is a person's business."""
FLAGS: Mapping[str, str] = {"unmapped": "unmapped_order_line", "oversold": "order_oversold"}
OF_VERDICTS: Mapping[str, str] = {
    "missing": "order_missing",
    "duplicate": "duplicate_order",
    "amounts_differ": "order_amounts_differ",
    "state_differs": "order_state_differs",
}


class Findings:
    """Turns what an import could not do into exceptions."""

    def __init__(self, ledger: Ledger, warehouse: Warehouse) -> None:
        self._ledger = ledger
        self._warehouse = warehouse

    def report(
        self, region: str, waiting: Sequence[Waiting], without_address: Iterable[str], part_shipped: Sequence[Intention]
    ) -> None:
        """Open what is wrong in the region account, bring what is open up to date, close what is over."""
        wanted = {one.order.amazon_order_id: one for one in waiting if one.routed.is_imported}
        newest = self._ledger.newest_of(KIND, region, wanted)
        refused = [
            _of_order(
                "order_not_importable",
                region,
                subject,
                {"reason": _clause(effect.detail)},
                wanted[subject].order.ship_by_at,
            )
            for subject, effect in newest.items()
            if _is_refused(effect)
        ]
        report(self._ledger, "order_not_importable", refused, scope=f"{region}/")
        asked = sorted(without_address)
        still_open = self._warehouse.rows(
            ORDERS,
            "list_contains(?, amazon_order_id) AND region = ? AND status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED')",
            [asked, region],
        )
        addressless = [
            _of_order("order_without_address", region, order.amazon_order_id, {}, order.ship_by_at)
            for order in still_open
        ]
        report(self._ledger, "order_without_address", addressless, scope=f"{region}/")
        marks = self._ledger.newest_of(PART_SHIPPED, region, [one.subject for one in part_shipped])
        open_again = [
            _of_order(
                "shipped_units_open",
                region,
                order,
                {"units": effect.payload["units"], "reason": _clause(effect.detail)},
                None,
            )
            for order, effect in marks.items()
            if effect.state != "verified"
        ]
        report(self._ledger, "shipped_units_open", open_again, scope=f"{region}/")


def report_matches(
    ledger: Ledger, warehouse: Warehouse, rows: Sequence[OrderMatch], clock: Clock, *, since: datetime | None
) -> None:
    """Raise what the comparison of orders shows, and close what it shows no more.

    Only of orders from `since` on, when this installation began to make them; None while it only previews. What
    somebody else made of the others is told by the table.
    """
    now = clock.now()
    found: dict[str, list[Finding]] = defaultdict(list)
    for row in rows:
        kind = OF_VERDICTS.get(row.verdict)
        if kind is not None and since is not None and row.created_at >= since:
            facts = {
                "reason": in_text(row.reason),
                "hours": f"{hours(now - row.created_at)}",
                "count": row.shopify_orders,
                "names": row.reason.partition(": ")[2] or row.reason,
            }
            found[kind].append(_of_order(kind, row.region, row.amazon_order_id, facts, row.ship_by_at))
    for flag, region, amazon_order_id, ship_by_at, skus in warehouse.query(FLAGGED, {"pool": list(known_pool(ledger))}):
        facts = {"skus": ", ".join(skus)}
        found[FLAGS[flag]].append(_of_order(FLAGS[flag], region, amazon_order_id, facts, ship_by_at))
    for kind in (*OF_VERDICTS.values(), *FLAGS.values()):
        report(ledger, kind, found[kind])


def _is_refused(effect: Effect) -> bool:
    return effect.state == "rejected" or (effect.state in ("unknown", "applied") and effect.attempts >= STUCK_AFTER)


def _clause(text: str) -> str:
    """What was said, to stand at the end of a sentence."""
    return text.strip().rstrip(".") or "no reason was given"


def _of_order(
    kind: str, region: str, amazon_order_id: str, more: Mapping[str, Any], deadline_at: datetime | None
) -> Finding:
    """What was found of an order; only a kind that has to end by a time has a deadline."""
    facts = {"region": region, "amazon_order_id": amazon_order_id, **more}
    due_at = deadline_at if CATALOGUE[kind].deadline else None
    return finding(kind, f"{region}/{amazon_order_id}", facts, due_at)
