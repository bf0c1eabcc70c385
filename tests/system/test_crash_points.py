"""The push engine, killed at every commit and every call, with an Amazon that answers late, wrongly or not at all.

What must be so after every story stands in `simulator.py`: each number is the target or a person was told, nothing is
left half-way, nothing went out without a row, a lease and a look, never too much, never to Amazon's own offers.
"""

from __future__ import annotations

import random

import pytest

from tests.system import mutants
from tests.system.mutants import Break
from tests.system.simulator import Ground, simulate

SHORTEST = 60
"""Moments that any story has."""
MOST_STORIES = 8


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("simulator"))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.prove) for seed in (1, 2))])
def test_a_story_of_faults_ends_well(ground: Ground, seed: int) -> None:
    assert simulate(ground, seed).wrong == []


@pytest.mark.parametrize("part", [0.75, *(pytest.param(part, marks=pytest.mark.prove) for part in (0.15, 0.35, 0.55))])
def test_a_death_in_the_middle_of_it_is_made_good(ground: Ground, part: float) -> None:
    moments = 200
    told = simulate(ground, 4, [int(moments * part)])
    assert (told.deaths, told.wrong) == (1, [])


@pytest.mark.prove
def test_two_deaths_one_in_the_recovery_from_the_other_are_made_good(ground: Ground) -> None:
    told = simulate(ground, 5, [60, 75])
    assert (told.deaths, told.wrong) == (2, [])


@pytest.mark.prove
@pytest.mark.parametrize("seed", [100, 101])
def test_a_death_at_any_moment_is_made_good(ground: Ground, seed: int) -> None:
    whole = simulate(ground, seed, turns=2)
    assert whole.wrong == []
    bad = {}
    for moment in range(1, len(whole.moments) + 1):
        if wrong := simulate(ground, seed, [moment], turns=2).wrong:
            bad[moment] = (whole.moments[moment - 1], wrong)
    assert bad == {}


@pytest.mark.prove
@pytest.mark.parametrize("batch", range(4))
def test_random_faults_and_pairs_of_deaths_are_made_good(ground: Ground, batch: int) -> None:
    dice = random.Random(f"pairs {batch}")
    bad = {}
    for _ in range(40):
        seed, deadly = dice.randrange(10**6), dice.sample(range(1, 5 * SHORTEST), 2)
        if wrong := simulate(ground, seed, deadly).wrong:
            bad[seed] = (deadly, wrong)
    assert bad == {}


@pytest.mark.prove
@pytest.mark.parametrize(
    ("broken", "found"),
    [
        (mutants.acknowledged_before_the_call, "is called for while the ledger's newest row of it is ('applied'"),
        (mutants.called_before_it_is_written_down, "is called for while the ledger's newest row of it is ('intended'"),
        (mutants.orders_hold_nothing, "may be promised"),
        (mutants.the_buffer_is_forgotten, "may be promised"),
        (mutants.nobody_looks_before_sending, "sent without a look at what Amazon shows"),
        (mutants.what_is_in_doubt_is_sent_again_unasked, "sent without a look at what Amazon shows"),
        (mutants.what_waits_is_sent_whatever_is_wanted_now, "may be promised"),
        (mutants.the_lease_is_ignored, "is called for without a lease"),
        (mutants.acceptance_is_believed, "called verified without a reading"),
        (mutants.the_value_is_the_key, "and no exception says so"),
        (mutants.unread_stock_is_zero, "for an item whose stock was never read"),
        (mutants.anybodys_offer_is_ours, "a quantity for an offer that Amazon ships"),
        (mutants.it_is_tried_for_ever, "no rest after 14 runs"),
        (mutants.missing_units_are_not_presumed_sold, "may be promised"),
        (mutants.leaks_are_overwritten, "that somebody typed"),
        (mutants.open_feeds_are_forgotten, "sent while a feed carries it"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_a_fault_in_the_product_is_caught(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, broken: Break, found: str
) -> None:
    broken(monkeypatch)
    for seed in range(MOST_STORIES):
        if any(found in wrong for wrong in simulate(ground, seed, to_the_end=False).wrong):
            return
    pytest.fail(f"{MOST_STORIES} stories did not notice it")


@pytest.mark.prove
def test_a_recovery_that_forgets_what_was_under_way_is_caught(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = simulate(ground, 0).moments
    begun = next(number for number, name in enumerate(whole, 1) if name.startswith("patchListingsItem A"))
    mutants.orphans_are_forgotten(monkeypatch)
    told = simulate(ground, 0, [begun])
    assert any("is left sent" in wrong for wrong in told.wrong)
