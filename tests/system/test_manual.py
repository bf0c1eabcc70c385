"""The manual is the brand's own, is current, and everything in it works: queries, commands, links."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from integration_assets.publish.manual.pages import pages
from integration_assets.rules.exceptions import CATALOGUE
from resources.operating_model import load, parse
from tests.links import dead_links
from tests.published_copy import a_copy
from tests.system.cli_stage import ROOT, a_home

MANUAL = ROOT / "docs" / "manual"
QUERY = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
MODEL = (ROOT / "operating_model.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_copy(tmp_path_factory.mktemp("guide"))


def test_the_generated_pages_are_current() -> None:
    made = pages(load(ROOT / "operating_model.toml"))
    assert {name: (MANUAL / name).read_text(encoding="utf-8") for name in made} == made, "run `make docs`"


def test_one_command_writes_it_and_leaves_what_people_wrote(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home", "http://127.0.0.1:9")
    folder = tmp_path / "manual"
    folder.mkdir()
    (folder / "analysts.md").write_text("ours", encoding="utf-8")
    said = home.instep("manual", "--to", str(folder))
    assert (said.code, said.out) == (0, f"3 pages written to {folder}: runbook.md, routines.md, owners.md\n")
    assert (folder / "analysts.md").read_text(encoding="utf-8") == "ours"


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_kind_has_its_entry_with_steps_owner_and_end(kind: str) -> None:
    entry = CATALOGUE[kind]
    text = (MANUAL / "runbook.md").read_text(encoding="utf-8")
    assert f"](#{kind})" in text
    section = text.partition(f"\n### {kind}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    assert entry.title in section
    assert f"{entry.record_owner} owns the record." in section
    assert f"Closes by itself: {entry.closes_when}" in section
    assert len(re.findall(r"^\d+\. ", section, re.MULTILINE)) == len(entry.steps)
    assert ("- Deadline:" in section) == bool(entry.deadline)


def test_names_buffers_and_channels_are_the_brands_own() -> None:
    text = MODEL.replace('"Manchester", "Leeds"', '"Antwerp"')
    text = text.replace("buffer = { units = 2 }", "buffer = { units = 1 }")
    text += '\n[teams.finance]\nalerts = [{ env = "FINANCE_ALERTS" }]\n'
    text += '[alerts]\nquiet_from = "22:00"\nquiet_until = "07:00"\n'
    made = pages(parse(text))
    assert "The merchant ships from Antwerp." in made["owners.md"]
    assert "Kept back of every SKU: 1 unit." in made["owners.md"]
    assert "SKUs by tag slow-mover: kept back: 1 unit, all of it at 3 or fewer, what is over 5." in made["owners.md"]
    assert "- finance: by `FINANCE_ALERTS`." in made["routines.md"]
    assert "From 22:00 to 07:00 (UTC) only what has a deadline" in made["routines.md"]


def test_no_link_of_the_manual_is_dead() -> None:
    files = sorted(MANUAL.glob("*.md"))
    assert len(files) == 6
    assert dead_links(ROOT, files) == []


def test_the_guide_has_ten_queries_and_each_answers(copy: Path) -> None:
    queries = QUERY.findall((MANUAL / "analysts.md").read_text(encoding="utf-8"))
    assert len(queries) == 10
    answered = 0
    with duckdb.connect(str(copy), read_only=True) as database:
        for query in queries:
            answered += bool(database.execute(query).fetchall())
    assert answered >= 5


def test_the_overview_names_every_page() -> None:
    text = (MANUAL / "README.md").read_text(encoding="utf-8")
    assert {file.name for file in MANUAL.glob("*.md")} - {"README.md"} == set(re.findall(r"\]\((\w+\.md)\)", text))
