"""What a watchdog outside of the daemon looks at, as exceptions: the daemon's life, its ticks, work that stands still.

What Dagster says comes in as plain values, so that the rules can be tried without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integration_assets.contracts.desk import SERVICE_HEALTH
from integration_assets.contracts.errors import StoreError
from integration_assets.service.health import sources, span, tell
from integration_assets.service.runs import run_failed, run_succeeded
from resources.clock import Clock
from resources.findings import finding, report
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

OWN_KINDS = (
    "daemon_silent",
    "failed_tick",
    "failed_run",
    "push_lag",
    "stale_source",
    "credentials",
    "missing_webhook",
    "dead_channel",
)
"""Exceptions that say the service itself is not well."""

SILENT_AFTER = timedelta(minutes=5)
TICKS_IN_A_ROW = 3
NOT_PUSHED = """
    SELECT seller_sku, region, first_seen_at FROM reconcile.inventory_drift
    WHERE cause = 'not_yet_pushed' ORDER BY first_seen_at LIMIT 1
"""
LIMITS = "part = 'source' AND limit_minutes IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Daemon:
    """What Dagster's own stores say. Times are the wall's.

    `silent_for` is None where no daemon ever ran; `failing` has the last errors, newest first, of each sensor and
    schedule that is on; `last_run_failed` says of each job whether its newest finished run did.
    """

    silent_for: timedelta | None = None
    faulty: tuple[str, ...] = ()
    failing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    last_run_failed: Mapping[str, bool] = field(default_factory=dict)
    inbox_read_to: int | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    """A change that is not sent yet: what it is and since when."""

    what: str
    since: datetime


def look(
    *, model: OperatingModel, ledger: Ledger, warehouse: Warehouse, daemon: Daemon | None, clock: Clock
) -> list[str]:
    """Look at everything and keep the ledger's exceptions up to date; what could not be looked at, in words."""
    unseen, now = [], clock.now()
    if daemon is not None:
        of_the_daemon(ledger, daemon)
    try:
        waits = waiting(model, ledger, warehouse, daemon)
        of_old_sources(ledger, warehouse, now)
    except StoreError as error:
        unseen.append(f"the warehouse could not be read: {error}")
        waits = waiting(model, ledger, None, daemon)
    of_lag(ledger, waits, timedelta(minutes=model.alerts.lag_minutes) * clock.speed, now)
    return unseen


def of_the_daemon(ledger: Ledger, daemon: Daemon) -> None:
    """Its life, its ticks, its runs."""
    silent = []
    if daemon.silent_for is not None and daemon.silent_for > SILENT_AFTER:
        faulty = ", ".join(daemon.faulty)
        detail = f"with errors in {faulty}" if faulty else "no error was reported"
        silent.append(finding("daemon_silent", "daemon", {"age": span(daemon.silent_for), "detail": detail}))
    report(ledger, "daemon_silent", silent)
    failing = [
        finding("failed_tick", name, {"name": name, "times": len(errors), "detail": errors[0].rstrip(". ")})
        for name, errors in sorted(daemon.failing.items())
        if len(errors) >= TICKS_IN_A_ROW
    ]
    report(ledger, "failed_tick", failing)
    known = {each.identity for each in ledger.open_exceptions("failed_run")}
    for job, failed in sorted(daemon.last_run_failed.items()):
        if failed and job not in known:
            run_failed(ledger, job, "a step", "its error stands at the run in the Dagster UI")
        elif not failed and job in known:
            run_succeeded(ledger, job)


def waiting(model: OperatingModel, ledger: Ledger, warehouse: Warehouse | None, daemon: Daemon | None) -> list[Waits]:
    """What waits to be sent, by the inbox, the ledger and the comparison; nothing waits in a preview.

    Of the ledger's effects the oldest of each kind and region account is told.
    """
    found = []
    if daemon is not None and daemon.inbox_read_to is not None:
        lag = ledger.inbox_lag(after=daemon.inbox_read_to)
        if lag.oldest_received_at is not None:
            found.append(Waits(f"{lag.waiting} webhooks that nobody has read", lag.oldest_received_at))
    for effect in ledger.oldest_waiting():
        if effect.region not in model.amazon or not model.mode.sends(effect.kind):
            continue  # nobody is to send it
        what = f"{effect.kind.replace('_', ' ')} of {effect.region}/{effect.subject}"
        found.append(Waits(what, effect.decided_at))
    if warehouse is not None and model.mode.stock_push == "live" and warehouse.path.exists():
        for sku, region, since in warehouse.query(NOT_PUSHED):
            found.append(Waits(f"stock of {region}/{sku}", since))
    return found


def of_lag(ledger: Ledger, waits: Sequence[Waits], limit: timedelta, now: datetime) -> None:
    """The one that has waited longest, when that is too long."""
    oldest = min(waits, key=lambda each: each.since, default=None)
    late = []
    if oldest is not None and now - oldest.since > limit:
        late.append(finding("push_lag", "oldest", {"age": span(now - oldest.since), "what": oldest.what}))
    report(ledger, "push_lag", late)


def of_old_sources(ledger: Ledger, warehouse: Warehouse, now: datetime) -> None:
    """The ages of all sources, by the limits that were last written down."""
    if not warehouse.path.exists():
        return
    rows = warehouse.rows(SERVICE_HEALTH, LIMITS)
    limits = {row.name: timedelta(minutes=row.limit_minutes or 0) for row in rows}
    if limits:
        tell(ledger, "stale_source", sources(warehouse, limits, now))
