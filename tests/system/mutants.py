"""The product with a fault put into it: each must be caught, or the net that is to catch such faults has a hole.

A mutant is a function that breaks one thing with pytest's monkeypatch, which mends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from integration_assets.contracts.amazon import AVAILABILITY, Availability
from integration_assets.contracts.reconcile import StockPosition
from integration_assets.effects.holds import ITSELF
from integration_assets.rules import position
from integration_assets.rules.buffer import Buffer, Promise, promise
from integration_assets.rules.bundles import NOTHING_KEPT
from integration_assets.rules.evidence import Evidence
from integration_assets.rules.position import Decision, Facts, Policy
from integration_assets.stock import cycle, gate, positions, queries, read_back, sending
from integration_assets.stock.pushes import KIND
from resources.amazon_parts import feeds
from resources.ledger import Effect, Ledger

Break = Callable[[pytest.MonkeyPatch], None]


def acknowledged_before_the_call(patch: pytest.MonkeyPatch) -> None:
    """The effect counts as accepted before Amazon was called."""

    def _patch(self: sending.Sender, effect: Effect) -> bool:
        self._ledger.begin(effect.effect_id)
        self._ledger.applied(effect.effect_id, "none", self._clock.now() + sending.FIRST_LOOK)
        self._account.patch_quantity(effect.subject, int(effect.payload["quantity"]))
        return True

    patch.setattr(sending.Sender, "_patch", _patch)


def called_before_it_is_written_down(patch: pytest.MonkeyPatch) -> None:
    """Amazon is called first, and the ledger hears of it afterwards."""

    def _patch(self: sending.Sender, effect: Effect) -> bool:
        submission = self._account.patch_quantity(effect.subject, int(effect.payload["quantity"]))
        self._ledger.begin(effect.effect_id)
        self._ledger.applied(effect.effect_id, submission.submission_id, self._clock.now() + sending.FIRST_LOOK)
        return True

    patch.setattr(sending.Sender, "_patch", _patch)


def orders_hold_nothing(patch: pytest.MonkeyPatch) -> None:
    """Units of orders that Shopify does not know are sold again."""
    patch.setattr(position, "held_units", lambda *_, **__: 0)


def the_buffer_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Everything there is, is promised."""

    def all_of_it(_buffer: Buffer, sellable: int) -> Promise:
        return promise(NOTHING_KEPT, sellable)

    patch.setattr(position, "promise", all_of_it)


def nobody_looks_before_sending(patch: pytest.MonkeyPatch) -> None:
    """What was last read is taken for what Amazon shows now."""
    looking = cycle.PushCycle._send

    def blindly(self: cycle.PushCycle, region: str, candidates: Any, _readings: Any, *rest: Any) -> Any:
        def remembered(skus: Sequence[str], **_: object) -> Mapping[str, Availability]:
            rows = self._warehouse.rows(AVAILABILITY, "list_contains(?, seller_sku)", [list(skus)])
            return {row.seller_sku: row for row in rows}

        return looking(self, region, candidates, SimpleNamespace(take=remembered), *rest)  # type: ignore[arg-type]

    patch.setattr(cycle.PushCycle, "_send", blindly)


def what_is_in_doubt_is_sent_again_unasked(patch: pytest.MonkeyPatch) -> None:
    """A sender that starts again repeats every call it has no answer to."""
    settling = read_back.ReadBack.settle

    def repeating(self: read_back.ReadBack, region: str, **rest: Any) -> read_back.Settled:
        self._ledger.orphans(KIND, region)
        for effect in self._ledger.open_effects(KIND, region, ("unknown",)):
            if self._ledger.resend(effect.effect_id).state == "intended":
                sending.Sender(
                    account=self._account, ledger=self._ledger, clock=self._clock, tally=sending.Tally()
                )._patch(effect)
        return settling(self, region, **rest)

    patch.setattr(read_back.ReadBack, "settle", repeating)


def what_waits_is_sent_whatever_is_wanted_now(patch: pytest.MonkeyPatch) -> None:
    """An intention that was put back goes out next time, though the target has moved on."""
    intending = cycle.PushCycle._intended

    def stale(self: cycle.PushCycle, region: str, rows: Sequence[StockPosition]) -> list[Effect]:
        waiting = {each.subject: each for each in self._ledger.open_effects(KIND, region, ("intended",))}
        old = [waiting[row.seller_sku] for row in rows if row.seller_sku in waiting]
        return old + intending(self, region, [row for row in rows if row.seller_sku not in waiting])

    patch.setattr(cycle.PushCycle, "_intended", stale)


