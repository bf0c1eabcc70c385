"""What must hold of every stock decision, whatever the facts: properties, and a shop that trades by the minute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import TypeVar

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from integration_assets.contracts.reconcile import DRIFT_CAUSES, VERDICTS
from integration_assets.rules.buffer import Buffer, kept_back
from integration_assets.rules.bundles import ComponentFact, sellable
from integration_assets.rules.evidence import Baseline, Missing, Sent, landed
from integration_assets.rules.holds import OrderFact, held_units
from integration_assets.rules.position import Facts, Newest, Policy, Release, decide
from tests.unit.stock_facts import minute, order

T = TypeVar("T")

TAKEOVER = minute(-10_000)
FACTS = settings(max_examples=40, deadline=None, derandomize=True)
TRADING = settings(max_examples=80, deadline=None, derandomize=True)
STATES = ("intended", "sent", "applied", "verified", "rejected", "unknown", "held", "superseded")
STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)

units = st.integers(0, 30)
minutes = st.integers(-60, 60)


@st.composite
def order_items(draw: st.DrawFn) -> OrderFact:
    ordered = draw(st.integers(0, 6))
    shipped = draw(st.integers(0, ordered))
    return order(
        draw(minutes),
        ordered,
        status=draw(st.sampled_from(STATUSES)),
        shipped=shipped,
        open_units=draw(st.integers(0, ordered - shipped)),
        imported_at=draw(st.none() | minutes),
        updated_at=draw(st.none() | minutes),
        fulfilled_by=draw(st.sampled_from(["MERCHANT", "MERCHANT", "MERCHANT", "AMAZON", None])),
        channel_name=draw(st.sampled_from(["AMAZON", "AMAZON", "AMAZON", "NON_AMAZON"])),
    )


buffers = st.builds(
    Buffer,
    units=st.integers(0, 5),
    percent=st.integers(0, 100),
    min_to_list=st.integers(0, 5),
    max=st.none() | units,
    floor=st.integers(0, 5),
)
some_orders = st.lists(order_items(), max_size=5)
components = st.lists(
    st.builds(
        ComponentFact,
        st.just("part"),
        st.integers(1, 4),
        st.none() | st.integers(-5, 40),
        st.booleans(),
        st.integers(0, 10),
        buffers,
    ),
    max_size=3,
)
baselines = st.builds(
    lambda quantity, at, took: Baseline(quantity, minute(at), minute(at + took)), units, minutes, st.integers(0, 10)
)
misses = st.builds(
    lambda at, took, gone: Missing(minute(at), minute(at + took), gone),
    minutes,
    st.integers(0, 40),
    st.integers(1, 9),
)


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    """Any facts at all, sensible or not."""
    return Facts(
        region="eu",
        seller_sku="MUG-1",
        now=minute(draw(st.integers(0, 120))),
        map_status=draw(st.sampled_from(["mapped", "mapped", "mapped", "unmapped", "case_twin"])),
        fulfillment=draw(st.sampled_from(["mfn", "mfn", "mfn", "fba", "mixed", "unknown"])),
        tracked=draw(st.sampled_from([True, True, True, False])),
        available=draw(st.none() | st.dictionaries(st.sampled_from(["Leeds", "Manchester"]), st.integers(-9, 40))),
        stock_read_at=draw(st.none() | minutes.map(minute)),
        orders=draw(some_orders),
        sku_orders=draw(some_orders),
        orders_read_at=draw(st.none() | minutes.map(minute)),
        takeover_at=draw(st.none() | minutes.map(minute)),
        components=draw(st.none() | components),
        presumed_elsewhere=draw(st.integers(0, 5)),
        share_percent=draw(st.integers(0, 150)),
        buffer=draw(buffers),
        never_push=draw(st.sampled_from([False, False, False, True])),
        baseline=draw(st.none() | baselines),
        ours=draw(st.lists(st.builds(lambda quantity, at: Sent(quantity, minute(at)), units, minutes), max_size=3)),
        missing=draw(st.lists(misses, max_size=3)),
        shown=draw(st.none() | units),
        shown_at=draw(st.none() | minutes.map(minute)),
        newest=draw(
            st.none() | st.builds(Newest, st.sampled_from(STATES), units, minutes.map(minute)),
        ),
        pushes_in_window=draw(st.integers(0, 20)),
        stock_changes_in_window=draw(st.integers(0, 20)),
        release=draw(
            st.none() | st.builds(Release, st.sampled_from(["restore", "accept"]), units, minutes.map(minute)),
        ),
    )


policies = st.builds(Policy, leak=st.sampled_from(["hold", "restore", "accept"]))
plain_facts = any_facts().map(
    lambda facts: replace(
        facts,
        map_status="mapped",
        fulfillment="mfn",
        tracked=True,
        never_push=False,
        components=None,
        available=facts.available or {"Leeds": 12},
        stock_read_at=facts.stock_read_at or minute(5),
    )
)


@FACTS
@given(any_facts(), policies)
def test_the_target_is_never_more_than_the_pool_less_holds_and_buffer(facts: Facts, policy: Policy) -> None:
    decision = decide(facts, policy)
    assert decision.verdict in VERDICTS
    assert decision.cause in ("", *DRIFT_CAUSES)
    assert decision.held_for_orders >= 0
    assert decision.presumed_sold >= 0
    if decision.target is None:
        assert decision.verdict == "excluded"
        return
    assert decision.verdict != "excluded"
    assert decision.target >= 0
    if facts.components is not None:
        free = sellable(facts.components)
        assert free is not None
    else:
        assert facts.available is not None
        held = held_units(facts.orders, stock_read_at=facts.stock_read_at, takeover_at=facts.takeover_at)
        free = sum(facts.available.values()) - held
    free -= decision.presumed_sold + facts.presumed_elsewhere
    assert decision.target <= max(0, free - facts.buffer.units)
    shared = max(0, free) * min(100, facts.share_percent) // 100
    assert decision.target <= max(0, shared - kept_back(facts.buffer, shared))
    assert facts.buffer.max is None or decision.target <= facts.buffer.max
    assert decision.target == 0 or decision.target >= min(facts.buffer.min_to_list, facts.buffer.max or 99)


@FACTS
@given(any_facts(), policies, st.sampled_from(["fba", "mixed", "unknown"]))
def test_a_sku_that_amazon_ships_never_gets_a_quantity(facts: Facts, policy: Policy, fulfillment: str) -> None:
    decision = decide(replace(facts, fulfillment=fulfillment), policy)
    assert (decision.verdict, decision.target) == ("excluded", None)


@FACTS
@given(any_facts(), policies)
def test_what_was_not_read_never_becomes_zero_stock(facts: Facts, policy: Policy) -> None:
    unread = replace(facts, available=None, components=None)
    assert decide(unread, policy).target is None


@FACTS
@given(any_facts(), policies)
def test_a_decision_to_do_nothing_is_never_made_with_a_push_in_it(facts: Facts, policy: Policy) -> None:
    decision = decide(facts, policy)
    if decision.verdict == "push":
        assert decision.target is not None
        assert decision.cause == "not_yet_pushed"
    if decision.verdict == "leak":
        assert policy.leak == "hold"
        assert decision.leak_units != 0
    if decision.verdict == "in_step":
        assert decision.cause == ""


@FACTS
@given(plain_facts, policies, st.integers(1, 20))
def test_more_stock_never_lowers_the_target(facts: Facts, policy: Policy, more: int) -> None:
    assert facts.available is not None
    richer = replace(facts, available={**facts.available, "Bristol": more})
    assert _target(richer, policy) >= _target(facts, policy)


@FACTS
@given(plain_facts, policies, order_items())
def test_an_order_for_another_sku_of_the_item_never_raises_the_target(
    facts: Facts, policy: Policy, item: OrderFact
) -> None:
    assert _target(replace(facts, orders=[*facts.orders, item]), policy) <= _target(facts, policy)


@FACTS
@given(plain_facts, policies, st.integers(-60, 60), st.integers(1, 6), st.sampled_from(["PENDING", "UNSHIPPED"]))
def test_an_order_of_its_own_that_the_shop_does_not_know_never_raises_the_target(
    facts: Facts, policy: Policy, at: int, sold: int, status: str
) -> None:
    item = order(at, sold, status=status)
    more = replace(facts, orders=[*facts.orders, item], sku_orders=[*facts.sku_orders, item])
    assert _target(more, policy) <= _target(facts, policy)


@FACTS
@given(plain_facts, policies, st.integers(0, 5), st.integers(1, 5))
def test_a_larger_buffer_or_presumption_never_raises_the_target(
    facts: Facts, policy: Policy, kept: int, more: int
) -> None:
    thinner = replace(facts, buffer=replace(facts.buffer, units=kept))
    thicker = replace(facts, buffer=replace(facts.buffer, units=kept + more))
    assert _target(thicker, policy) <= _target(thinner, policy)
    presumed = replace(facts, presumed_elsewhere=facts.presumed_elsewhere + more)
    assert _target(presumed, policy) <= _target(facts, policy)


@FACTS
@given(any_facts(), policies, st.randoms(use_true_random=False))
def test_the_sequence_of_orders_locations_and_components_does_not_matter(
    facts: Facts, policy: Policy, dice: Random
) -> None:
    mixed = replace(
        facts,
        available=None if facts.available is None else dict(_shuffled(facts.available.items(), dice)),
        components=None if facts.components is None else _shuffled(facts.components, dice),
        orders=_shuffled(facts.orders, dice),
        sku_orders=_shuffled(facts.sku_orders, dice),
    )
    before, after = decide(facts, policy), decide(mixed, policy)
    assert replace(after, reason="") == replace(before, reason="")


@FACTS
@given(
    st.integers(10, 60),
    st.lists(st.tuples(st.integers(2, 25), st.integers(1, 3), st.booleans()), max_size=8),
)
def test_a_sold_unit_comes_off_once_whether_its_order_is_known_or_not(
    quantity: int, sales: list[tuple[int, int, bool]]
) -> None:
    sold = sum(taken for _, taken, _ in sales)
    assume(sold <= quantity)
    known = [order(at, taken, status="PENDING") for at, taken, told in sales if told]
    decision = decide(
        Facts(
            region="eu",
            seller_sku="MUG-1",
            now=minute(29),
            available={"Leeds": quantity},
            stock_read_at=minute(28),
            takeover_at=TAKEOVER,
            orders=known,
            sku_orders=known,
            baseline=Baseline(quantity, minute(0), minute(1)),
            shown=quantity - sold,
            shown_at=minute(29),
        ),
        Policy(),
    )
    assert decision.held_for_orders + decision.presumed_sold == sold
    assert (decision.verdict, decision.target) == ("in_step", quantity - sold)


@FACTS
@given(plain_facts)
def test_what_was_pushed_and_seen_is_not_pushed_again(facts: Facts) -> None:
    policy = Policy(leak="restore", stale_after=timedelta(days=9))
    now = max(minute(60), facts.now)
    lately = [miss for miss in facts.missing if now - miss.seen_at < timedelta(minutes=25)][:1]
    facts = replace(facts, now=now, shown_at=now, orders_read_at=now, release=None, pushes_in_window=0, missing=lately)
    first = decide(facts, policy)
    assume(first.verdict == "push")
    assert first.target is not None
    seen_at = now + timedelta(minutes=1)
    again = decide(
        replace(
            facts,
            now=seen_at,
            orders_read_at=now,
            baseline=Baseline(first.target, now, seen_at),
            ours=(),
            missing=first.missing,
            shown=first.target,
            shown_at=seen_at,
            newest=Newest("verified", first.target, now),
        ),
        policy,
    )
    assert (again.verdict, again.target) == ("in_step", first.target)


def _shuffled(things: Iterable[T], dice: Random) -> list[T]:
    listed = list(things)
    return dice.sample(listed, k=len(listed))


def _target(facts: Facts, policy: Policy) -> int:
    target = decide(facts, policy).target
    assert target is not None
    return target


@dataclass
class Shop:
    """One SKU that sells on Amazon by the minute, its orders told late, its pushes applied late.

    Nobody but us writes Amazon's number, so whatever the delays, no leak may ever be seen.
    """

    on_hand: int
    told_after: int
    imported_after: int
    applied_after: int
    shown: int = 0
    sales: list[tuple[float, int]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    seen: list[Sent] = field(default_factory=list)
    baseline: Baseline | None = None
    missing: tuple[Missing, ...] = ()

    def sell(self, now: int, wanted: int) -> None:
        """Amazon sells half a minute before `now` what it shows, whether it is there or not."""
        taken = min(wanted, self.shown)
        if taken:
            self.shown -= taken
            self.sales.append((now - 0.5, taken))

    def apply(self, now: int) -> None:
        """Pushes land in the order they were sent, each after its time."""
        for push in self.sent:
            if push.sent_at == minute(now - self.applied_after):
                self.shown = push.quantity

    def known(self, now: float) -> list[OrderFact]:
        """The orders as they are known now: late, and in Shopify later still."""
        return [
            order(at, taken, imported_at=self._imported(at) if self._imported(at) <= now else None)
            for at, taken in self.sales
            if at + self.told_after <= now
        ]

    def counted(self, now: int) -> int:
        """Shopify's own count: less what was imported."""
        return self.on_hand - sum(taken for at, taken in self.sales if self._imported(at) <= now)

    def left(self) -> int:
        """Units that are really there and not sold."""
        return self.on_hand - sum(taken for _, taken in self.sales)

    def _imported(self, at: float) -> float:
        return at + self.told_after + self.imported_after

    def cycle(self, now: int) -> tuple[str, int, int]:
        """Read everything, settle the last push, decide, send: what was decided, and Amazon's number before it."""
        orders = self.known(now)
        self.read_back(now)
        newest = self.sent[-1] if self.sent else None
        seen = newest is not None and self.baseline is not None and self.baseline.sent_at == newest.sent_at
        state = "verified" if seen else "applied"
        decision = decide(
            Facts(
                region="eu",
                seller_sku="MUG-1",
                now=minute(now),
                available={"Leeds": self.counted(now)},
                stock_read_at=minute(now),
                takeover_at=TAKEOVER,
                orders=orders,
                sku_orders=orders,
                baseline=self.baseline,
                ours=self._lately(now),
                missing=self.missing,
                shown=self.shown,
                shown_at=minute(now),
                newest=None if newest is None else Newest(state, newest.quantity, newest.sent_at),
            ),
            Policy(),
        )
        self.missing = tuple(decision.missing)
        assert decision.target is not None
        if decision.verdict == "push":
            if self.baseline is None:  # what was read right before the first push is a number we saw
                self.baseline = Baseline(self.shown, minute(now - 0.3), minute(now - 0.2))
            self.sent.append(Sent(decision.target, minute(now)))
        return decision.verdict, decision.target, self.shown

    def _lately(self, now: int) -> list[Sent]:
        """What was sent within the last half hour and never seen."""
        return [push for push in self.sent if push.sent_at > minute(now - 30) and push not in self.seen]

    def read_back(self, now: float) -> None:
        """Settle the last push if Amazon's number proves that it was applied."""
        orders = self.known(now)
        newest = self.sent[-1] if self.sent else None
        if newest is None or self.baseline is None or self.baseline.sent_at == newest.sent_at:
            return
        earlier: list[Baseline | Sent] = [
            self.baseline,
            *(push for push in self.sent[:-1] if push.sent_at > self.baseline.sent_at),
        ]
        truly = newest.sent_at <= minute(now - self.applied_after)
        if truly and landed(newest, shown=self.shown, shown_at=minute(now), orders=orders, earlier=earlier):
            self.baseline = Baseline(newest.quantity, newest.sent_at, minute(now))
            self.seen.append(newest)


