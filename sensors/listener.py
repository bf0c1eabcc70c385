"""The ear for Amazon's notifications: take from the queue, store, delete. Nothing is looked up or decided here.

A message is deleted only when it is on disk. If the process ends in between it comes again, and is known by its number.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from integration_assets.contracts.errors import ConfigurationError, InstepError, RemoteError, StoreError
from resources.clock import Clock
from resources.findings import finding, raise_all, report
from resources.ledger import Ledger
from resources.ledger_parts.records import Delivery
from resources.queues import LONGEST_WAIT_SECONDS, SET_ASIDE_SECONDS, QueueMessage
from sensors.order_notifications import Foreign, delivery_of

UNREADABLE = "notification_set_aside"
DEAF = "notifications_unread"
FORGOTTEN_AFTER = timedelta(seconds=SET_ASIDE_SECONDS + 3600)
"""A message that is set aside comes again sooner than this, if it is still there."""

NOTED_EVERY = timedelta(hours=1)
LOOKS_BETWEEN_REVIEWS = 180
"""Looks of up to twenty seconds: about an hour."""

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 120.0

log = logging.getLogger(__name__)


class Source(Protocol):
    """What the listener needs of a queue."""

    def receive(self, *, wait_seconds: int = 0) -> list[QueueMessage]:
        """Some messages; none when there are none after the wait."""
        ...

    def delete(self, messages: Sequence[QueueMessage]) -> int:
        """Delete them; how many were not."""
        ...

    def set_aside(self, messages: Sequence[QueueMessage]) -> int:
        """Put them out of sight; how many were not."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What one look at a queue came to."""

    received: int = 0
    stored: int = 0
    known: int = 0
    set_aside: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            self.received + other.received,
            self.stored + other.stored,
            self.known + other.known,
            self.set_aside + other.set_aside,
        )


@dataclass(frozen=True, slots=True)
class Ear:
    """A region account's queue, and whose orders are expected on it."""

    region: str
    seller_id: str
    source: Source
    ledger: Ledger
    clock: Clock

    def take(self, *, wait_seconds: int = 0) -> Taken:
        """Look once: store what is Amazon's word of an order, and only then delete it; set aside what is not.

        Raises as the queue does, and StoreError when the ledger cannot take it: then all of it comes again.
        """
        messages = self.source.receive(wait_seconds=wait_seconds)
        ours: dict[str, tuple[QueueMessage, Delivery]] = {}
        foreign: dict[str, tuple[QueueMessage, str]] = {}
        for message in messages:
            try:
                delivery = delivery_of(message.body, region=self.region, seller_id=self.seller_id)
                ours[message.message_id] = message, delivery
            except Foreign as error:
                foreign[message.message_id] = message, error.reason
        new = self.ledger.receive_many([delivery for _, delivery in ours.values()]) if ours else []
        self._note(foreign)
        left = self.source.delete([message for message, _ in ours.values()])
        left += self.source.set_aside([message for message, _ in foreign.values()])
        if left:
            log.info("%s messages on the queue of amazon.%s will come again.", left, self.region)
        return Taken(len(messages), sum(new), len(new) - sum(new), len(foreign))

    def heard(self) -> None:
        """The queue could be read: what was said against that is over, and notes that are old are closed."""
        report(self.ledger, DEAF, (), scope=self.region)
        now = self.clock.now()
        fresh = {
            each.identity
            for each in self.ledger.open_exceptions(UNREADABLE)
            if now - each.updated_at <= FORGOTTEN_AFTER * self.clock.speed
        }
        report(self.ledger, UNREADABLE, (), scope=f"{self.region}/", keep=fresh)

    def deaf(self, error: InstepError) -> None:
        """The queue cannot be read: a person is told, and the schedule finds changed orders meanwhile."""
        reason = str(error).rstrip(".")
        raise_all(self.ledger, DEAF, [finding(DEAF, self.region, {"region": self.region, "reason": reason})])

    def _note(self, foreign: Mapping[str, tuple[QueueMessage, str]]) -> None:
        """Tell of messages that are set aside, once for each reason, and once an hour of a reason that stays."""
        now = self.clock.now()
        noted = {
            each.identity
            for each in (self.ledger.open_exceptions(UNREADABLE) if foreign else ())
            if now - each.updated_at < NOTED_EVERY
        }
        newest = {f"{self.region}/{reason}": (message, reason) for message, reason in foreign.values()}
        found = [
            finding(
                UNREADABLE,
                identity,
                {
                    "region": self.region,
                    "reason": reason,
                    "message": message.message_id,
                    "characters": len(message.body),
                    "seen_at": now.isoformat(timespec="seconds"),
                },
            )
            for identity, (message, reason) in newest.items()
            if identity not in noted
        ]
        raise_all(self.ledger, UNREADABLE, found)


def nothing_to_hear(ledger: Ledger, region: str) -> None:
    """No queue is declared for the region account any more: what was said of one is over."""
    report(ledger, DEAF, (), scope=region)
    report(ledger, UNREADABLE, (), scope=f"{region}/")


def drain(ears: Sequence[Ear]) -> dict[str, Taken]:
    """Take everything that waits now; by region account. Raises the first error, after a person was told of it."""
    taken: dict[str, Taken] = {}
    for ear in ears:
        total = Taken()
        try:
            while (look := ear.take()).received:
                total += look
        except RemoteError as error:
            ear.deaf(error)
            raise
        ear.heard()
        taken[ear.region] = total
    return taken


def listen(
    ears: Sequence[Ear],
    *,
    tell: Callable[[str], None],
    pause: Callable[[float], None],
    goes_on: Callable[[], bool] = lambda: True,
    dice: random.Random | None = None,
) -> None:
    """Listen until told otherwise. An account whose queue fails is left alone for a while, longer each time.

    Raises ConfigurationError when a queue cannot be used at all from the start.
    """
    dice = dice or random.Random()
    wait = max(1, LONGEST_WAIT_SECONDS // len(ears))
    failures = dict.fromkeys((ear.region for ear in ears), 0)
    looks = dict(failures)
    while goes_on():
        for ear in ears:
            try:
                ear.take(wait_seconds=wait)
                if failures[ear.region] or looks[ear.region] % LOOKS_BETWEEN_REVIEWS == 0:
                    ear.heard()
                failures[ear.region] = 0
                looks[ear.region] += 1
            except InstepError as error:
                if isinstance(error, ConfigurationError) and not looks[ear.region]:
                    raise
                failures[ear.region] += 1
                tell(f"amazon.{ear.region}: {error}")
                if not isinstance(error, StoreError):
                    ear.deaf(error)
                longest = FIRST_PAUSE_SECONDS * 2 ** min(failures[ear.region], 10)
                pause(min(longest, LONGEST_PAUSE_SECONDS) * dice.uniform(0.5, 1.0))
