"""The doctor's checks of this machine: environment, clock, stores, what waits in them, and Dagster's home."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.health import BriskClock, Check, Line, Patient, failed
from cli.output import ago, at, place_of

if TYPE_CHECKING:
    from integration_assets.contracts.table import Table
    from resources.ledger import Ledger
    from resources.ledger_parts.records import Effect
    from resources.warehouse import Warehouse

EFFECT_OPEN_TOO_LONG_SECONDS = 2 * 3600.0
STALE_AFTER_SECONDS = 3600.0
"""What a cycle reads is read each quarter of an hour: after an hour several readings in a row have failed."""

WAREHOUSE_PATIENCE_SECONDS = 3.0
LEAST_FREE_BYTES = 200 << 20
LITTLE_FREE_BYTES = 2 << 30
DAEMON_SILENT_SECONDS = 300.0
SYNC_AND_SEE = "Run `instep sync --once`: it says what fails."


def environment(patient: Patient) -> Iterator[Line]:
    """Whether every variable that the operating model names is set."""
    patient.model.secrets(patient.env)
    yield Line("environment", "ok", "every variable that the operating model names is set")


def clock(patient: Patient) -> Iterator[Line]:
    """Whether time can be told; in a rehearsal it is the sandbox's."""
    from resources.clock import clock_from

    chosen = clock_from(patient.model)
    now = chosen.now()
    patient.clock, patient.tells_time = chosen, True
    rehearsed = f", the sandbox's, {chosen.speed:g} times as fast" if patient.model.rehearsal.clock_url else ""
    yield Line("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC{rehearsed}")


def ledger(patient: Patient) -> Iterator[Line]:
    """Whether the ledger can be reached, is this program's, and is whole."""
    import sqlalchemy as sa

    from resources import ledger as stores

    url = patient.model.ledger_url(patient.env)
    found = stores.Ledger(url, BriskClock(patient.clock))
    if found.is_sqlite and not Path(sa.make_url(url).database or "").exists():
        yield Line("ledger", "warn", f"there is none at {place_of(found)} yet", "Run `instep setup`, which makes it.")
        return
    with closing(found):
        yield _whole(patient, found)


def _whole(patient: Patient, found: Ledger) -> Line:
    """The line for a ledger that is there; one that is fit is left to the other checks, and opens again for them."""
    from resources.ledger_parts.schema import REVISION

    revision = found.revision()
    if revision != REVISION:
        told = f"at revision {revision}, this program needs {REVISION}" if revision else "not set up"
        return failed("ledger", f"{place_of(found)} is {told}", "Stop the services, then run `instep setup`.")
    wrong = found.check()
    if wrong:
        todo = "Stop all services and restore the file from the last backup."
        return failed("ledger", f"{place_of(found)} is damaged: {wrong[0]}", todo)
    patient.ledger = found
    return Line("ledger", "ok", f"{place_of(found)}, revision {revision}, whole")


def open_pushes(patient: Patient) -> Iterator[Line]:
    """How many effects are under way, and whether one has been for too long."""
    from integration_assets.stock.pushes import KIND

    if patient.ledger is None:
        return
    effects: list[Effect] = []
    for region in patient.model.amazon:
        effects += patient.ledger.open_effects(KIND, region, ("intended", "sent", "applied", "unknown"))
    # Those that used up their tries wait for Amazon, and are exceptions.
    tries = patient.model.stock.max_attempts
    effects = [effect for effect in effects if not (effect.state == "applied" and effect.attempts >= tries)]
    if not effects:
        yield Line("open pushes", "ok", "none")
        return
    if not patient.tells_time:
        yield Line("open pushes", "ok", f"{len(effects)}, for an unknown time")
        return
    oldest = min(effects, key=lambda effect: effect.decided_at)
    age = patient.age(oldest.decided_at)
    told = f"{len(effects)}, the oldest for {ago(age)} ({oldest.region}/{oldest.subject}, {oldest.state})"
    if age > EFFECT_OPEN_TOO_LONG_SECONDS:
        yield Line("open pushes", "warn", told, "See whether cycles run, then `instep explain` that SKU.")
    else:
        yield Line("open pushes", "ok", told)


def holds(patient: Patient) -> Iterator[Line]:
    """Whether the breaker keeps a plan for a person."""
    if patient.ledger is None:
        return
    for hold in patient.ledger.open_holds():
        region = hold.scope.rpartition("/")[2]
        told = f"{hold.scope} is held since {at(hold.opened_at)}: {hold.detail}"
        yield Line(
            "breaker", "warn", told, f"Look at `instep plan`, then `instep release --breaker --region {region}`."
        )
    if not patient.ledger.open_holds():
        yield Line("breaker", "ok", "holds nothing")


def exceptions(patient: Patient) -> Iterator[Line]:
    """How many exceptions are open, by team."""
    if patient.ledger is None:
        return
    found = Counter(record.team for record in patient.ledger.open_exceptions())
    if not found:
        yield Line("exceptions", "ok", "none is open")
        return
    told = ", ".join(f"{team} {count}" for team, count in sorted(found.items()))
    yield Line("exceptions", "warn", f"{found.total()} open: {told}", "`instep exceptions` tells each and its steps.")