def the_lease_is_ignored(patch: pytest.MonkeyPatch) -> None:
    """Everybody sends who wants to."""

    @contextmanager
    def always(_self: Ledger, *_: object, **__: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(renew=lambda: None)

    patch.setattr(Ledger, "lease", always)


def acceptance_is_believed(patch: pytest.MonkeyPatch) -> None:
    """What Amazon accepts counts as shown."""
    sending_ = sending.Sender._patch

    def believing(self: sending.Sender, effect: Effect) -> bool:
        done = sending_(self, effect)
        if self._ledger.effect(effect.effect_id).state == "applied":
            self._ledger.verified(effect.effect_id)
        return done

    patch.setattr(sending.Sender, "_patch", believing)


def the_value_is_the_key(patch: pytest.MonkeyPatch) -> None:
    """A quantity that was sent once is not sent again."""
    intending = cycle.PushCycle._intended

    def once_only(self: cycle.PushCycle, region: str, rows: Sequence[StockPosition]) -> list[Effect]:
        def is_new(row: StockPosition) -> bool:
            history = self._ledger.history(KIND, region, row.seller_sku)
            return all(effect.payload["quantity"] != row.target for effect in history)

        return intending(self, region, [row for row in rows if is_new(row)])

    patch.setattr(cycle.PushCycle, "_intended", once_only)


def unread_stock_is_zero(patch: pytest.MonkeyPatch) -> None:
    """A failed read sells a product out."""

    def decide(facts: Facts, policy: Policy) -> Decision:
        if facts.available is None:
            facts = replace(facts, available={"Leeds": 0}, stock_read_at=facts.now)
        return position.decide(facts, policy)

    patch.setattr(positions, "decide", decide)


def anybodys_offer_is_ours(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks who ships it."""
    patch.setattr(position, "_barred", lambda _facts: "")
    patch.setattr(cycle, "who_ships", lambda _codes: "mfn")


def it_is_tried_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Attempts are not counted."""
    patch.setattr(read_back.ReadBack, "_tries", lambda _self, _effect: 0)


def missing_units_are_not_presumed_sold(patch: pytest.MonkeyPatch) -> None:
    """Units that Amazon sold are promised again until their order is read."""
    known = position.evidence_of

    def careless(facts: Facts, policy: Policy) -> Evidence:
        return replace(known(facts, policy), presumed_sold=0)

    patch.setattr(position, "evidence_of", careless)


def leaks_are_overwritten(patch: pytest.MonkeyPatch) -> None:
    """Whoever wrote the number, ours is put over it."""

    def careless(facts: Facts, policy: Policy, found: Evidence, target: int) -> Any:
        return position._compare(facts, policy, target, found.why)

    patch.setattr(position, "_verdict", careless)


def orphans_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What a dead sender left is nobody's."""
    patch.setattr(Ledger, "orphans", lambda *_: [])


def open_feeds_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A SKU inside a feed that is under way is written to."""
    patch.setattr(cycle, "in_open_feeds", lambda *_: set())


def the_breaker_holds_nothing(patch: pytest.MonkeyPatch) -> None:
    """Every plan goes."""
    patch.setattr(gate.Gate, "judge", lambda *_: (None, False))


def a_held_plan_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Only what is new is judged, so that a held plan looks like none."""
    judging = gate.Gate.judge

    def of_the_new(self: gate.Gate, region: str, candidates: Sequence[StockPosition], live_skus: int) -> Any:
        return judging(self, region, [row for row in candidates if row.verdict == "push"], live_skus)

    patch.setattr(gate.Gate, "judge", of_the_new)


def a_word_covers_every_plan(patch: pytest.MonkeyPatch) -> None:
    """Once a person has let a plan go, all later ones go too."""
    judging = gate.Gate.judge

    def once_for_all(self: gate.Gate, region: str, *rest: Any) -> Any:
        last = self._ledger.last_hold(gate.scope_of(region))
        if last is not None and last.who not in (None, ITSELF):
            return None, False
        return judging(self, region, *rest)

    patch.setattr(gate.Gate, "judge", once_for_all)


def the_whole_attribute_is_replaced(patch: pytest.MonkeyPatch) -> None:
    """`replace` drops lead times."""
    making = feeds.quantity_patch
    patch.setattr("resources.amazon.quantity_patch", lambda quantity: {**making(quantity), "op": "replace"})


def a_report_is_enough_to_accuse(patch: pytest.MonkeyPatch) -> None:
    """A leak is told on the word of a report, which is as old as its request."""
    patch.setattr(cycle.PushCycle, "_read_again", lambda _self, _region, rows, *_: list(rows))


def one_reading_without_it_is_enough(patch: pytest.MonkeyPatch) -> None:
    """A product counts as gone at the first reading that lacks it."""
    patch.setattr(positions, "GONE", queries.GONE.replace("max(l.seen_at) <", "max(l.seen_at) <="))


def every_unmapped_sku_is_emptied(patch: pytest.MonkeyPatch) -> None:
    """What the shop does not know is taken off Amazon, whoever put it there."""

    def decide(facts: Facts, policy: Policy) -> Decision:
        if facts.map_status == "unmapped":
            facts = replace(facts, gone_since=facts.now)
        return position.decide(facts, policy)

    patch.setattr(positions, "decide", decide)
