"""The operator page as its readers meet it: in a browser, on a desk and on a phone, with eyes, keyboard and ears."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from markupsafe import escape

from integration_assets.contracts.amazon import AmazonOrder
from integration_assets.contracts.reconcile import InventoryDrift, StockPosition
from integration_assets.contracts.shopify import StockLevel
from integration_assets.publish.operator_page import operator_page
from integration_assets.publish.page import charts
from integration_assets.publish.page.build import kinds_of, render
from integration_assets.publish.page.panels import PANELS
from integration_assets.publish.page.places import PLACES, place_of
from integration_assets.reconcile.exceptions import exceptions
from integration_assets.reconcile.service_health import service_health
from integration_assets.reconcile.trend import trend
from integration_assets.rules.exceptions import CATALOGUE
from tests.assets.rows import make, store
from tests.assets.stage import MONDAY_NINE, house, metadata_of
from tests.browser import Browser, browser
from tests.page_stage import NAMES, fill, page_house, written

OF_EACH_KIND = 44
OPEN = OF_EACH_KIND * len(CATALOGUE)
CONTRAST = """
(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  for (const node of document.querySelectorAll("body *")) {
    const text = [...node.childNodes].some((each) => each.nodeType === 3 && each.textContent.trim());
    const drawn = node.getClientRects().length && !node.closest("svg") && !["SCRIPT", "STYLE"].includes(node.tagName);
    if (!text || !drawn) continue;
    const both = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (both[0] + 0.05) / (both[1] + 0.05);
    if (ratio < 4.5) poor.add(node.tagName + "." + node.className + " " + ratio.toFixed(1));
  }
  return [...poor];
})()
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with page_house(tmp_path_factory.mktemp("page")) as home:
        fill(home, OPEN)
        home.ledger.acknowledge_number(1, "maria", "asking the agency", MONDAY_NINE + timedelta(days=1))
        return written(home)


@pytest.fixture
def opened(chromium: Browser, page: Path) -> Browser:
    chromium.requests.clear()
    chromium.complaints.clear()
    chromium.size(1280, 900)
    chromium.scheme("light")
    chromium.open(page.as_uri())
    return chromium


def test_the_page_loads_nothing_but_itself_and_the_console_is_silent(opened: Browser, page: Path) -> None:
    assert [url for url in opened.requests if not url.startswith("data:")] == [page.as_uri()]
    assert opened.complaints == []
    assert opened.run("document.title") == f"Instep: {OPEN:,} open for example-brand.myshopify.com"
    assert opened.run("document.querySelectorAll('b').length") == 0, "what an exception says is text"


