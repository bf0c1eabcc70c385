"""What Amazon should show for one SKU, and what to do about what it shows. Every push goes through `decide`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from integration_assets.rules import bundles, evidence, loops
from integration_assets.rules.buffer import Buffer, promise
from integration_assets.rules.bundles import ComponentFact
from integration_assets.rules.evidence import Baseline, Evidence, Missing, Sent
from integration_assets.rules.holds import OrderFact, held_units

LeakPolicy = Literal["hold", "restore", "accept"]
Verdict = Literal["in_step", "push", "waiting", "leak", "excluded"]
Cause = Literal[
    "",
    "not_yet_pushed",
    "in_flight",
    "push_rejected",
    "accepted_not_applied",
    "ownership_leak",
    "unmapped",
    "breaker_held",
    "loop_held",
]

OPEN_STATES: Final = frozenset({"intended", "held", "sent", "applied", "unknown"})
MAY_STILL_LAND: Final = frozenset({"sent", "applied", "unknown"})
MINUTES_BEFORE_ACCEPTANCE: Final = timedelta(minutes=15)
"""A person accepts a number read a while ago; what was sold meanwhile may or may not be in it."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest push of a SKU: its state in the ledger, the units it carries, when it was decided and last sent.

    `sent_at` is None while no call was made that Amazon may have carried out.
    """

    state: str
    quantity: int
    decided_at: datetime
    sent_at: datetime | None = None

    @property
    def may_still_land(self) -> bool:
        """Whether Amazon may still apply it: also when it is intended once more after a call whose end is not known."""
        return self.state in MAY_STILL_LAND or (self.state == "intended" and self.sent_at is not None)


@dataclass(frozen=True, slots=True)
class Release:
    """A person's word on a held SKU: `restore` our number once, or `accept` the `quantity` Amazon shows."""

    kind: Literal["restore", "accept"]
    quantity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operating model says for every SKU.

    `stale_after`: a stock reading older than this may lower what Amazon shows, never raise it. `retry_rejected_after`:
    how long a quantity that Amazon refused is left alone; one that lowers what it shows, not as long.
    """

    leak: LeakPolicy = "hold"
    explain_within: timedelta = timedelta(minutes=30)
    read_back_within: timedelta = timedelta(minutes=15)
    loop: loops.Limits = field(default_factory=loops.Limits)
    stale_after: timedelta = timedelta(hours=24)
    retry_rejected_after: timedelta = timedelta(hours=6)
    retry_refused_decrease_after: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of one SKU in one region account. Quantities in units, instants in UTC.

    `available`: units by pool location, None where unread; empty where no pool location stocks it. `stock_read_at`:
    when the oldest of these readings was begun. `orders`: the order items that draw on the inventory item, from every
    SKU, region and bundle, in units of the item. `sku_orders`: those of this SKU in this region, in units of the SKU.
    `components`: what a bundle is made of; None for what is not a bundle. `orders_read_at`: when the region's orders
    were last read, None for `now`. `gone_since`: when the shop was first seen without the variant whose stock we last
    sent for the SKU; None while it is there, and where nothing was ever sent. `baseline`: the last quantity of ours
    that was verified. `seen`: the last reading that nothing was odd about, ours or not. `presumed_elsewhere`: units of
    the same item that other SKUs' evidence presumes sold.
    """

    region: str
    seller_sku: str
    now: datetime
    map_status: str = "mapped"
    map_reason: str = ""
    gone_since: datetime | None = None
    fulfillment: str = "mfn"
    tracked: bool = True
    available: Mapping[str, int] | None = None
    stock_read_at: datetime | None = None
    orders: Sequence[OrderFact] = ()
    sku_orders: Sequence[OrderFact] = ()
    orders_read_at: datetime | None = None
    takeover_at: datetime | None = None
    components: Sequence[ComponentFact] | None = None
    presumed_elsewhere: int = 0
    share_percent: int = 100
    buffer: Buffer = bundles.NOTHING_KEPT
    buffer_told: str = ""
    never_push: bool = False
    baseline: Baseline | None = None
    seen: Baseline | None = None
    ours: Sequence[Sent] = ()
    missing: Sequence[Missing] = ()
    shown: int | None = None
    shown_at: datetime | None = None
    newest: Newest | None = None
    pushes_in_window: int = 0
    stock_changes_in_window: int = 0
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What Amazon should show, and what to do.

    `target` is None where nothing may be sent. `cause` says why Amazon's number is not the target, empty where it is.
    `missing` is for the caller to remember and hand back. `explained`: nothing is odd about what Amazon shows and no
    push is in the air, so the reading can be `seen` next time. `oversold` are the units that orders need beyond the
    pool.
    """

    target: int | None
    verdict: Verdict
    cause: Cause
    reason: str
    held_for_orders: int = 0
    presumed_sold: int = 0
    leak_units: int = 0
    oversold: int = 0
    missing: Sequence[Missing] = ()
    explained: bool = False

    @property
    def missing_since(self) -> datetime | None:
        """When the oldest unit that is still missing on Amazon was first missed."""
        return min((miss.seen_at for miss in self.missing), default=None)


@dataclass(frozen=True, slots=True)
class _Pool:
    """What the pool has for the SKU: units counted, units held by orders, and how the count came about."""

    counted: int
    held: int
    told: str


def decide(facts: Facts, policy: Policy) -> Decision:
    """Decide one SKU.

    The target is never negative, never more than the pool has after holds and buffer, and there is none for a SKU that
    Amazon ships, that is not surely mapped, or whose stock is not known: a failed read is never zero stock. Where we
    put stock on Amazon and the shop has no such variant any more, we take it off again.
    """
    barred = _barred(facts)
    if barred:
        unmapped = facts.fulfillment == "mfn" and facts.map_status != "mapped"
        cause: Cause = "unmapped" if unmapped else ""
        return Decision(None, "excluded", cause, barred, missing=facts.missing)
    pool = _pool(facts)
    if isinstance(pool, str):
        return Decision(None, "excluded", "", pool, missing=facts.missing)
    found = evidence_of(facts, policy)
    presumed = found.presumed_sold + facts.presumed_elsewhere
    free = pool.counted - pool.held - presumed
    share = min(facts.share_percent, 100)  # no account promises more than there is
    promised = promise(facts.buffer, max(0, free) * share // 100)
    told = pool.told
    if pool.held:
        told += f", {pool.held} held for orders"
    if presumed:
        told += f", {presumed} presumed sold"
    if share != 100:
        told += f", {share} % of it for this account"
    if promised.why:
        told += f", {promised.why}"
        if facts.buffer_told:
            told += f" ({facts.buffer_told})"
    verdict, cause, why = _verdict(facts, policy, found, promised.target)
    return Decision(
        promised.target,
        verdict,
        cause,
        f"{told}: {promised.target} to show; {why}",
        pool.held,
        found.presumed_sold,
        found.leak_units,
        -free if free < 0 else 0,
        (*found.missing, *(found.overwritten if policy.leak == "hold" else ())),
        # While a push is in the air, a reading before it is applied must not become what the next is measured against.
        found.verdict in ("explained", "no_baseline") and not facts.ours,
    )


def evidence_of(facts: Facts, policy: Policy) -> Evidence:
    """What Amazon's own number says of this SKU. `decide` asks it too; ask it first for SKUs that share an item."""
    return evidence.read(
        baseline=_compared_with(facts),
        ours=facts.ours,
        shown=facts.shown,
        shown_at=facts.shown_at,
        orders=facts.sku_orders,
        missing=facts.missing,
        orders_read_at=facts.now if facts.orders_read_at is None else facts.orders_read_at,
        explain_within=policy.explain_within,
        settled_at=facts.release.at if facts.release else None,
    )