trading = st.lists(
    st.tuples(st.sampled_from([0, 0, 0, 1, 1, 2, 5]), st.sampled_from([0, 0, 0, 0, 0, 0, 3, -1])),
    min_size=5,
    max_size=60,
)


@TRADING
@given(trading, st.integers(0, 12), st.integers(0, 12), st.integers(1, 14))
def test_nobodys_leak_is_seen_and_all_comes_to_rest_however_late_things_are(
    days: list[tuple[int, int]], told_after: int, imported_after: int, applied_after: int
) -> None:
    shop = Shop(60, told_after, imported_after, applied_after)
    for now, (wanted, restocked) in enumerate(days, start=1):
        shop.on_hand += restocked
        shop.sell(now, wanted)
        shop.apply(now)
        assert shop.cycle(now)[0] != "leak"
    for now in range(len(days) + 1, len(days) + 91):
        shop.apply(now)
        assert now % 3 or shop.cycle(now)[0] != "leak"
    assert shop.cycle(len(days) + 91) == ("in_step", max(0, shop.left()), max(0, shop.left()))


@TRADING
@given(trading, st.integers(0, 12), st.integers(0, 12))
def test_nothing_is_promised_twice_when_pushes_are_applied_and_seen_at_once(
    days: list[tuple[int, int]], told_after: int, imported_after: int
) -> None:
    shop = Shop(60, told_after, imported_after, applied_after=0)
    for now, (wanted, restocked) in enumerate(days, start=1):
        shop.on_hand += restocked
        shop.sell(now, wanted)
        verdict, target, _ = shop.cycle(now)
        shop.apply(now)
        shop.read_back(now + 0.1)
        assert verdict != "leak"
        assert target <= max(0, shop.left())
