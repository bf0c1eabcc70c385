"""What a kind of effect must be able to do to be carried out: send, and look whether it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, runtime_checkable

from integration_assets.contracts.errors import Rejected
from resources.ledger_parts.records import Effect

FIRST_LOOK = timedelta(seconds=30)
"""How long after a yes that proves nothing the far side is first looked at."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The far side's yes: its own name for the change, and what it said.

    `proven` says that the answer itself shows the new state, so there is nothing to read back; otherwise the far side
    is looked at after `look_after`.
    """

    reference: str | None = None
    detail: str = "accepted"
    proven: bool = False
    look_after: timedelta = FIRST_LOOK


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at the far side showed of an effect, in words too.

    `there`: it was done. `not_there`: it was not, so it may be sent again. `later`: it cannot be told yet.
    `refused`: the far side has said no in the meantime.
    """

    verdict: Literal["there", "not_there", "later", "refused"]
    detail: str
    reference: str | None = None


class Kind(Protocol):
    """One kind of effect.

    `kind` is its name in the ledger. `once` says that it stands for a business event, which happens once per subject
    and never again; a kind without it sets a value, which may be set anew.
    """

    @property
    def kind(self) -> str:
        """Its name in the ledger, such as `order_import`."""

    @property
    def once(self) -> bool:
        """Whether a subject that was seen to is never seen to again."""


@runtime_checkable
class Errand(Kind, Protocol):
    """A kind whose effects are sent one by one."""

    def send(self, effect: Effect) -> Receipt:
        """Make the one call. Raises Rejected, Throttled, Unavailable or UnknownOutcome, each for what it says."""

    def look(self, effect: Effect) -> Sight:
        """Ask the far side by the effect's natural key. Raises RemoteError or DataError when it cannot be told."""


@runtime_checkable
class BatchErrand(Kind, Protocol):
    """A kind of which one call carries up to `at_once` effects, each with an answer of its own."""

    @property
    def at_once(self) -> int:
        """The most effects in a call."""

    def send_all(self, effects: Sequence[Effect]) -> Mapping[int, Receipt | Rejected]:
        """Make one call; the answer by effect id, none left out. What it raises is true of all of them."""

    def look_all(self, effects: Sequence[Effect]) -> Mapping[int, Sight]:
        """Ask the far side about all of them; one that is left out cannot be told yet. Raises as `Errand.look`."""
