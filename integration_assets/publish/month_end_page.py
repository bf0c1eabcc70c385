"""The month-end pack as one page: the ties, the payouts, and charts of where the money went. It loads nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from integration_assets.publish.month_end import Column, Pack, Sheet
from integration_assets.rules.money import MINOR_DIGITS

LISTED = 50
"""Rows of a table that the page shows; the files have all."""
BAR, GAP, LABEL, CHART, FIGURE = 18, 8, 190, 430, 130
STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --paper: #ffffff; --line: #d1d9e0; --in: #1a7f64;
  --out: #b4233c; --good: #1a7f64; --bad: #b4233c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --paper: #0d1117; --line: #3d444d;
  --in: #4cc9a4; --out: #ff7b8a; --good: #4cc9a4; --bad: #ff7b8a; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 70rem; padding: 1.5rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; } h3 { font-size: 1rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; min-width: 100%; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); font-weight: 700; }
svg { max-width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: var(--ink); }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } tr { break-inside: avoid; }
  .wide { overflow-x: visible; } table { font-size: .6rem; } th, td { white-space: normal; padding: .2rem .3rem; } }
"""


def page(pack: Pack) -> str:
    """The whole page as HTML."""
    place = f"region account {pack.region}" if pack.region else "all region accounts"
    broken = sum(not tie.holds for tie in pack.ties)
    verdict = (
        f'<span class="bad">{broken} of {len(pack.ties)} do not</span>'
        if broken
        else '<span class="good">All do</span>'
    )
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Month end {escape(pack.name)}</title><style>{STYLE}</style></head><body><main>",
        f'<h1>Month end {escape(pack.month)}</h1><p class="soft">Amazon settlements of {escape(place)}.</p>',
        f"<h2>Do the sums tie? {verdict}.</h2>" if pack.ties else "<h2>Nothing was booked or paid in this month.</h2>",
        _ties(pack),
        *_chapter(pack.sheet("summary")),
        *_late(pack),
        *_charts(pack),
        *(
            part
            for name in ("payouts", "accounts", "account_fees", "differences")
            for part in _chapter(pack.sheet(name))
        ),
        '<p class="soft">Journal and order lines are in the workbook and in the CSV files beside this page.</p>',
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _ties(pack: Pack) -> str:
    columns = (
        Column("claim"),
        Column("currency"),
        Column("one side", "money"),
        Column("other side", "money"),
        Column("holds"),
    )
    rows = [(tie.claim, tie.currency, tie.left, tie.right, "yes" if tie.holds else "NO") for tie in pack.ties]
    return _table(columns, rows) if rows else ""


def _late(pack: Pack) -> Iterable[str]:
    """What the words mean, where something was booked for months that were closed."""
    summary = pack.sheet("summary")
    names = [column.name for column in summary.columns]
    late = [names.index(name) for name in ("earned_late", "banked_late")]
    if any(row[at] for row in summary.rows for at in late):
        yield (
            '<p class="soft">Earned late and banked late are in earned and banked: they belong to months that were '
            "closed when they were booked. The journal has their day under belongs on.</p>"
        )


def _chapter(sheet: Sheet) -> Iterable[str]:
    if not sheet.rows:
        return
    yield f"<h2>{escape(sheet.title)}</h2>"
    yield _table(sheet.columns, sheet.rows[:LISTED])
    if len(sheet.rows) > LISTED:
        yield f'<p class="soft">The first {LISTED} of {len(sheet.rows)}.</p>'


def _table(columns: Sequence[Column], rows: Iterable[tuple[Any, ...]]) -> str:
    numbers = [column.kind in ("money", "count") for column in columns]
    currency = next((at for at, column in enumerate(columns) if column.name == "currency"), None)
    head = "".join(
        f'<th scope="col"{_class(number)}>{escape(column.name.replace("_", " "))}</th>'
        for column, number in zip(columns, numbers, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_class(number)}>{escape(_shown(column, value, '' if currency is None else row[currency]))}</td>"
            for column, number, value in zip(columns, numbers, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _charts(pack: Pack) -> Iterable[str]:
    """Per currency: what came in and went out by kind, and what the best and worst SKUs were paid."""
    for currency in (row[0] for row in pack.sheet("summary").rows):
        booked: dict[str, Decimal] = {}
        for of, _, bucket, _, _, balance in pack.sheet("accounts").rows:
            if of == currency and bucket not in ("", "deposit"):
                booked[bucket] = booked.get(bucket, Decimal(0)) - balance
        yield f"<h2>Where the money went, {escape(currency)}</h2>"
        booked = {bucket: amount for bucket, amount in booked.items() if amount}
        yield _bars(booked, currency, "What the lines of the month came to, by kind")
        paid: dict[str, Decimal] = {}
        for row in pack.sheet("orders").rows:
            if row[5] == currency and row[3]:
                paid[row[3]] = paid.get(row[3], Decimal(0)) + row[-1]
        if paid:
            ranked = sorted(paid, key=lambda sku: (-paid[sku], sku))
            shown = ranked if len(ranked) <= 16 else ranked[:8] + ranked[-8:]
            yield "<h3>Paid out by SKU, the best and the worst</h3>"
            yield _bars({sku: paid[sku] for sku in shown}, currency, "Paid out by SKU", ranked=True)


def _bars(amounts: dict[str, Decimal], currency: str, title: str, *, ranked: bool = False) -> str:
    """Horizontal bars from a common zero: to the right what came in, to the left what went out."""
    names = list(amounts) if ranked else sorted(amounts, key=lambda name: (-amounts[name], name))
    if not any(amounts.values()):
        return f'<p class="soft">{escape(title)}: nothing.</p>'
    most = max(Decimal(0), *amounts.values())
    least = min(Decimal(0), *amounts.values())
    scale = CHART / (most - least)
    zero = LABEL + float(-least * scale)
    across, height = LABEL + CHART + FIGURE, len(names) * (BAR + GAP) + GAP
    parts = [
        f'<svg role="img" viewBox="0 0 {across} {height}" width="{across}" height="{height}">',
        f"<title>{escape(title)}, {escape(currency)}</title>",
    ]
    for place, name in enumerate(names):
        amount = amounts[name]
        width = float(abs(amount) * scale)
        x = zero if amount >= 0 else zero - width
        y = GAP + place * (BAR + GAP)
        colour = "var(--in)" if amount >= 0 else "var(--out)"
        label = name.replace("_", " ") if not ranked else name
        parts.append(f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(label[:26])}</text>')
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="{max(width, 0.5):.1f}" height="{BAR}" fill="{colour}"/>')
        parts.append(f'<text x="{LABEL + CHART + 8}" y="{y + 14}">{escape(_money(amount, currency))}</text>')
    return "".join([*parts, "</svg>"])


def _shown(column: Column, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if column.kind == "money":
        return _money(value, currency)
    if column.kind == "count":
        return f"{value:,}"
    return str(value)


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.{MINOR_DIGITS.get(currency, 2)}f}"


def _class(number: bool) -> str:
    return ' class="number"' if number else ""
