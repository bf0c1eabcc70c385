"""A small chart for the Dagster UI: lines over time, as an SVG that stands in a Markdown metadata entry."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

import dagster as dg

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 190, 16, 34
COLOURS = ("#3b4cc0", "#d1495b", "#edae49", "#2a9d8f", "#7b2d8b", "#6c757d", "#00798c", "#b07d62")


def lines_over_time(
    moments: Sequence[datetime], series: Mapping[str, Sequence[float]], *, title: str
) -> dg.MarkdownMetadataValue:
    """Draw one line per series over the same moments; a series that is zero throughout is left out."""
    shown = {name: values for name, values in series.items() if any(values)}
    if len(moments) < 2 or not shown:
        return dg.MetadataValue.md(f"{title}: nothing to draw yet.")
    svg = base64.b64encode(_svg(moments, shown, title).encode()).decode()
    return dg.MetadataValue.md(f"![{title}](data:image/svg+xml;base64,{svg})")


def _svg(moments: Sequence[datetime], series: Mapping[str, Sequence[float]], title: str) -> str:
    highest = max(max(values) for values in series.values())
    first, span = moments[0], max((moments[-1] - moments[0]).total_seconds(), 1.0)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def point(moment: datetime, value: float) -> str:
        x = LEFT + (right - LEFT) * (moment - first).total_seconds() / span
        y = bottom - (bottom - TOP) * value / highest
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif">',
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/><g font-size="11">',
    ]
    for share in (0.0, 0.5, 1.0):
        y = bottom - (bottom - TOP) * share
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#555555">{highest * share:g}</text>'
        )
    for moment, anchor, x in ((moments[0], "start", LEFT), (moments[-1], "end", right)):
        parts.append(
            f'<text x="{x}" y="{HEIGHT - 12}" text-anchor="{anchor}" fill="#555555">{moment:%d %b %H:%M}</text>'
        )
    for place, (name, values) in enumerate(series.items()):
        colour = COLOURS[place % len(COLOURS)]
        points = " ".join(point(moment, value) for moment, value in zip(moments, values, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<rect x="{right + 16}" y="{TOP + place * 18}" width="10" height="10" fill="{colour}"/>')
        label = escape(f"{name.replace('_', ' ')}: {values[-1]:g}")
        parts.append(f'<text x="{right + 32}" y="{TOP + 9 + place * 18}" fill="#222222">{label}</text>')
    return "".join([*parts, "</g></svg>"])
