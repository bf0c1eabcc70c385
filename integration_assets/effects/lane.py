"""One sender at a time for a kind and region: a wish that comes meanwhile is left with the one at work."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from integration_assets.contracts.errors import LeaseTaken
from resources.clock import Clock
from resources.ledger import Ledger

LEASE_SECONDS = 180.0
"""Longer than any call that writes can take, a second try with a new token included: it is renewed before each."""
LEAVE_AFTER_TRIES = 3
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LeftTo:
    """Another sender is at work and looks once more before it ends; `who` says which."""

    who: str


def in_turn(
    ledger: Ledger, clock: Clock, kind: str, region: str, work: Callable[[Callable[[], None]], T]
) -> T | LeftTo:
    """Do the work under the lease of the kind and region; again while somebody wished for it in the meantime.

    `work` is given a function to call before each call that writes: it renews the lease, and raises LeaseTaken when
    another has taken it over.
    """
    wish = wish_cursor(kind, region)
    ledger.set_cursor(wish, uuid.uuid4().hex)
    taken = ""
    for _ in range(LEAVE_AFTER_TRIES):
        try:
            with ledger.lease(f"{kind}/{region}", holder(), ttl=LEASE_SECONDS) as lease:
                while True:
                    granted = ledger.cursor(wish)
                    done = work(lease.renew)
                    if ledger.cursor(wish) == granted:
                        ledger.set_cursor(granted_cursor(kind, region), granted or "")
                        return done
        except LeaseTaken as error:
            taken = str(error)
            clock.sleep(1.0)
    return LeftTo(taken)


def wish_cursor(kind: str, region: str) -> str:
    """Name of the ledger cursor with the last wish for work of this kind in the region account."""
    return f"{kind}/{region}/wish"


def granted_cursor(kind: str, region: str) -> str:
    """Name of the ledger cursor with the last wish that was served."""
    return f"{kind}/{region}/granted"


def unserved(ledger: Ledger, kind: str, region: str) -> str | None:
    """The last wish, while nobody has served it."""
    wish = ledger.cursor(wish_cursor(kind, region))
    return None if wish is None or wish == ledger.cursor(granted_cursor(kind, region)) else wish


def holder() -> str:
    """A name for this thread of this process, as whoever holds a lease is called."""
    return f"{socket.gethostname()}/{os.getpid()}/{threading.get_ident()}"
