"""Orders that could not be read are asked for again, some at a time, until they can be or are gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from integration_assets.orders.unreadable import ASKED_AT_ONCE, ON_AMAZON, Looked, SetAside
from resources.ledger import Ledger
from tests.unit.shopify_answers import manual_clock


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", manual_clock()) as ledger:
        ledger.migrate()
        yield ledger


def test_what_cannot_be_read_is_named_once_and_forgotten_when_it_can(ledger: Ledger) -> None:
    aside = SetAside(ledger, ON_AMAZON, "eu/")
    aside.keep({"203-1": "no id", "203-2": "no sense."})
    SetAside(ledger, ON_AMAZON, "na/").keep({"113-1": "no sense"})
    assert aside.names() == ["203-1", "203-2"]
    aside.close({"203-2": "no sense"})
    assert (aside.names(), SetAside(ledger, ON_AMAZON, "na/").names()) == (["203-2"], ["113-1"])
    [told] = [one.told for one in ledger.open_exceptions(ON_AMAZON) if one.identity == "eu/203-2"]
    assert told.endswith("What was wrong: no sense.")


def test_many_are_asked_for_in_turns_and_those_whose_turn_is_later_stay(ledger: Ledger) -> None:
    aside = SetAside(ledger, ON_AMAZON, "eu/")
    names = [f"203-{number:03}" for number in range(ASKED_AT_ONCE * 2 + 3)]
    aside.keep(dict.fromkeys(names, "no sense"))
    asked: list[str] = []

    def look(some: Sequence[str]) -> Looked[str]:
        assert len(some) == ASKED_AT_ONCE
        asked.extend(some)
        return Looked((), dict.fromkeys(some, "no sense"))

    for _ in range(3):
        looked = aside.again([], look)
        assert set(looked.unreadable) == set(names)
    assert set(asked) == set(names)


def test_what_a_reading_brought_anyway_is_not_asked_for(ledger: Ledger) -> None:
    aside = SetAside(ledger, ON_AMAZON, "eu/")
    aside.keep({"203-1": "no sense"})

    def look(some: Sequence[str]) -> Looked[str]:
        raise AssertionError(some)

    assert aside.again(["203-1"], look) == Looked((), {})
