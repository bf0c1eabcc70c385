"""Findings in the words of the catalogue of exceptions, and the open exceptions of a kind brought to what was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from integration_assets.rules.exceptions import CATALOGUE
from resources.ledger import Ledger
from resources.ledger_parts.records import Finding


def finding(kind: str, identity: str, facts: Mapping[str, Any], deadline_at: datetime | None = None) -> Finding:
    """A finding told in the catalogue's words. KeyError names a fact that its sentence needs and was not given."""
    return Finding(identity=identity, told=CATALOGUE[kind].tell(**facts), facts=facts, deadline_at=deadline_at)


def raise_all(ledger: Ledger, kind: str, findings: Sequence[Finding]) -> None:
    """Open or bring up to date an exception for each finding; what else is open of the kind stays as it is."""
    entry = CATALOGUE[kind]
    ledger.raise_exceptions(kind, entry.team, entry.severity, findings)


def report(
    ledger: Ledger,
    kind: str,
    findings: Sequence[Finding],
    *,
    scope: str | None = None,
    keep: Collection[str] = (),
) -> None:
    """Make the open exceptions of a kind, in a scope where one is named, exactly these.

    `keep` holds identities that nothing was found out about: where one is open, it stays so.
    """
    raise_all(ledger, kind, findings)
    ledger.close_exceptions(kind, {*(each.identity for each in findings), *keep}, scope)