def warehouse(patient: Patient) -> Iterator[Line]:
    """Whether the warehouse opens, and how young what it knows is."""
    from integration_assets.contracts.errors import WarehouseBusy
    from resources import warehouse as stores

    path = patient.model.warehouse_path
    if not path.exists():
        yield Line("warehouse", "warn", f"there is none at {path} yet", "Run `instep sync --once`.")
        return
    found = stores.Warehouse(path, patient.clock, patience=WAREHOUSE_PATIENCE_SECONDS)
    try:
        found.scalar("SELECT 1")
    except WarehouseBusy as error:
        todo = "A run in progress lets go of it within seconds; look again."
        yield Line("warehouse", "warn", str(error).removesuffix(error.todo).rstrip(), todo)
        return
    yield Line("warehouse", "ok", f"{path}, {_size(path.stat().st_size)}")
    if patient.tells_time:
        yield _freshness(patient, found)


def _freshness(patient: Patient, found: Warehouse) -> Line:
    from integration_assets.contracts import amazon, fulfilment, shopify
    from integration_assets.contracts.bookkeeping import FRESHNESS

    written = {row.table_name: row.written_at for row in found.rows(FRESHNESS)}
    every_cycle: list[Table[Any]] = [
        *shopify.TABLES,
        *amazon.TABLES,
        *fulfilment.OF_ORDERS,
        *fulfilment.OBSERVED,
    ]
    # What Amazon shows is asked for when it is needed, not by the clock.
    sources = [table for table in every_cycle if table is not amazon.AVAILABILITY]
    ages = {table.sql_name: patient.age(written[table.sql_name]) for table in sources if table.sql_name in written}
    never = [table.sql_name for table in sources if table.sql_name not in written]
    old = [f"{name} {ago(age)} ago" for name, age in ages.items() if age > STALE_AFTER_SECONDS * patient.clock.speed]
    if len(old) == len(sources):
        return Line("sources", "warn", f"none was read for {ago(min(ages.values()))}", SYNC_AND_SEE)
    if never or old:
        told = "; ".join(
            part
            for part in (
                f"read too long ago: {', '.join(old)}" if old else "",
                f"never read: {', '.join(never)}" if never else "",
            )
            if part
        )
        return Line("sources", "warn", told, SYNC_AND_SEE)
    return Line("sources", "ok", ", ".join(f"{name} {ago(age)}" for name, age in ages.items()))


def disk(patient: Patient) -> Iterator[Line]:
    """Whether the stores can grow."""
    folder = patient.model.data_dir
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(place).free
    told = f"{_size(free)} free at {folder}"
    todo = "Free some space, or set [store] data_dir to a larger disk."
    known = patient.model.warehouse_path
    wanted = max(LITTLE_FREE_BYTES, 2 * known.stat().st_size if known.exists() else 0)
    if free < LEAST_FREE_BYTES:
        yield failed("disk", told, todo)
    elif free < wanted:
        yield Line("disk", "warn", told, todo)
    else:
        yield Line("disk", "ok", told)


def dagster_home(env: Mapping[str, str]) -> Iterator[Line]:
    """Whether Dagster's daemon is alive, where this installation has a Dagster home."""
    home = env.get("DAGSTER_HOME", "")
    if not home:
        yield Line("Dagster", "ok", "DAGSTER_HOME is not set: `instep sync` needs none, UI and schedules do")
        return
    if not Path(home).is_dir():
        todo = "Make the folder, or set DAGSTER_HOME to the one with dagster.yaml."
        yield failed("Dagster", f"DAGSTER_HOME={home} is no folder", todo, is_configuration=True)
        return
    import time

    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        beats = instance.get_daemon_heartbeats()
    if not beats:
        yield Line("Dagster", "warn", f"no daemon has run in {home} yet", "Start `dagster-daemon run`.")
        return
    silent = {name: time.time() - beat.timestamp for name, beat in beats.items()}
    latest = min(silent.values())
    if latest > DAEMON_SILENT_SECONDS:
        told = f"the daemon of {home} was last alive {ago(latest)} ago: no schedule and no sensor runs"
        yield Line("Dagster", "warn", told, "Start `dagster-daemon run`.")
        return
    faulty = sorted(name for name, beat in beats.items() if beat.errors)
    if faulty:
        told = f"the daemon of {home} reports errors in {', '.join(faulty)}"
        yield Line("Dagster", "warn", told, "Read its log, and the Deployment page of the UI.")
        return
    yield Line("Dagster", "ok", f"the daemon of {home} was alive {ago(latest)} ago")


def _size(count: float) -> str:
    for unit in ("bytes", "KB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            return f"{count:.0f} {unit}" if unit in ("bytes", "KB") else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError("unreachable: the last unit returns")


OF_THIS_MACHINE: tuple[tuple[str, Check], ...] = (
    ("environment", environment),
    ("clock", clock),
    ("ledger", ledger),
    ("open pushes", open_pushes),
    ("breaker", holds),
    ("exceptions", exceptions),
    ("warehouse", warehouse),
    ("disk", disk),
)
NEEDS_NO_MODEL: tuple[tuple[str, Callable[[Mapping[str, str]], Iterator[Line]]], ...] = (("Dagster", dagster_home),)
