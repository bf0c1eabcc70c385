"""The report's charts, as inline SVG that takes its colours from the page and can be read aloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

ROW, LABEL, FIGURE, WIDTH = 30, 370, 140, 900
LONGEST_LABEL = 47


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what it is of, how long it is, the figure beside it, and the class that gives it its colour."""

    label: str
    value: int | Decimal
    told: str
    style: str


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Bars one under the other, the figures written out. Every bar has a width, however small its share is."""
    most = max((row.value for row in rows), default=1) or 1
    room = WIDTH - LABEL - FIGURE
    height = ROW * len(rows) + 6
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(_aloud(title, rows))}">',
        f'<line class="axis" x1="{LABEL}" y1="0" x2="{LABEL}" y2="{height}"/>',
    ]
    for at, row in enumerate(rows):
        width = max(2.0, float(room * row.value / most))
        middle = at * ROW + ROW / 2 + 3
        parts += [
            (
                f'<text class="label" x="{LABEL - 12}" y="{middle + 5:.0f}" text-anchor="end">'
                f"{escape(_short(row.label))}</text>"
            ),
            f'<rect class="{row.style}" x="{LABEL + 1}" y="{middle - 9:.0f}" width="{width:.1f}" height="18" rx="3"/>',
            f'<text class="figure" x="{LABEL + width + 10:.1f}" y="{middle + 5:.0f}">{escape(row.told)}</text>',
        ]
    return "".join([*parts, "</svg>"])


def share(title: str, parts: Sequence[Bar]) -> str:
    """One bar cut into parts, with a key below: how much of the whole each is."""
    whole = sum(part.value for part in parts) or 1
    drawn = [f'<svg class="chart" viewBox="0 0 {WIDTH} 74" role="img" aria-label="{escape(_aloud(title, parts))}">']
    x = 0.0
    for part in parts:
        width = float(WIDTH * part.value / whole)
        drawn.append(
            f'<rect class="{part.style}" x="{x:.1f}" y="4" width="{max(0.0, width - 2):.1f}" height="26" rx="3"/>'
        )
        x += width
    step = WIDTH / max(1, len(parts))
    for at, part in enumerate(parts):
        left = at * step
        drawn.append(f'<rect class="{part.style}" x="{left:.1f}" y="50" width="12" height="12" rx="2"/>')
        drawn.append(f'<text class="label" x="{left + 18:.1f}" y="61">{escape(f"{part.label}: {part.told}")}</text>')
    return "".join([*drawn, "</svg>"])


def _aloud(title: str, rows: Sequence[Bar]) -> str:
    return f"{title}: " + "; ".join(f"{row.label}, {row.told}" for row in rows)


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