def test_the_outline_can_be_heard(opened: Browser) -> None:
    assert opened.run("document.documentElement.lang") == "en"
    marks = "['header', 'nav', 'main', 'footer', 'h1'].map((name) => document.querySelectorAll(name).length)"
    assert opened.run(marks) == [1, 1, 1, 1, 1]
    levels = opened.run("[...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert opened.run("[...document.querySelectorAll('section')].every((s) => s.getAttribute('aria-labelledby'))")
    assert opened.run("[...document.querySelectorAll('svg')].every((s) => s.getAttribute('aria-label'))")
    assert opened.run("[...document.querySelectorAll('input')].every((i) => i.labels.length === 1)")
    assert opened.run("[...document.querySelectorAll('th')].every((th) => th.scope === 'col')")
    assert opened.run(
        "[...document.querySelectorAll('[id]')].map((e) => e.id).every((id, i, ids) => ids.indexOf(id) === i)"
    )
    links = "[...document.querySelectorAll('a[href^=\"#\"]')].every((a) => document.getElementById(a.hash.slice(1)))"
    assert opened.run(links)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(opened: Browser, scheme: str) -> None:
    opened.scheme(scheme)
    opened.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert opened.run(CONTRAST) == []


def test_a_kind_opens_by_keyboard_and_shows_its_steps_and_more_rows_when_asked(opened: Browser) -> None:
    opened.run("document.querySelector('#kind-ownership_leak summary').focus()")
    opened.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", text="\r")
    opened.call("Input.dispatchKeyEvent", type="keyUp", key="Enter", code="Enter")
    assert opened.run("document.querySelector('#kind-ownership_leak').open")
    assert opened.run("document.querySelectorAll('#kind-ownership_leak ol li').length") == 5
    count = opened.run("Number(document.querySelector('#kind-ownership_leak .count').textContent)")
    rows = "document.querySelectorAll('#kind-ownership_leak tbody tr').length"
    assert opened.run(rows) == 25
    opened.run("document.querySelector('#kind-ownership_leak .more').click()")
    assert opened.run(rows) == count == OF_EACH_KIND
    assert opened.run("document.querySelector('#kind-ownership_leak .more').hidden")


def test_a_sku_is_found_among_rows_that_are_not_drawn_yet(opened: Browser) -> None:
    find = "document.getElementById('find')"
    typed = "new Promise((done) => { F.value = 'W'; F.dispatchEvent(new Event('input')); setTimeout(done, 250); })"
    rest = "document.querySelector('#kind-ownership_leak script.rest')"
    last = opened.run(f"JSON.parse({rest}.textContent).at(-1)[1].match(/SKU-\\d+/)[0].toLowerCase()")
    opened.run(typed.replace("F", find).replace("W", last))
    assert opened.run("document.getElementById('found').textContent") == "1 found"
    assert opened.run("[...document.querySelectorAll('details.kind')].filter((each) => !each.hidden).length") == 1
    opened.run(typed.replace("F", find).replace("W", ""))
    hidden = "[...document.querySelectorAll('details.kind')].filter((each) => each.hidden).length"
    assert opened.run(hidden) == 0


def test_a_link_to_a_kind_opens_it(opened: Browser, page: Path) -> None:
    opened.open("about:blank")
    opened.open(f"{page.as_uri()}#kind-oversold")
    assert opened.run("document.querySelector('#kind-oversold').open")


def test_every_row_leads_to_its_entry_in_the_runbook_and_every_kind_to_its_place_in_dagster(
    opened: Browser, page: Path
) -> None:
    opened.run("document.querySelector('#kind-ownership_leak .more').click()")
    links = "[...new Set([...document.querySelectorAll('#kind-ownership_leak td.id a')].map((a) => a.href))]"
    runbook = page.with_name("runbook.html").as_uri()
    assert opened.run(links) == [f"{runbook}#ownership_leak"]
    shown = "document.querySelector('#kind-ownership_leak .how a:last-child').href"
    assert opened.run(shown) == "http://127.0.0.1:3000/assets/reconcile/inventory_drift"
    opened.open(f"{runbook}#ownership_leak")
    assert opened.run("[...document.querySelectorAll('article')].map((each) => each.id).sort()") == sorted(CATALOGUE)
    assert opened.run("document.querySelectorAll(':target ol li').length") == 5
    assert opened.run("document.getElementById('back').href") == page.as_uri()
    assert (opened.run(CONTRAST), opened.complaints) == ([], [])


def test_what_shows_a_kind_in_dagster_is_there() -> None:
    graph = json.loads((Path(__file__).parents[1] / "system" / "asset_graph.json").read_text(encoding="utf-8"))
    assert PLACES.keys() <= CATALOGUE.keys()
    assert place_of("a_kind_of_tomorrow") == "assets/reconcile/exceptions"
    assets = {place.removeprefix("assets/") for place in PLACES.values() if place.startswith("assets/")}
    assert assets <= graph["assets"].keys()


def test_a_phone_need_not_scroll_sideways(opened: Browser) -> None:
    opened.size(360, 800)
    opened.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert opened.run("document.documentElement.scrollWidth") == 360
    small = "[...document.querySelectorAll('summary, button')].filter((e) => e.getClientRects().length && "
    assert opened.run(f"{small} e.getBoundingClientRect().height < 36).length") == 0


def test_on_paper_everything_is_open(opened: Browser) -> None:
    opened.run("dispatchEvent(new Event('beforeprint'))")
    assert opened.run("[...document.querySelectorAll('details.kind')].every((each) => each.open)")


def test_the_page_says_when_it_is_old(opened: Browser, page: Path) -> None:
    assert opened.run("document.getElementById('old').hidden")
    an_hour_ago = page.stat().st_mtime - 3600
    os.utime(page, (an_hour_ago, an_hour_ago))
    opened.open(page.as_uri())
    assert not opened.run("document.getElementById('old').hidden")


def test_teams_come_with_their_kinds_the_most_urgent_first(tmp_path: Path) -> None:
    with page_house(tmp_path) as home:
        fill(home, 100)
        kinds = kinds_of(home.ledger.open_exceptions(), MONDAY_NINE)
        assert {kind.name for kind in kinds} == set(CATALOGUE)
        severities = [("urgent", "high", "normal").index(kind.severity) for kind in kinds]
        assert severities == sorted(severities)
        assert all(kind.steps for kind in kinds)
        assert all("{" not in step for kind in kinds for step in kind.steps)
        [leaks] = [kind for kind in kinds if kind.name == "ownership_leak"]
        assert leaks.rows[0].left.endswith("over"), "what is overdue stands first"


def test_every_panel_answers_and_is_drawn(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, make(StockPosition, target=3, shown=9, oversold=2, verdict="leak"))
        store(home.warehouse, make(InventoryDrift, direction="over", difference=6))
        store(home.warehouse, make(AmazonOrder, status="UNSHIPPED", created_at=MONDAY_NINE - timedelta(days=2)))
        store(home.warehouse, make(StockLevel))
        for _ in range(2):
            home.materialize(service_health, exceptions, trend)
            home.connections.clock.sleep(300)
        result = home.materialize(operator_page)
        told = metadata_of(result, ["publish", "operator_page"])
        expected = [panel for panel in PANELS if set(panel.needs) <= NAMES]
        assert (told["panels"], told["left_out"]) == (len(expected), "none")
        html = Path(told["path"]).read_text(encoding="utf-8")
        for panel in expected:
            assert escape(panel.title) in html
        assert '<polyline class="line hue0"' in html
        assert "0 of 1" in html


def test_a_panel_whose_tables_are_not_there_is_left_out(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        page = render(home.ledger, home.warehouse, home.connections.model, MONDAY_NINE, tables={"amazon.orders"})
        assert "To be shipped by the merchant" in page.html
        assert "In step with Amazon" not in page.html
        assert "Nothing is open." in page.html


def test_bars_go_to_both_sides_of_zero_and_names_cannot_break_the_drawing() -> None:
    drawn = charts.bars("Margin", [("<MUG>", -5.0), ("VASE", 10.0)])
    assert "&lt;MUG&gt;" in drawn
    assert 'class="bar under"' in drawn
    assert charts.lines("Nothing", {}) == ""
