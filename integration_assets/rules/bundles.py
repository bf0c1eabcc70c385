"""How many bundles can be made of what their components have left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integration_assets.rules.buffer import Buffer, kept_back

NOTHING_KEPT = Buffer()


@dataclass(frozen=True, slots=True)
class ComponentFact:
    """A component of a bundle. `units` go into one bundle; `available` is its pool's count, None when unknown.

    `held` are the units of it that orders hold, its own and those of every bundle it is in. `buffer` is the component's
    own rule: what it keeps back is not for bundles either; its thresholds and cap speak of its own listing only.
    """

    name: str
    units: int
    available: int | None
    tracked: bool
    held: int = 0
    buffer: Buffer = NOTHING_KEPT


def sellable(components: Sequence[ComponentFact]) -> int | None:
    """Bundles that can be made: the least over the components. None when that cannot be known: never zero by default.

    A bundle without components, and one with a component that Shopify does not count or that was not read, is unknown.
    """
    least: int | None = None
    for component in components:
        if component.available is None or not component.tracked or component.units < 1:
            return None
        left = max(0, component.available - component.held)
        bundles = max(0, left - kept_back(component.buffer, left)) // component.units
        least = bundles if least is None else min(least, bundles)
    return least


def unknown_component(components: Sequence[ComponentFact]) -> str:
    """Why `sellable` has no answer, in plain words; empty when it has one."""
    if not components:
        return "Shopify does not say what the bundle is made of"
    for component in components:
        if not component.tracked:
            return f"Shopify does not count the component {component.name}"
        if component.available is None:
            return f"the stock of the component {component.name} was not read"
        if component.units < 1:
            return f"the bundle takes {component.units} units of {component.name}, expected 1 or more"
    return ""
