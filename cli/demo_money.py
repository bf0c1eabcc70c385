"""The demo's settlements: collected, closed, one payout explained, and what was found held against the answer key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.findings import SET_RIGHT, Finding

if TYPE_CHECKING:
    from resources.connections import Connections

SETTLEMENTS, DRIFT = "amazon.settlements", "reconcile.settlement_drift"
EXCEPTIONS = {"missing_settlement": ("before", "after"), "unmapped_fee": ("kind", "amount")}
"""Kinds of exceptions about settlements, and the facts that tell one from another."""
ABOUT_MONEY = (SETTLEMENTS, DRIFT)
OF_FILES = """
    SELECT settlement_id, status, difference, version
    FROM amazon.settlements
    WHERE status IN ('unbalanced', 'quarantined') OR (is_current AND version > 1)
"""
OF_ORDERS = """
    SELECT order_ref, main_cause, difference, state FROM reconcile.settlement_drift
    WHERE main_cause NOT IN ('timing', 'fx', 'rounding') OR state IN ('overdue', 'unexplained', 'no_rate')
"""
"""Time heals timing; a rate within its tolerance and a rounded cent are no news."""
NEWEST = """
    SELECT settlement_id FROM reconcile.payouts WHERE state = 'balanced' AND orders > 0
    ORDER BY deposit_on DESC, settlement_id DESC LIMIT 1
"""


def is_about_money(answer: Mapping[str, Any]) -> bool:
    """Whether an entry of the answer key speaks of settlements."""
    want = answer["expected"]
    return want.get("table") in ABOUT_MONEY or want.get("exception") in EXCEPTIONS


def newest_payout(model: Path) -> str | None:
    """The payout to explain; None where there is none yet."""
    from resources.connections import connect

    with connect(model) as connections:
        found = connections.warehouse.scalar(NEWEST)
    return None if found is None else str(found)


def money_now(model: Path) -> set[Finding]:
    """What the stores say is wrong with settlements, each with its amount: (where, what it is about, named as)."""
    from resources.connections import connect

    with connect(model) as connections:
        return {*_of_tables(connections), *_of_exceptions(connections)}


def _of_tables(connections: Connections) -> Iterable[Finding]:
    for settlement_id, status, difference, version in connections.warehouse.query(OF_FILES):
        word = f"unbalanced by {_amount(difference)}" if status == "unbalanced" else status
        yield SETTLEMENTS, str(settlement_id), f"version {version}" if status == "taken" else word
    for order, cause, difference, state in connections.warehouse.query(OF_ORDERS):
        yield DRIFT, str(order), f"{cause} {_amount(difference)}" if cause else str(state)


def _of_exceptions(connections: Connections) -> Iterable[Finding]:
    for kind, facts in EXCEPTIONS.items():
        for each in connections.ledger.open_exceptions(kind):
            yield kind, *_subject(each.facts, facts)


def expected_of(answer: Mapping[str, Any]) -> list[Finding]:
    """What an entry of the answer key expects to be found; nothing for an order on which both sides agree."""
    want = answer["expected"]
    if "allowed" in want:
        return []
    if "exception" in want:
        kind = str(want["exception"])
        return [(kind, *_subject(want, EXCEPTIONS[kind]))]
    if want.get("absent"):
        return []
    if want["table"] == DRIFT:
        return [(DRIFT, str(want["order_ref"]), f"{want['main_cause']} {_amount(want['difference'])}")]
    settlement_id, status = str(want["settlement_id"]), str(want["status"])
    if status == "unbalanced":
        return [(SETTLEMENTS, settlement_id, f"unbalanced by {_amount(want['difference'])}")]
    return [(SETTLEMENTS, settlement_id, f"version {want['version']}" if "version" in want else status)]


def told_of(finding: Finding, seen: Collection[Finding]) -> Finding:
    """What is to be seen of a finding: an order that Shopify did not have may have been made before its payout."""
    made = (SET_RIGHT["imported"], finding[1], "imported")
    return made if finding[2].startswith("missing_order") and made in seen else finding


def allowed_by(answer: Mapping[str, Any]) -> set[Finding]:
    """What an entry of the answer key lets be found without expecting each: orders that Shopify never had."""
    want = answer["expected"]
    return {
        (DRIFT, str(order), f"{want['main_cause']} {_amount(difference)}")
        for order, difference in want.get("allowed", {}).items()
    }


def _subject(facts: Mapping[str, Any], names: tuple[str, str]) -> tuple[str, str]:
    """What an exception is about, and what tells it from another; amounts without their currency."""
    first, second = (str(facts[name]) for name in names)
    return first, second.partition(" ")[0]


def _amount(amount: Any) -> str:
    return f"{Decimal(amount or 0):.2f}"
