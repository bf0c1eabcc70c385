"""An operator page with as many exceptions as wanted, of every kind and standing, on an empty warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from integration_assets.contracts.registry import TABLES
from integration_assets.publish.page.build import put_in_place, render
from integration_assets.publish.page.runbook import FILE, runbook
from integration_assets.rules.exceptions import CATALOGUE
from resources.ledger import Finding
from tests.assets.stage import MONDAY_NINE, House, house

NAMES = frozenset(table.sql_name for table in TABLES)
DAGSTER = '\n[alerts]\ndagster_url = "http://127.0.0.1:3000"\n'


@contextmanager
def page_house(home: Path) -> Iterator[House]:
    """A house whose operating model knows where Dagster is."""
    with house(home, more=DAGSTER) as found:
        yield found


def fill(home: House, count: int) -> None:
    """Open `count` exceptions, spread evenly over the catalogue; each seventh has a deadline, near or past."""
    names = list(CATALOGUE)
    for at, name in enumerate(names):
        kind = CATALOGUE[name]
        findings = []
        for number in range(at, count, len(names)):
            facts: dict[str, object] = dict.fromkeys(kind.facts, "x")
            facts |= {"region": "eu", "seller_sku": f"SKU-{number:05}", "units": number % 40}
            deadline = MONDAY_NINE + timedelta(hours=number % 50 - 10) if number % 7 == 0 else None
            told = kind.tell(**facts) + " </script><b>not bold</b>"
            findings.append(Finding(f"eu/SKU-{number:05}", told, facts, deadline))
        home.ledger.raise_exceptions(name, kind.team, kind.severity, findings)


def written(home: House, now: datetime = MONDAY_NINE) -> Path:
    """The page of this moment, in its place."""
    page = render(home.ledger, home.warehouse, home.connections.model, now, tables=NAMES)
    assert page.left_out == ()
    folder = home.connections.model.published_dir
    put_in_place(runbook(home.connections.model), folder, FILE)
    return put_in_place(page.html, folder)