def _barred(facts: Facts) -> str:
    """Why no quantity may be sent for the SKU at all; empty when one may."""
    if facts.fulfillment == "fba":
        return "Amazon ships it: its stock is Amazon's, and a quantity is never sent"
    if facts.fulfillment == "mixed":
        return "the offer is both merchant's and Amazon's: a quantity could turn Amazon's part into the merchant's"
    if facts.fulfillment != "mfn":
        return "Amazon does not say who ships it"
    if facts.map_status != "mapped" and facts.gone_since is None:
        return facts.map_reason or f"the SKU is {facts.map_status}"
    if facts.never_push:
        return "the operating model says that its quantity is never pushed"
    return ""


def _pool(facts: Facts) -> _Pool | str:
    """Add up the pool, or say in words why it is not known. Of what left the shop there is nothing to sell."""
    if facts.gone_since is not None:
        return _Pool(0, 0, f"gone from Shopify since {_at(facts.gone_since)}")
    if facts.components is not None:
        return _bundle_pool(facts, facts.components)
    if not facts.tracked:
        return "Shopify does not count its stock"
    if facts.available is None or facts.stock_read_at is None:
        return "its stock was not read"
    counted = sum(facts.available.values())
    held = 0
    if facts.orders:
        held = held_units(facts.orders, stock_read_at=facts.stock_read_at, takeover_at=facts.takeover_at)
    if not facts.available:
        return _Pool(counted, held, "no location of the pool stocks it")
    if len(facts.available) == 1:
        return _Pool(counted, held, f"{counted} available")
    places = ", ".join([f"{name} {units}" for name, units in sorted(facts.available.items())])
    return _Pool(counted, held, f"{counted} available ({places})")


