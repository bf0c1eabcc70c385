"""The audit as one HTML page that stands by itself: no script, no font, no picture from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from pathlib import Path

from integration_assets.audit.drawing import Bar, bars, share
from integration_assets.audit.summary import KindSummary, amount_told, by_section, money_told
from integration_assets.contracts.audit import AuditFinding

CSS = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
CODE = re.compile(r"`([^`]+)`")
ROWS_SHOWN = 40
"""Rows of a finding that the page prints; the rest is in the table it names."""
WORDS = {"urgent": "Urgent", "high": "High", "normal": "Normal"}
MEANS = {
    "urgent": "money or customers are lost now",
    "high": "they will be, or nothing can be sent",
    "normal": "something is left out",
}


@dataclass(frozen=True, slots=True)
class About:
    """What the audit is of: the shop, the moment, SKUs on Amazon by what they are, and what could not be looked at."""

    shop: str
    audited_at: datetime
    accounts: Sequence[str]
    skus: Mapping[str, int]
    not_looked_at: Sequence[str] = ()


def page(about: About, summaries: Sequence[KindSummary]) -> str:
    """The whole document."""
    title = f"Listing audit: {about.shop}"
    body = "\n".join(
        [_head(about), _tiles(summaries), _overview(about, summaries), *_sections(summaries), _foot(about)]
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>\n{CSS}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _head(about: About) -> str:
    when = f"{about.audited_at.astimezone(UTC):%d %B %Y, %H:%M} UTC"
    return (
        f"<header><h1>Listing audit</h1><p>{escape(about.shop)} and Amazon {escape(', '.join(about.accounts))}</p>"
        f'<p class="quiet">{when}. Read only: nothing was changed in either shop.</p></header>'
    )


def _tiles(summaries: Sequence[KindSummary]) -> str:
    tiles = []
    for severity, word in WORDS.items():
        count = sum(one.count for one in summaries if one.kind.severity == severity)
        tiles.append(
            f'<div class="tile {severity}"><b>{count:,}</b>{word}<br><span class="quiet">{MEANS[severity]}</span></div>'
        )
    risk = [one for one in summaries if one.kind.name == "stock_at_risk"]
    units = sum(one.units or 0 for one in risk)
    told = money_told(risk[0].money) if risk else ""
    tiles.append(
        f'<div class="tile"><b>{units:,}</b>units Amazon may sell that are not there'
        f'<br><span class="quiet">{escape(told or "none")}</span></div>'
    )
    return f'<section class="tiles" aria-label="Findings in numbers">{"".join(tiles)}</section>'


def _overview(about: About, summaries: Sequence[KindSummary]) -> str:
    if not summaries:
        return "<h2>Overview</h2><p>Nothing was found to be wrong.</p>"
    found = [Bar(one.kind.title, one.count, f"{one.count:,}", one.kind.severity) for one in summaries]
    styles = ("good", "high", "none")
    whole = sum(about.skus.values()) or 1
    parts = [
        Bar(name, count, f"{count:,} ({100 * count // whole} %)", style)
        for (name, count), style in zip(about.skus.items(), styles, strict=False)
    ]
    blocks = ["<h2>Overview</h2>"]
    if any(about.skus.values()):
        blocks += ["<h3>SKUs on Amazon</h3>", share("SKUs on Amazon", parts)]
    blocks += ['<h3 style="margin-top:22px">Findings by kind</h3>', bars("Findings by kind", found)]
    blocks += _money(summaries)
    return "\n".join(blocks)


def _money(summaries: Sequence[KindSummary]) -> Iterable[str]:
    """One chart per currency: amounts of two are never drawn on one scale."""
    currencies = sorted({currency for one in summaries for currency in one.money})
    for currency in currencies:
        rows = [
            Bar(one.kind.title, one.money[currency], _amount(one.money[currency], currency), one.kind.severity)
            for one in summaries
            if one.money.get(currency)
        ]
        if rows:
            yield f'<h3 style="margin-top:22px">At stake in {escape(currency)}</h3>'
            yield bars(f"At stake in {currency}", sorted(rows, key=lambda row: -row.value))


def _sections(summaries: Sequence[KindSummary]) -> Iterable[str]:
    for section, kinds in by_section(summaries):
        yield f"<h2>{escape(section)}</h2>"
        yield from map(_finding, kinds)


def _finding(one: KindSummary) -> str:
    kind = one.kind
    at_stake = ", ".join(filter(None, [f"{one.units:,} units" if one.units else "", money_told(one.money)]))
    facts = [("What it means", kind.means), ("What to do", kind.todo), ("Who", kind.owner.capitalize())]
    if at_stake:
        facts.insert(0, ("At stake", f"{at_stake} ({kind.at_stake})"))
    listed = "".join(f"<dt>{name}</dt><dd>{_prose(told)}</dd>" for name, told in facts)
    return (
        f'<article class="finding {kind.severity}"><div class="head"><h3>{escape(kind.title)}: {one.count:,}</h3>'
        f'<span class="badge {kind.severity}">{WORDS[kind.severity]}</span></div><dl>{listed}</dl>{_table(one)}'
        "</article>"
    )


def _prose(text: str) -> str:
    """Text with what stands between backticks shown as code."""
    return CODE.sub(r"<code>\1</code>", escape(text))


def _table(one: KindSummary) -> str:
    rows = one.findings[:ROWS_SHOWN]
    units, money = any(row.units is not None for row in rows), any(row.amount is not None for row in rows)
    head = ["<th>What</th>", "<th>Account</th>"]
    head += ['<th class="number">Units</th>'] if units else []
    head += ['<th class="number">At stake</th>'] if money else []
    head.append("<th>Found</th>")
    body = "".join(_row(row, units=units, money=money) for row in rows)
    more = one.count - len(rows)
    caption = (
        f"<caption>The first {len(rows)} of {one.count:,}; all are in <code>reconcile.listing_audit</code>.</caption>"
        if more
        else ""
    )
    return f"<table>{caption}<thead><tr>{''.join(head)}</tr></thead><tbody>{body}</tbody></table>"


def _row(row: AuditFinding, *, units: bool, money: bool) -> str:
    cells = [f'<td class="sku">{escape(row.subject)}</td>', f"<td>{escape(row.region.upper())}</td>"]
    if units:
        cells.append(f'<td class="number">{"" if row.units is None else f"{row.units:,}"}</td>')
    if money:
        amount = "" if row.amount is None else _amount(row.amount, row.currency)
        cells.append(f'<td class="number">{escape(amount)}</td>')
    cells.append(f"<td>{escape(row.detail)}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _amount(amount: Decimal, currency: str | None) -> str:
    return f"{amount_told(amount, currency)} {currency or ''}".strip()


def _foot(about: About) -> str:
    left_out = "".join(f"<p>Not looked at: {escape(told)}</p>" for told in about.not_looked_at)
    return (
        f"<footer>{left_out}<p>Money at stake is summed per currency and never converted. The same findings are in "
        "<code>reconcile.listing_audit</code> of the warehouse.</p></footer>"
    )
