"""An audit in numbers: findings by kind, with what is at stake. Two currencies are never added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from integration_assets.contracts.audit import AuditFinding
from integration_assets.rules.audit import AUDIT, RANK, SECTIONS, AuditKind


@dataclass(frozen=True, slots=True)
class KindSummary:
    """One kind: its findings, units and money at stake by currency; `units` is None where it counts none."""

    kind: AuditKind
    findings: tuple[AuditFinding, ...]
    units: int | None
    money: Mapping[str, Decimal]

    @property
    def count(self) -> int:
        """How many findings there are."""
        return len(self.findings)


def by_kind(rows: Iterable[AuditFinding]) -> list[KindSummary]:
    """The kinds that were found, the most severe first, then in the order of the report; most at stake on top."""
    groups: dict[str, list[AuditFinding]] = defaultdict(list)
    for row in rows:
        groups[row.finding].append(row)
    found = [_summed(AUDIT[name], group) for name, group in groups.items()]
    order = list(AUDIT)
    return sorted(found, key=lambda one: (RANK[one.kind.severity], order.index(one.kind.name)))


def by_section(summaries: Sequence[KindSummary]) -> list[tuple[str, list[KindSummary]]]:
    """The same under the report's headings; a heading without findings is left out."""
    return [
        (section, chosen)
        for section in SECTIONS
        if (chosen := [one for one in summaries if one.kind.section == section])
    ]


def money_told(money: Mapping[str, Decimal]) -> str:
    """Amounts in words, each in its own currency: `GBP 12.50 and EUR 3.00`."""
    return " and ".join(f"{currency} {amount_told(amount, currency)}" for currency, amount in sorted(money.items()))


def amount_told(amount: Decimal, currency: str | None) -> str:
    """An amount with the decimals of its currency and commas between thousands."""
    return f"{amount:,.0f}" if currency == "JPY" else f"{amount:,.2f}"


def _summed(kind: AuditKind, group: Sequence[AuditFinding]) -> KindSummary:
    money: dict[str, Decimal] = defaultdict(Decimal)
    for row in group:
        if row.amount is not None and row.currency is not None:
            money[row.currency] += row.amount
    units = [row.units for row in group if row.units is not None]
    rows = sorted(group, key=lambda row: (-(row.amount or 0), -(row.units or 0), row.region, row.subject))
    return KindSummary(kind, tuple(rows), sum(units) if units else None, dict(money))