def _bundle_pool(facts: Facts, components: Sequence[ComponentFact]) -> _Pool | str:
    """Bundles that can be made now, and how many more there would be without the orders that hold components."""
    unknown = bundles.unknown_component(components)
    left = bundles.sellable(components)
    if unknown or left is None:
        return unknown
    if facts.stock_read_at is None:
        return "the stock of its components was not read"
    whole = bundles.sellable(
        [ComponentFact(one.name, one.units, one.available, one.tracked, 0, one.buffer) for one in components]
    )
    return _Pool(whole or 0, (whole or 0) - left, f"{whole} can be made of its components")


def _compared_with(facts: Facts) -> Baseline | None:
    """The number Amazon's is measured against: the last one verified, seen in order, or accepted by a person."""
    release, baseline, seen = facts.release, facts.baseline, facts.seen
    if baseline is None or (seen is not None and seen.verified_at > baseline.verified_at):
        baseline = seen
    if release is None or release.kind != "accept" or (baseline is not None and baseline.verified_at >= release.at):
        return baseline
    return Baseline(release.quantity, release.at - MINUTES_BEFORE_ACCEPTANCE, release.at)


def _verdict(facts: Facts, policy: Policy, found: Evidence, target: int) -> tuple[Verdict, Cause, str]:
    """What to do about the target, why Amazon's number differs from it, and the reason in words."""
    released = _released(facts)
    if found.verdict == "leak" and released != "restore":
        if policy.leak == "hold":
            return "leak", "ownership_leak", f"{_shows(facts, found.why)}: somebody else wrote it, held for a person"
        if policy.leak == "accept" and _unmoved(facts, target):
            return "in_step", "", f"{_shows(facts, found.why)}: accepted until the target itself changes"
    if released == "accept" and _unmoved(facts, target):
        return "in_step", "", f"{_shows(facts, _accepted(facts))} until the target itself changes"
    return _compare(facts, policy, target, found.why)


def _released(facts: Facts) -> str:
    """The kind of a person's word that nothing of ours has followed yet; empty when there is none."""
    release, baseline, newest = facts.release, facts.baseline, facts.newest
    if release is None or (baseline is not None and baseline.verified_at >= release.at):
        return ""
    # Restoring goes on until Amazon's number is in order again; accepting ends with the next thing we decide.
    if release.kind == "restore" and facts.seen is not None and facts.seen.verified_at >= release.at:
        return ""
    if release.kind == "accept" and newest is not None and newest.decided_at > release.at:
        return ""
    return release.kind


def _unmoved(facts: Facts, target: int) -> bool:
    """Whether the target is still the one of our last verified push, less what Amazon itself sold since."""
    if facts.baseline is None or (facts.newest is not None and facts.newest.state in MAY_STILL_LAND):
        return False
    return target in evidence.expected_target(facts.baseline, facts.now, facts.sku_orders)


