"""What a kind of exception is: its words, its owner, its steps, and when it closes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Literal

Team = Literal["ecommerce", "operations", "finance", "engineering"]
Owner = Literal["Shopify", "Amazon", "Instep"]
Severity = Literal["urgent", "high", "normal"]
"""`urgent`: sales go wrong now. `high`: they will, unless somebody acts today. `normal`: something is left out."""


STAND_INS = {"seller_sku": "SKU", "source": "TABLE"}
"""What stands for a fact that is not known; any other is its own name, in capitals."""


@dataclass(frozen=True, slots=True)
class ExceptionKind:
    """One kind of exception.

    `record_owner` is the system whose word counts for the record. `deadline` is the rule in words, empty where there is
    none. `told` is a sentence with the names of facts in braces; `steps` are in the order to try them.
    """

    name: str
    title: str
    team: Team
    record_owner: Owner
    severity: Severity
    deadline: str
    told: str
    steps: tuple[str, ...]
    closes_when: str

    @property
    def facts(self) -> frozenset[str]:
        """Names of the facts that `told` needs; `steps` need no others."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.told) if name)

    @property
    def in_words(self) -> str:
        """The sentence for a person who reads of the kind, and of no single one: what differs stands in capitals."""
        return self.tell(**{name: STAND_INS.get(name, name.upper()) for name in self.facts})

    def tell(self, **facts: object) -> str:
        """The sentence with the facts filled in. KeyError names a missing fact; more facts than needed are no harm."""
        return self.told.format(**facts)

    def steps_for(self, **facts: object) -> tuple[str, ...]:
        """The steps with the facts filled in. KeyError as in `tell`.

        Steps name a SKU only at the end of commands, so one with spaces or signs in it is quoted for the shell, and
        one that begins like an option is kept from being taken for one.
        """
        if "seller_sku" in facts:
            sku = str(facts["seller_sku"])
            facts["seller_sku"] = ("-- " if sku.startswith("-") else "") + shlex.quote(sku)
        return tuple(step.format(**facts) for step in self.steps)

    def steps_in_words(self, facts: Mapping[str, object]) -> tuple[str, ...]:
        """The steps for a person to read, where some facts differ or are not known: those stand in capitals."""
        missing = {name: STAND_INS.get(name, name.upper()) for name in {*self.facts, *STAND_INS}}
        return self.steps_for(**{**missing, **facts})
