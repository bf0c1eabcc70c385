"""Each trouble opens one exception with its team and steps, and ends when a person does what the runbook says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from integration_assets.rules.exceptions import CATALOGUE
from resources.ledger import ExceptionRecord
from tests.system.stage import REGION, Stage, on_stage

JUG = "JUG-GLASS"
"""22 in Manchester, none in Leeds; 2 are kept back, so Amazon shows 20."""


def leak(stage: Stage) -> None:
    """Somebody types a number in Seller Central."""
    stage.edit(JUG, 43)


def restore(stage: Stage) -> None:
    """The runbook: `instep release --restore`, which notes what Amazon shows now and sends ours over it."""
    stage.ledger.set_baseline(REGION, JUG, stage.shows(JUG), "the repricer is off", "maria", "restore")


def oversell(stage: Stage) -> None:
    """A count finds less than nothing."""
    stage.count(JUG, "Manchester", -4)


def count_again(stage: Stage) -> None:
    """The runbook: count the product, there may be stock that Shopify does not know."""
    stage.count(JUG, "Manchester", 12)


def rename(stage: Stage) -> None:
    """Somebody changes the SKU in Shopify."""
    stage.variant(JUG).sku = "JUG-GLAS"


def rename_back(stage: Stage) -> None:
    """The runbook: give the variant the same SKU as on Amazon, letter by letter."""
    stage.variant("JUG-GLAS").sku = JUG


def stop_counting(stage: Stage) -> None:
    """Somebody switches `Track quantity` off."""
    stage.variant(JUG).tracked = False


def count_it(stage: Stage) -> None:
    """The runbook: switch it on."""
    stage.variant(JUG).tracked = True


def refuse(stage: Stage) -> None:
    """Amazon finds fault with the listing, and then its stock changes."""
    stage.service.rejected.add(JUG)
    stage.count(JUG, "Manchester", 15)


def mend_listing(stage: Stage) -> None:
    """The runbook: mend the listing; it is tried at once when its stock changes."""
    stage.service.rejected.discard(JUG)
    stage.count(JUG, "Manchester", 14)


@pytest.mark.parametrize(
    ("kind", "trouble", "remedy"),
    [
        ("ownership_leak", leak, restore),
        pytest.param("unmapped_sku", rename, rename_back, marks=pytest.mark.prove),
        pytest.param("oversold", oversell, count_again, marks=pytest.mark.prove),
        pytest.param("untracked_item", stop_counting, count_it, marks=pytest.mark.prove),
        pytest.param("push_rejected", refuse, mend_listing, marks=pytest.mark.prove),
    ],
)
def test_a_trouble_ends_when_the_runbook_is_followed(
    tmp_path: Path, kind: str, trouble: Callable[[Stage], None], remedy: Callable[[Stage], None]
) -> None:
    with on_stage(tmp_path) as stage:
        trouble(stage)
        looks(stage)
        [found] = of_the_jug(stage)
        entry = CATALOGUE[kind]
        assert (found.kind, found.team, found.severity) == (kind, entry.team, entry.severity)
        assert found.told == entry.tell(**found.facts)
        looks(stage)
        assert of_the_jug(stage)[0].exception_id == found.exception_id, "it opens once"
        remedy(stage)
        looks(stage)
        looks(stage)
        assert of_the_jug(stage) == []
        story = [step.event for step in stage.ledger.exception_story(kind, found.identity)]
        assert story == ["opened", "closed"]


def looks(stage: Stage) -> None:
    """A reconciliation, and the read-back that follows it."""
    stage.sync()
    stage.settle(minutes=20)


def of_the_jug(stage: Stage) -> list[ExceptionRecord]:
    return [record for record in stage.ledger.open_exceptions() if record.identity == f"{REGION}/{JUG}"]
