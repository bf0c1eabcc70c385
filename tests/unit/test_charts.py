"""The chart of the Dagster UI: lines over time in an SVG."""

import base64
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

from integration_assets.charts import lines_over_time

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def drawing(moments: list[datetime], series: dict[str, list[float]], title: str = "drift") -> ET.Element:
    markdown = lines_over_time(moments, series, title=title).value
    assert markdown is not None
    start = f"![{title}](data:image/svg+xml;base64,"
    assert markdown.startswith(start)
    return ET.fromstring(base64.b64decode(markdown.removeprefix(start).removesuffix(")")))  # noqa: S314 - our own


def test_a_series_is_drawn_from_the_left_edge_to_the_right_and_up_to_the_top() -> None:
    svg = drawing([NINE, NINE + timedelta(hours=1)], {"over": [0, 4]})
    lines = [line.get("points") for line in svg.iter(f"{SVG}polyline")]
    assert lines == ["46.0,226.0 530.0,16.0"]


def test_a_series_of_nothing_but_zeros_is_left_out() -> None:
    svg = drawing([NINE, NINE + timedelta(hours=1)], {"over": [1, 1], "under": [0, 0]})
    assert len(list(svg.iter(f"{SVG}polyline"))) == 1


def test_the_legend_says_the_last_value() -> None:
    svg = drawing([NINE, NINE + timedelta(hours=1)], {"not_yet_pushed": [7, 3]})
    assert "not yet pushed: 3" in [text.text for text in svg.iter(f"{SVG}text")]


def test_one_moment_or_nothing_to_show_is_a_sentence_and_no_drawing() -> None:
    assert lines_over_time([NINE], {"over": [3]}, title="drift").value == "drift: nothing to draw yet."
    assert lines_over_time([NINE, NINE], {"over": [0, 0]}, title="drift").value == "drift: nothing to draw yet."


def test_names_cannot_break_out_of_the_drawing() -> None:
    svg = drawing([NINE, NINE + timedelta(hours=1)], {"<script>": [1, 2]})
    assert list(svg.iter("script")) == []
    assert list(svg.iter(f"{SVG}script")) == []
