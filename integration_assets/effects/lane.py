"""One sender at a time for a kind and region: a wish that comes meanwhile is left with the one at work."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from integration_assets.contracts.errors import LeaseTaken
from resources import tenure
from resources.clock import Clock
from resources.ledger import Lease, Ledger

LEASE_SECONDS = 180.0
"""Longer than any attempt of a call can take, a new token included: it is renewed before each, whatever came before."""
RENEW_EVERY_SECONDS = 30.0
"""How old the lease may be when an attempt begins; to renew it before each of many quick ones would only cost time."""
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

    The doors renew the lease by themselves before each attempt of a call, however long they waited for their turn or
    were told to wait, so one piece of work may take several calls. `work` is given a function to call before each piece
    of work: it renews the lease, and raises LeaseTaken when another has taken it over.
    """
    wish = wish_cursor(kind, region)
    ledger.set_cursor(wish, uuid.uuid4().hex)
    taken = ""
    for _ in range(LEAVE_AFTER_TRIES):
        try:
            with (
                ledger.lease(f"{kind}/{region}", holder(), ttl=LEASE_SECONDS) as lease,
                tenure.under(partial(_keep, lease, clock)),
            ):
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


def _keep(lease: Lease, clock: Clock) -> None:
    """Renew a lease that is no longer fresh."""
    left = (lease.expires_at - clock.now()).total_seconds()
    if left < (LEASE_SECONDS - RENEW_EVERY_SECONDS) * clock.speed:
        lease.renew()


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