def _compare(facts: Facts, policy: Policy, target: int, why: str) -> tuple[Verdict, Cause, str]:
    """Compare the target with what Amazon shows and with what is on its way."""
    shown, newest = _shown(facts), facts.newest
    shows = _shows(facts, why)
    landing = ""
    if newest is not None and newest.may_still_land and newest.quantity != target:
        # 5 -> 4 -> 5: Amazon still shows 5, but the 4 on its way would come after it.
        landing = f", and the {newest.quantity} decided at {_at(newest.decided_at)} may still be applied"
    elif shown == target or (shown is None and facts.shown_at is not None and target == 0):
        return "in_step", "", shows
    elif newest is not None and newest.quantity == target and _still_to_come(facts, newest):
        return _waiting(facts, policy, newest, shows)
    put_back = newest is not None and newest.quantity == target and newest.state == "intended"
    if not put_back:  # else it was asked all this when it was decided, and calls that did nothing are no loop
        refused = _refused(facts, policy, target)
        if refused:
            return "waiting", "push_rejected", f"{shows}; {refused}"
        loop = loops.looping(facts.pushes_in_window, facts.stock_changes_in_window, policy.loop)
        if loop and not _let_go(facts):
            return "waiting", "loop_held", f"{shows}; {loop}"
    if target > (shown or 0) and _orders_unread(facts, policy):
        return "waiting", "not_yet_pushed", f"{shows}; Amazon's orders have not been read lately, so it is not raised"
    if _stale(facts, policy) and target > (shown or 0):
        return "waiting", "not_yet_pushed", f"{shows}; the stock reading is too old to raise it"
    if newest is not None and put_back:
        landing = f"; the push decided at {_at(newest.decided_at)} is about to be sent"
    return "push", "not_yet_pushed", f"{shows}{landing}"


def _still_to_come(facts: Facts, newest: Newest) -> bool:
    """Whether the newest push is under way; one that is held or stuck is over once a person asks for our number."""
    if newest.state in ("held", "applied", "unknown") and _let_go(facts):
        return False
    return newest.state in OPEN_STATES and newest.state != "intended"


def _waiting(facts: Facts, policy: Policy, newest: Newest, shows: str) -> tuple[Verdict, Cause, str]:
    """The same target is already on its way: say how far it has come."""
    decided = f"decided at {_at(newest.decided_at)}"
    if newest.state == "held":
        return "waiting", "breaker_held", f"{shows}; the push {decided} is held for a person"
    if newest.state == "unknown":
        return "waiting", "in_flight", f"{shows}; whether the push {decided} was applied is not known yet"
    if newest.state == "applied" and facts.now - (newest.sent_at or newest.decided_at) > policy.read_back_within:
        return "waiting", "accepted_not_applied", f"{shows}; Amazon accepted the push {decided} and has not applied it"
    return "waiting", "in_flight", f"{shows}; the push {decided} is on its way"


def _shows(facts: Facts, why: str) -> str:
    shown = _shown(facts)
    told = f"Amazon shows {'no quantity' if shown is None else shown}"
    return f"{told}; {why}" if why else told


def _shown(facts: Facts) -> int | None:
    """What Amazon shows by the youngest word: a reading from before our last verification is older than that."""
    baseline = facts.baseline
    if baseline is not None and facts.shown_at is not None and facts.shown_at < baseline.verified_at:
        return baseline.quantity
    return facts.shown


def _refused(facts: Facts, policy: Policy, target: int) -> str:
    """Why the same quantity is not sent again after Amazon refused it; empty when it may be."""
    newest = facts.newest
    if newest is None or newest.state != "rejected" or newest.quantity != target or _let_go(facts):
        return ""
    # A refusal may be an outage in disguise: what shows too much cannot wait as long as what shows too little.
    too_much = facts.shown is not None and facts.shown > target
    again_at = newest.decided_at + (policy.retry_refused_decrease_after if too_much else policy.retry_rejected_after)
    if facts.now >= again_at:
        return ""
    return f"Amazon refused the push decided at {_at(newest.decided_at)}; it is tried again at {_at(again_at)}"


def _let_go(facts: Facts) -> bool:
    """Whether a person has asked for our number since the newest push was decided."""
    release, newest = facts.release, facts.newest
    return release is not None and release.kind == "restore" and (newest is None or release.at > newest.decided_at)


def _orders_unread(facts: Facts, policy: Policy) -> bool:
    return facts.orders_read_at is not None and facts.now - facts.orders_read_at > policy.stale_after


def _stale(facts: Facts, policy: Policy) -> bool:
    return facts.stock_read_at is None or facts.now - facts.stock_read_at > policy.stale_after


def _accepted(facts: Facts) -> str:
    release = facts.release
    return "" if release is None else f"a person accepted {release.quantity} at {_at(release.at)}"


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
