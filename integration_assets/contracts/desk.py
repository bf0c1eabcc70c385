"""What people have to see to, and how the service itself is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integration_assets.contracts.table import Row, column, table

STANDINGS = ("open", "overdue", "acknowledged", "snoozed", "closed")
PARTS = ("source", "allowance", "credentials", "webhooks")
STATES = ("ok", "late", "failing", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow(Row):
    """Everything a team has, or lately had, to see to, with its whole life: opened, seen by whom, closed."""

    exception_id: int = column("The ledger's number of it, as `instep ack` takes it", minimum=1)
    kind: str = column("Kind, a name of the catalogue")
    title: str = column("What the kind means, in a few words")
    identity: str = column("What it is about within its kind, such as eu/MUG-1; kind and identity never change")
    team: str = column("Team that mends it")
    record_owner: str | None = column("System whose word counts for the record")
    severity: str = column("How bad it is", allowed=("urgent", "high", "normal"))
    standing: str = column("Where it stands", allowed=STANDINGS)
    told: str = column("What is the matter, in plain words")
    region: str | None = column("Region account, where it is about one")
    seller_sku: str | None = column("SKU as typed on Amazon, where it is about one")
    amazon_order_id: str | None = column("Amazon's id of the order, where it is about one")
    units: int | None = column("Its size where that is units, without a sign", unit="units", minimum=0)
    amount: Decimal | None = column("Its size where that is money, without a sign", unit="currency beside it")
    currency: str | None = column("Currency of the amount (ISO 4217)")
    occurrence: int = column("How often this kind has come over the same identity", minimum=1)
    opened_at: datetime = column("When it was opened")
    updated_at: datetime = column("When its sentence or its facts last changed")
    deadline_at: datetime | None = column("When it must be mended, where there is such a moment")
    closed_at: datetime | None = column("When the facts closed it; empty while it is open")
    age_hours: Decimal = column("How long it has been open, or was until it closed", unit="hours")
    hours_left: Decimal | None = column("Time to the deadline; below zero once it has passed", unit="hours")
    acknowledged_at: datetime | None = column("When somebody said that it is seen to")
    acknowledged_by: str | None = column("User of this system who said so")
    told_again_at: datetime | None = column("When it wakes, where it is snoozed: nobody is told of it before")
    note: str | None = column("What they noted")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHealth(Row):
    """How the service itself is: whether each source is fresh, each credential accepted, each allowance kept to."""

    part: str = column("What is looked at", allowed=PARTS)
    name: str = column("Which one of it: a table, an account, an operation of an account, a topic")
    state: str = column("ok; late: older than it may be; failing: it says no; unknown: it could not be asked")
    told: str = column("What was found, in plain words")
    known_at: datetime | None = column(
        "Since when it is so: the last reading of a source, the first time it made us wait"
    )
    used_percent: Decimal | None = column("Share of an allowance that is used up", unit="percent")
    retries: int = column("How often it made us wait or try again in the last hour", minimum=0)
    limit_minutes: int | None = column("How old it may be", unit="minutes", minimum=0)
    looked_at: datetime = column("When it was looked at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend(Row):
    """A few figures over time, for charts: taken each time people are informed, kept for two weeks."""

    measured_at: datetime = column("When it was taken")
    figure: str = column("What was counted, such as drift/ownership_leak or exceptions/operations")
    value: int = column("How much of it there was", unit="units, SKUs or exceptions, as the figure says")


EXCEPTIONS = table(
    ExceptionRow,
    schema="reconcile",
    name="exceptions",
    key=("exception_id",),
    grain="one row per exception that is open or was closed in the last 90 days",
    kind="derived",
    team="operations",
)
SERVICE_HEALTH = table(
    ServiceHealth,
    schema="reconcile",
    name="service_health",
    key=("part", "name"),
    grain="one row per thing that is looked at",
    kind="derived",
    team="engineering",
)
TREND = table(
    Trend,
    schema="reconcile",
    name="trend",
    key=("measured_at", "figure"),
    grain="one row per moment and figure",
    kind="derived",
    team="operations",
)
TABLES = (EXCEPTIONS, SERVICE_HEALTH, TREND)
