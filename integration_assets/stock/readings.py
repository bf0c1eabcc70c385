"""Asking Amazon what it shows for some SKUs, and keeping the answer: every reading is an observation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from integration_assets.contracts.amazon import AVAILABILITY, Availability
from integration_assets.contracts.errors import BadDocument
from resources.amazon import AmazonAccount
from resources.clock import Clock
from resources.warehouse import Warehouse

CHUNK = 20
"""SKUs that one searchListingsItems call reads."""
T = TypeVar("T")


def chunks(things: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The things in their order, `size` at a time."""
    for start in range(0, len(things), size):
        yield things[start : start + size]


def _nothing() -> None:
    """What a short walk does between two calls."""


class Readings:
    """Reads availability through one account and stores it."""

    def __init__(self, account: AmazonAccount, warehouse: Warehouse, clock: Clock) -> None:
        self._account = account
        self._warehouse = warehouse
        self._clock = clock

    def take(self, skus: Sequence[str], *, after_each: Callable[[], None] = _nothing) -> dict[str, Availability]:
        """What Amazon shows for these SKUs now; one it does not list is absent. Raises RemoteError, stores what it got.

        `after_each` is called between two calls: a long walk must keep its lease.
        """
        found: dict[str, Availability] = {}
        for some in chunks(list(dict.fromkeys(skus))):
            seen_at = self._clock.now()
            answer = self._ask(some)
            if answer:
                self._warehouse.observe(AVAILABILITY, answer, seen_at=seen_at, complete=False)
            found.update((row.seller_sku, row) for row in answer)
            after_each()
        return found

    def _ask(self, some: Sequence[str]) -> list[Availability]:
        """One call; where a single SKU's answer makes no sense, that SKU is left out and the others are asked again."""
        try:
            return self._account.search_availability(some)
        except BadDocument:
            if len(some) == 1:
                return []
            return [row for sku in some for row in self._ask([sku])]
