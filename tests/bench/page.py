"""How long a browser takes to show the operator page with 10,000 open exceptions, and Instep to write it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.measuring import seconds_of
from tests.bench.report import Figure
from tests.browser import Browser, browser
from tests.page_stage import fill, page_house, written

NAME = "page"
TOLD = "the operator page in a headless Chromium"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"


def run(*, quick: bool) -> Iterator[Figure]:
    """Load the full page and a bare one in turn, so that both see the same machine."""
    count, times = (500, 2) if quick else (10_000, 9)
    with TemporaryDirectory(prefix="instep-bench-") as folder, page_house(Path(folder)) as home, browser() as chromium:
        fill(home, count)
        made = statistics.median(seconds_of(lambda: written(home)) for _ in range(3))
        page = written(home)
        bare = Path(folder) / "bare.html"
        bare.write_text("<!doctype html><title>bare</title><h1>Nothing</h1>", encoding="utf-8")
        full_times, bare_times = [], []
        for _ in range(times):
            bare_times.append(_load(chromium, bare))
            full_times.append(_load(chromium, page))
        megabytes = page.stat().st_size / 1e6
    yield Figure(
        what=f"load with {count:,} exceptions",
        measured=statistics.median(full_times),
        floor=statistics.median(bare_times),
        unit="s",
        floor_is="a page with one heading",
        most=1.0,
        note=f"the slowest of {times}: {max(full_times):.3f} s; the file has {megabytes:.1f} MB",
    )
    yield Figure(what=f"write it with {count:,} exceptions", measured=made, floor=made, unit="s", floor_is="itself")


def _load(chromium: Browser, page: Path) -> float:
    """Seconds from the address to the end of the load event, as the browser itself counts them."""
    chromium.open(page.as_uri())
    return float(chromium.run(LOADED))
