"""Whatever happens to the effects of a subject, in whatever order: what must always be true of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_assets.contracts.errors import StoreError
from resources.clock import ManualClock
from resources.ledger import Effect, Ledger

pytest_plugins = ("tests.postgres",)

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Step = Callable[[Ledger, int, int], object]
STEPS: dict[str, Step] = {
    "begin": lambda ledger, effect_id, _: ledger.begin(effect_id),
    "applied": lambda ledger, effect_id, _: ledger.applied(effect_id, "sub", NINE),
    "verified": lambda ledger, effect_id, _: ledger.verified(effect_id),
    "rejected": lambda ledger, effect_id, _: ledger.rejected(effect_id, "400"),
    "unknown": lambda ledger, effect_id, _: ledger.unknown(effect_id, "timeout"),
    "held": lambda ledger, effect_id, _: ledger.held(effect_id, "breaker"),
    "release": lambda ledger, effect_id, _: ledger.release(effect_id),
    "resend": lambda ledger, effect_id, _: ledger.resend(effect_id),
    "supersede": lambda ledger, effect_id, other: ledger.supersede(effect_id, by=other),
}


@pytest.fixture
def file_ledger(empty_sqlite: Path, tmp_path: Path) -> Iterator[Ledger]:
    path = tmp_path / "ledger.db"
    copyfile(empty_sqlite, path)
    with Ledger(f"sqlite:///{path}", ManualClock(NINE)) as ledger:
        yield ledger


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["intend", "orphans", *STEPS]), st.integers(0, 3), st.integers(0, 3)),
        min_size=5,
        max_size=20,
    ),
)
def test_a_subject_keeps_its_order_whatever_is_done_to_it(
    file_ledger: Ledger, steps: list[tuple[str, int, int]]
) -> None:
    place = str(uuid.uuid4())  # of its own for each example: they share one ledger
    begun: list[int] = []
    for name, back, other in [("intend", 0, 0), *steps]:
        before = file_ledger.history("stock_push", place, "MUG-1")
        if name == "intend":
            file_ledger.intend("stock_push", place, "MUG-1", {"quantity": back}, "why", "test")
        elif name == "orphans":
            file_ledger.orphans("stock_push", place)
        else:
            chosen = before[back % len(before)]
            with suppress(StoreError):
                STEPS[name](file_ledger, chosen.effect_id, before[other % len(before)].effect_id)
                begun.extend([chosen.sequence] if name == "begin" else [])
        after = list(reversed(file_ledger.history("stock_push", place, "MUG-1")))
        assert_in_order(file_ledger, after)
        assert begun == sorted(begun)


def assert_in_order(ledger: Ledger, effects: list[Effect]) -> None:
    assert [effect.sequence for effect in effects] == list(range(1, len(effects) + 1))
    waiting = [effect.sequence for effect in effects if effect.state in ("intended", "held")]
    assert waiting in ([], [len(effects)]), "only the newest intention waits"
    assert sum(effect.state == "sent" for effect in effects) <= 1, "one call in flight at most"
    place = effects[0].region
    assert ledger.newest("stock_push", place) == {"MUG-1": effects[-1]}
    seen = [effect.effect_id for effect in effects if effect.state == "verified"]
    found = ledger.last_verified("stock_push", place)
    assert [verified.effect_id for verified in found.values()] == seen[-1:]
    for effect in effects:
        trail = [event.state for event in ledger.events(effect.effect_id)]
        assert (trail[0], trail[-1]) == ("intended", effect.state)
        assert trail.count("sent") == effect.attempts
