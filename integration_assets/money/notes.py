"""The note of an order's fees in Shopify: what it says, which orders need one, and how it is kept there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from integration_assets.contracts.errors import Rejected
from integration_assets.contracts.money import ORDER_FEES_NOTE, OrderFeesNote
from integration_assets.effects import journal
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.money.findings import NOTE as KIND
from integration_assets.rules.fees_note import Sums, note
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect, Intention
from resources.shopify import Shopify
from resources.shopify_parts.metafields import AT_ONCE, Metafield
from resources.warehouse import Warehouse

NAMESPACE, KEY = "instep", "amazon_fees"
SUMS = """
    SELECT
        m.shopify_order_id,
        m.order_ref,
        m.currency,
        sum(m.revenue), sum(m.tax), sum(m.promotions), sum(m.commission), sum(m.fulfilment), sum(m.other_fees),
        sum(m.allocated_fees), sum(m.refunds), sum(m.unmapped), sum(m.paid_out)
    FROM reconcile.order_margin AS m
    WHERE m.region = ? AND m.shopify_order_id IS NOT NULL
    GROUP BY m.shopify_order_id, m.order_ref, m.currency
    ORDER BY m.shopify_order_id, m.order_ref, m.currency
"""


def to_note(warehouse: Warehouse, ledger: Ledger, region: str, origin: str) -> list[Intention]:
    """A note for every order of the region account whose fees are not what was last seen noted on it."""
    by_order: dict[str, list[Sums]] = {}
    for row in warehouse.query(SUMS, [region]):
        by_order.setdefault(row[0], []).append(Sums(*row[1:]))
    noted = ledger.last_verified(KIND, region)
    wanted: list[Intention] = []
    for shopify_order_id, sums in by_order.items():
        payload = note(sums)
        seen = noted.get(shopify_order_id)
        if seen is None or seen.payload != payload:
            reason = "its fees are known" if seen is None else "its fees have changed"
            wanted.append(Intention(shopify_order_id, payload, reason, origin))
    return wanted


def text_of(payload: Mapping[str, Any]) -> str:
    """The note as Shopify keeps it."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"))


class FeesNotes:
    """Keeps notes as one JSON metafield per order, 25 in a call."""

    kind: ClassVar[str] = KIND
    once: ClassVar[bool] = False
    at_once: ClassVar[int] = AT_ONCE

    def __init__(self, shopify: Shopify) -> None:
        self._shopify = shopify

    def send_all(self, effects: Sequence[Effect]) -> Mapping[int, Receipt | Rejected]:
        """Set the notes in one call. Shopify takes all or none: where it refuses, each is tried by itself."""
        try:
            return self._sent(effects)
        except Rejected as error:
            if len(effects) == 1:
                return {effects[0].effect_id: error}
        answers: dict[int, Receipt | Rejected] = {}
        for effect in effects:
            answers.update(self.send_all([effect]))
        return answers

    def look_all(self, effects: Sequence[Effect]) -> Mapping[int, Sight]:
        """Read the notes back."""
        kept = self._shopify.order_metafields([effect.subject for effect in effects], NAMESPACE, KEY)
        return {effect.effect_id: _sight(effect, kept) for effect in effects}

    def _sent(self, effects: Sequence[Effect]) -> Mapping[int, Receipt | Rejected]:
        fields = [Metafield(effect.subject, NAMESPACE, KEY, text_of(effect.payload)) for effect in effects]
        shown = [json.loads(value) for value in self._shopify.set_metafields(fields)]
        return {
            effect.effect_id: Receipt(detail="Shopify shows the note", proven=effect.payload in shown)
            for effect in effects
        }


def record(
    warehouse: Warehouse, ledger: Ledger, region: str, planned: Sequence[Intention], now: datetime, *, live: bool
) -> int:
    """Bring `actions.order_fees_note` up to date with the ledger, or with what would be noted."""
    return journal.record(
        warehouse,
        ledger,
        ORDER_FEES_NOTE,
        [KIND],
        region,
        rows=lambda moved: map(_row, moved),
        preview=None if live else [_preview(intention, region, now) for intention in planned],
    )


def _sight(effect: Effect, kept: Mapping[str, str | None]) -> Sight:
    if effect.subject not in kept:
        return Sight("refused", "Shopify no longer has the order")
    value = kept[effect.subject]
    if value is not None and json.loads(value) == effect.payload:
        return Sight("there", "Shopify shows the note")
    return Sight("not_there", "Shopify shows no note" if value is None else "Shopify shows another note")


def _amounts(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that say what a note says; one of several currencies is told by its first."""
    first = payload["amazon"][0]
    return {
        "order_ref": first["order"],
        "currency": first["currency"],
        "fees": Decimal(first["fees"]),
        "paid_out": Decimal(first["paid_out"]),
    }


def _preview(intention: Intention, region: str, now: datetime) -> OrderFeesNote:
    return OrderFeesNote(
        effect_id=f"preview/{region}/{intention.subject}",
        region=region,
        shopify_order_id=intention.subject,
        **_amounts(intention.payload),
        state="preview",
        attempts=0,
        decided_at=now,
        verified_at=None,
        reason=intention.reason,
    )


def _row(effect: Effect) -> OrderFeesNote:
    return OrderFeesNote(
        effect_id=str(effect.effect_id),
        region=effect.region,
        shopify_order_id=effect.subject,
        **_amounts(effect.payload),
        state=effect.state,
        attempts=effect.attempts,
        decided_at=effect.decided_at,
        verified_at=effect.verified_at,
        reason=f"{effect.reason}; {effect.detail}" if effect.detail else effect.reason,
    )
