"""`instep backfill orders`: read both sides' orders from further back, and import what is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK, TROUBLE
from cli.output import counted, say, write_json
from cli.plan import require_warehouse
from cli.who import who
from integration_assets.contracts.errors import ConfigurationError

if TYPE_CHECKING:
    from integration_assets.orders.cycle import Imported
    from resources.connections import Connections

Show = Callable[[str, float], None]
"""Told what is going on, and how much of it is done, from 0 to 1."""


def backfill_orders(model: Path | None, *, since: str, region: str | None, as_json: bool) -> int:
    """Read and import orders since a day or an instant. Safe to repeat; what was read is kept if it breaks off.

    In preview orders are read, and what would be made is counted. 3 when something could not be done, 1 when orders
    were refused, 0 when all is well.
    """
    from resources.connections import connect

    started = instant_of(since)
    with connect(model) as connections:
        require_warehouse(connections)
        regions = _regions(connections, region)
        if started >= connections.clock.now():
            raise ConfigurationError(f"--since {since} is not in the past.", todo="Give the first day to look at.")
        found: dict[str, Any] = {"since": started, "regions": {}}
        with progress() as show:
            found["shopify_orders"] = _read(connections, regions, started, found, show)
            done = {one: _import(connections, one, show) for one in regions}
    for one, imported in done.items():
        found["regions"][one] |= _came_to(imported)
    if as_json:
        write_json(found)
    else:
        _tell(found)
    if any(imported.made.errors or imported.made.left_to for imported in done.values()):
        return TROUBLE
    return FOUND if any(imported.made.rejected for imported in done.values()) else OK


def instant_of(text: str) -> datetime:
    """A day or an instant with its offset; a day begins at midnight UTC. ConfigurationError for anything else."""
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ConfigurationError(
            f"--since {text!r} is neither a day nor an instant.",
            todo="Write 2026-11-17, or 2026-11-17T09:00:00Z with its offset from UTC.",
        )
    return read.astimezone(UTC)


@contextmanager
def progress() -> Iterator[Show]:
    """A bar on the terminal; nothing where the error stream is no terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<40}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=1.0)
        yield lambda told, share: bar.update(task, description=told, completed=share)


def _read(connections: Connections, regions: list[str], since: datetime, found: dict[str, Any], show: Show) -> int:
    """Read the shop first: what is there already must be known before anything is made."""
    from integration_assets.orders.backfilling import Backfill

    backfill = Backfill(
        amazon=connections.amazon,
        shopify=connections.shopify,
        warehouse=connections.warehouse,
        ledger=connections.ledger,
        clock=connections.clock,
    )
    shop = 0
    for shop in backfill.shopify_orders(since):
        show(f"Shopify: {counted(shop, 'order')} read", 0.0)
    for region in regions:
        read = 0
        for step in backfill.amazon_orders(region, since):
            read = step.orders
            show(f"Amazon {region}: {counted(read, 'order')} read, up to {step.reached:%Y-%m-%d %H:%M}", step.share)
        found["regions"][region] = {"amazon_orders": read}
    backfill.take_over_from(since)
    connections.ledger.audit(who(), "backfill orders", ", ".join(regions), f"since {since.isoformat()}")
    return shop


def _import(connections: Connections, region: str, show: Show) -> Imported:
    from integration_assets.orders.cycle import OrderCycle
    from integration_assets.orders.journal import record

    cycle = OrderCycle(
        model=connections.model,
        shopify=connections.shopify,
        amazon=connections.amazon,
        warehouse=connections.warehouse,
        ledger=connections.ledger,
        clock=connections.clock,
        origin=f"instep backfill, {who()}",
    )
    done = cycle.run(
        region,
        lambda made, planned: show(f"Shopify: {made} of {planned} orders made", made / planned if planned else 1),
    )
    record(
        connections.warehouse,
        connections.ledger,
        region,
        done.made.planned,
        connections.clock.now(),
        live=cycle.live,
    )
    return done


def _regions(connections: Connections, region: str | None) -> list[str]:
    known = sorted(connections.model.amazon)
    if region is not None and region not in known:
        raise ConfigurationError(f"There is no region account {region!r}.", todo=f"Declared are: {', '.join(known)}.")
    return known if region is None else [region]


def _came_to(done: Imported) -> dict[str, Any]:
    made = done.made
    return {
        "mode": "live" if made.live else "preview",
        "planned": len(made.planned),
        "made": made.sent,
        "found_made": made.verified - made.sent,
        "refused": len(made.rejected),
        "in_doubt": made.unknown,
        "put_off": made.put_back,
        "waiting": len(done.held),
        "errors": made.errors,
        "left_to": made.left_to,
    }


def _tell(found: dict[str, Any]) -> None:
    say(f"Orders since {found['since']:%Y-%m-%d %H:%M} UTC; {counted(found['shopify_orders'], 'order')} in Shopify.")
    for region, told in found["regions"].items():
        say(f"  Amazon {region}: {counted(told['amazon_orders'], 'order')} read")
        if told["left_to"]:
            say(f"    left to the import at work: {told['left_to']}")
        elif told["mode"] == "preview":
            say(f"    preview: {counted(told['planned'], 'order')} would be made; {told['waiting']} wait")
        else:
            say(
                f"    {told['made']} made, {told['found_made']} found made, {told['refused']} refused, "
                f"{told['in_doubt']} in doubt, {told['put_off']} put off; {told['waiting']} wait"
            )
        for error in told["errors"]:
            say(f"    {error}")
