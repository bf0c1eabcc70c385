"""How much of the sellable stock is kept back, and why. Pure arithmetic in whole units; nothing is ever rounded up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from integration_assets.contracts.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Buffer:
    """What a channel may not promise. All counts in units, `percent` in whole percent of the sellable units.

    The larger of `units` and `percent` is kept back. With `floor` units or fewer sellable, and with fewer than
    `min_to_list` left to promise, nothing is promised. `max` caps what is shown; None shows all there is.
    """

    units: int = 0
    percent: int = 0
    min_to_list: int = 0
    max: int | None = None
    floor: int = 0

    def __post_init__(self) -> None:
        for name in ("units", "percent", "min_to_list", "max", "floor"):
            value = getattr(self, name)
            if value is not None and (value < 0 or (name == "percent" and value > 100)):
                expected = "0 to 100" if name == "percent" else "0 or more"
                raise ConfigurationError(f"buffer.{name} is {value}, expected {expected}", todo="Mend the buffer rule.")

    def told(self) -> str:
        """The rule in words, for the position's `buffer_rule`: `2 units kept back, at most 50 shown`."""
        kept = []
        if self.units or not self.percent:
            kept.append(_units(self.units))
        if self.percent:
            kept.append(f"{self.percent} %")
        parts = [f"{' or '.join(kept)} kept back" + (", whichever is more" if len(kept) > 1 else "")]
        if self.floor:
            parts.append(f"none shown at {_units(self.floor)} or fewer")
        if self.min_to_list:
            parts.append(f"none shown below {_units(self.min_to_list)}")
        if self.max is not None:
            parts.append(f"at most {_units(self.max)} shown")
        return ", ".join(parts)


class Promise(NamedTuple):
    """Units that may be shown, and what made them fewer than the sellable ones (empty when nothing did)."""

    target: int
    why: str


def promise(buffer: Buffer, sellable: int) -> Promise:
    """Units a channel may show of `sellable` units: never negative, never more than `sellable` less what is kept back.

    `sellable` is what is left of the pool's share once holds are taken off; negative stock is nothing to sell.
    """
    if sellable <= buffer.floor:
        if sellable <= 0:
            return Promise(0, "nothing to sell")
        return Promise(0, f"{_units(sellable)} sellable is at or under the floor of {buffer.floor}")
    kept = kept_back(buffer, sellable)
    left = sellable - kept
    if left <= 0:
        return Promise(0, f"all {sellable} sellable kept back by the buffer of {_units(kept)}")
    if left < buffer.min_to_list:
        return Promise(0, f"{_units(left)} left to promise, fewer than the {buffer.min_to_list} it takes to be shown")
    if buffer.max is not None and left > buffer.max:
        return Promise(buffer.max, f"{_units(left)} could be promised, capped at {buffer.max}")
    return Promise(left, f"{_units(kept)} kept back" if kept else "")


def kept_back(buffer: Buffer, sellable: int) -> int:
    """Units kept back of `sellable` ones, whatever the thresholds and the cap say; may be more than there are."""
    if buffer.percent:
        # A part of a unit is kept back whole: rounding the other way would promise it.
        return max(buffer.units, -(-sellable * buffer.percent // 100))
    return buffer.units


def _units(count: int) -> str:
    return "1 unit" if count == 1 else f"{count} units"
