"""Charts of the operator page: SVG that takes its colours from the page, so that it is right in light and dark.

Each has a title that a screen reader says, and the figures stand beside it in a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from markupsafe import Markup

WIDTH, HEIGHT = 640, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 10, 26
HUES = 6


def lines(title: str, series: Mapping[str, Sequence[tuple[datetime, float]]]) -> Markup:
    """Lines over time. Nothing where there are not two moments to draw between."""
    points = [point for values in series.values() for point in values]
    if len({at for at, _ in points}) < 2:
        return Markup()
    first, last = min(at for at, _ in points), max(at for at, _ in points)
    span = (last - first).total_seconds()
    highest = _round_up(max(value for _, value in points))
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def place(at: datetime, value: float) -> str:
        x = LEFT + (right - LEFT) * (at - first).total_seconds() / span
        return f"{x:.1f},{bottom - (bottom - TOP) * value / highest:.1f}"

    parts = [_open(title)]
    for share in (0.0, 0.5, 1.0):
        y = bottom - (bottom - TOP) * share
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{highest * share:g}</text>')
    for at, anchor, x in ((first, "start", LEFT), (last, "end", right)):
        parts.append(f'<text x="{x}" y="{HEIGHT - 8}" text-anchor="{anchor}">{at:%d %b %H:%M}</text>')
    for number, values in enumerate(series.values()):
        path = " ".join(place(at, value) for at, value in values)
        parts.append(f'<polyline class="line hue{number % HUES}" points="{path}"/>')
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - made of numbers and escaped text


def bars(title: str, values: Sequence[tuple[str, float]]) -> Markup:
    """Bars from a middle line, the value beside each; below zero they go to the left."""
    if not values:
        return Markup()
    row, label = 24, 210
    highest = max(abs(value) for _, value in values) or 1.0
    has_both = min(value for _, value in values) < 0 < max(value for _, value in values)
    space = WIDTH - label - 90
    middle = label + (space / 2 if has_both else 0)
    scale = (space / 2 if has_both else space) / highest
    height = row * len(values) + 8
    parts = [_open(title, height)]
    for number, (name, value) in enumerate(values):
        y = 4 + row * number
        length = max(1.0, abs(value) * scale)
        x = middle - length if value < 0 and has_both else middle
        parts.append(f'<text x="{label - 8}" y="{y + 15}" text-anchor="end">{escape(_short(name))}</text>')
        parts.append(
            f'<rect class="bar{" under" if value < 0 else ""}" x="{x:.1f}" y="{y + 3}" '
            f'width="{length:.1f}" height="16"/>'
        )
        parts.append(f'<text x="{max(middle, x + length) + 6:.1f}" y="{y + 15}">{value:,.10g}</text>')
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - made of numbers and escaped text


def _open(title: str, height: int = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title, quote=True)}" '
        f'preserveAspectRatio="xMinYMin meet"><title>{escape(title)}</title>'
    )


def _round_up(value: float) -> float:
    """The next number that reads well on an axis."""
    size = 1.0
    while size * 10 < value:
        size *= 10
    return next((size * step for step in (1, 2, 4, 5, 10) if size * step >= value), value) if value > 0 else 1.0


def _short(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:29]}…"
