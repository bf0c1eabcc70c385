"""The doctor's check of Amazon's notifications: the queue, who may write to it, and where the subscription leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.health import BriskClock, FreeTurns, Line, Patient, from_error
from cli.output import counted
from integration_assets.contracts.errors import InstepError

if TYPE_CHECKING:
    from resources.operating_model_parts.notifications import NotificationSettings


MANY_WAITING = 100
"""Messages in a queue that somebody listens to are taken within seconds."""


def notifications(patient: Patient) -> Iterator[Line]:
    """Each declared queue by itself; without any there is nothing to say."""
    for region, account in sorted(patient.model.amazon.items()):
        if account.notifications is None:
            continue
        try:
            yield from _queue(patient, region, account.notifications)
        except InstepError as error:
            yield from_error(f"order changes {region}", error)


def _queue(patient: Patient, region: str, settings: NotificationSettings) -> Iterator[Line]:
    from integration_assets.orders.subscribing import LET_IN, standing
    from resources.amazon import Amazon
    from resources.amazon_parts.access import accesses
    from resources.queues import queue_of

    check, where = f"queue of Amazon {region}", f"order changes {region}"
    alone = patient.model.model_copy(update={"amazon": {region: patient.model.amazon[region]}})
    with patient.doors(f"amazon.{region}") as doors:
        facts = queue_of(region, settings, doors.secrets).facts()
        waiting = f"{facts.arn}, {counted(facts.waiting, 'message')} in it"
        if facts.lets_amazon_in and facts.waiting > MANY_WAITING:
            yield Line(check, "warn", waiting, "See that `instep listen` is running, and what it says.")
        elif facts.lets_amazon_in:
            yield Line(check, "ok", waiting)
        else:
            told, _, todo = LET_IN.partition(": ")
            yield Line(check, "warn", told, f"{todo[:1].upper()}{todo[1:]}")
        turns = patient.ledger if patient.ledger is not None and patient.tells_time else FreeTurns()
        with Amazon(accesses(alone, doors.secrets), turns, BriskClock(patient.clock)) as amazon:
            found = standing(amazon.account(region).notifications, facts)
    if found.leads_elsewhere is not None:
        todo = "Name that queue in the operating model, or have the program that uses it unsubscribe."
        yield Line(where, "warn", f"they are told at {found.leads_elsewhere}, not on our queue", todo)
    elif not found.is_well:
        told = "nobody is subscribed" if not found.subscribed else f"version {found.payload_version} is subscribed to"
        yield Line(where, "warn", f"{told}, so nothing arrives", "Run `instep setup`.")
    else:
        yield Line(where, "ok", "told on our queue; `instep listen` reads it")
