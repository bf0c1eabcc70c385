"""What the checks of `instep doctor` share: the line they answer with, and what they look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

from integration_assets.contracts.errors import ConfigurationError, InstepError
from resources.clock import Clock, SystemClock

if TYPE_CHECKING:
    from resources.connections import Connections
    from resources.ledger import Ledger
    from resources.operating_model import OperatingModel

State = Literal["ok", "warn", "fails"]
LONGEST_WAIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """What a check found, and what a person does about it. `is_configuration`: the fault lies in what they declared."""

    check: str
    state: State
    told: str
    todo: str = ""
    is_configuration: bool = False

    def as_document(self) -> dict[str, Any]:
        """The line for machines."""
        return {"check": self.check, "state": self.state, "told": self.told, "todo": self.todo}


def failed(check: str, told: str, todo: str = "", *, is_configuration: bool = False) -> Line:
    """A line for something that keeps the pipeline from working."""
    return Line(check, "fails", told, todo, is_configuration)


def from_error(check: str, error: InstepError) -> Line:
    """A line for an error that a door raised."""
    told = str(error).removesuffix(error.todo).rstrip()
    return failed(check, told, error.todo, is_configuration=isinstance(error, ConfigurationError))


class BriskClock:
    """Another clock's time, with short waits: a doctor tries a few times, and does not wait until all is well."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def speed(self) -> float:
        """The other clock's speed."""
        return self._clock.speed

    def now(self) -> datetime:
        """The other clock's present."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Wait, but never longer than a second on the wall."""
        self._clock.sleep(min(seconds, LONGEST_WAIT_SECONDS * self.speed))

    def monotonic(self) -> float:
        """The other clock's count of seconds."""
        return self._clock.monotonic()


class FreeTurns:
    """Turns without a limit, for the few calls of a doctor who finds no ledger that could hand them out."""

    def take(self, account: str, operation: str, rate: float, burst: float) -> float:  # noqa: ARG002 - the limiter's shape
        """No wait."""
        return 0.0

    def penalise(self, account: str, operation: str, seconds: float) -> None:
        """Nobody to tell."""


class Patient:
    """The installation under examination.

    `ledger` and `clock` are what the first checks found fit for the others. `clock` is the wall's until then; where a
    rehearsal's clock is out of reach `tells_time` stays False, because ages by another clock would mean nothing.
    """

    def __init__(self, model: OperatingModel, env: Mapping[str, str]) -> None:
        self.model = model
        self.env = env
        self.clock: Clock = SystemClock()
        self.tells_time = False
        self.ledger: Ledger | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.ledger is not None:
            self.ledger.close()

    @cached_property
    def now(self) -> datetime:
        """One moment for all ages."""
        return self.clock.now()

    def age(self, instant: datetime) -> float:
        """Seconds since then."""
        return max(0.0, (self.now - instant).total_seconds())

    def doors(self, *needs: str) -> Connections:
        """The connections, with the secrets under these keys only: one that is missing must not hide the rest."""
        from resources.connections import Connections

        return Connections(self.model, self.env, needs=needs, clock=BriskClock(self.clock))


Check = Callable[[Patient], Iterator[Line]]
