"""Whether a SKU is being written in circles: more often than its stock really changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How many pushes of one SKU within the window are nobody's business, and how long the window is."""

    max_pushes: int = 12
    window_minutes: int = 60


def looping(pushes: int, stock_changes: int, limits: Limits) -> str | None:
    """Why one more push would be a loop, in plain words; None when it would not be.

    `pushes` and `stock_changes` are counts over the window; orders that took units are changes of stock too. A SKU that
    sells fast is written often and rightly. As the window moves on a loop is slowed down to its limit, not stopped for
    good, so stock that changes for real is still told.
    """
    if pushes < limits.max_pushes or pushes <= stock_changes:
        return None
    changes = "once" if stock_changes == 1 else f"{stock_changes} times"
    return (
        f"written {pushes} times in {limits.window_minutes} minutes while its stock changed {changes}: "
        f"something else writes it too, or writes what we write"
    )
