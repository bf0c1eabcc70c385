"""What the resolvers of one call share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.faults import fault_for
from sandbox.shopify.indexes import Indexes
from sandbox.shopify.state import ServiceState
from sandbox.world import Fault, World

CONTENT_FAULTS = frozenset(
    {
        "invalid",
        "never_applied",
        "empty_snapshot",
        "half_snapshot",
        "repeated_page",
        "protected_fields",
        "no_deduplication",
        "concurrent_key",
        "search_lag",
    }
)
"""Faults that change what an answer says, not whether it comes."""


@dataclass
class Context:
    """One call: the world, who asks, what goes wrong, and what the call did. Used under the world's lock only."""

    world: World
    state: ServiceState
    scopes: frozenset[str]
    base_url: str
    version: str
    operation: str
    variables: dict[str, Any]
    """As sent, with the defaults of those that were not."""
    faults: dict[str, Fault] = field(default_factory=dict)
    path: list[str | int] = field(default_factory=list)
    """Response path of the connection being answered."""
    search: list[dict[str, Any]] = field(default_factory=list)
    """Entries for extensions.search."""
    effects: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)

    @property
    def indexes(self) -> Indexes:
        """Sorted ids of the shop's records."""
        return self.state.indexes

    @property
    def now(self) -> datetime:
        """The sandbox's present."""
        return self.world.now()

    @property
    def in_list(self) -> bool:
        """Whether the connection being answered belongs to one of many objects."""
        return any(isinstance(step, int) for step in self.path)

    def fault(self, kind: str) -> Fault | None:
        """The fault of this kind that hits the call."""
        return self.faults.get(kind)

    def did(self, effect: str, subjects: Sequence[str]) -> None:
        """Note for the request log what the call changed."""
        self.effects.append(effect)
        self.subjects.extend(subjects)


def content_faults(world: World, operation: str) -> dict[str, Fault]:
    """The faults that change the content of this call's answer, each counted as used."""
    found: dict[str, Fault] = {}
    if world.faults:
        for kind in sorted(CONTENT_FAULTS):
            if (fault := fault_for(world, operation, among={kind})) is not None:
                found[kind] = fault
    return found
