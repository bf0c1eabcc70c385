"""Whoever works outside under a lease shows, before each attempt of a call, that it still has it.

A call may wait long for its turn, and one piece of work may need several calls. Between them the lease could run out
and another sender take over; what was about to be sent must then not leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_KEEP: ContextVar[Callable[[], None] | None] = ContextVar("keep", default=None)


@contextmanager
def under(keep: Callable[[], None]) -> Iterator[None]:
    """Until the end of the block, `keep` is called before each attempt of a call that this thread makes."""
    token = _KEEP.set(keep)
    try:
        yield
    finally:
        _KEEP.reset(token)


def keep() -> None:
    """Hold on to the lease that the work is done under, if there is one. Raises LeaseTaken when it was lost."""
    held = _KEEP.get()
    if held is not None:
        held()
