"""`instep explain payout ID`: the story of a payout, from the first sale to the bank, from the stores alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cli.main import OK
from cli.output import at, counted, say, write_json
from integration_assets.contracts.errors import ConfigurationError
from integration_assets.rules.money import as_text, in_words

if TYPE_CHECKING:
    from integration_assets.contracts.money import Payout
    from resources.warehouse import Warehouse

FILES = """
    SELECT created_at, read_at, version, status, reason
    FROM amazon.settlements
    WHERE settlement_id = ?
    ORDER BY created_at, report_id
"""
DAYS = """
    SELECT
        l.posted_on,
        count(*) AS lines,
        count(DISTINCT l.order_ref) AS orders,
        sum(l.amount) AS amount
    FROM amazon.settlement_lines AS l
    JOIN amazon.settlements AS s ON s.settlement_id = l.settlement_id AND s.version = l.version AND s.is_current
    WHERE l.settlement_id = ?
    GROUP BY l.posted_on
    ORDER BY l.posted_on
"""
BUCKETS = """
    SELECT l.bucket, l.order_ref IS NOT NULL AS on_orders, count(*) AS lines, sum(l.amount) AS amount
    FROM amazon.settlement_lines AS l
    JOIN amazon.settlements AS s ON s.settlement_id = l.settlement_id AND s.version = l.version AND s.is_current
    WHERE l.settlement_id = ?
    GROUP BY ALL
    ORDER BY on_orders DESC, amount DESC, l.bucket
"""
BOOKED = """
    SELECT recorded_at, entry_id, kind, min(booked_on) AS booked_on, sum(debit) AS amount
    FROM reconcile.journal
    WHERE settlement_id = ?
    GROUP BY recorded_at, entry_id, kind
    ORDER BY recorded_at, entry_id
"""
DIFFERENCES = """
    SELECT d.order_ref, d.difference, d.reason
    FROM reconcile.settlement_drift AS d
    WHERE EXISTS (
        SELECT 1 FROM reconcile.order_fees AS f
        WHERE f.settlement_id = ? AND f.order_ref = d.order_ref AND f.currency = d.currency
    )
    ORDER BY abs(d.difference) DESC NULLS FIRST, d.order_ref
    LIMIT 20
"""
NEWEST_FILE = """
    SELECT status, reason FROM amazon.settlements
    WHERE settlement_id = ?
    ORDER BY created_at DESC, report_id DESC LIMIT 1
"""
ANY_FILE = "SELECT 1 FROM amazon.settlements WHERE is_current LIMIT 1"
LIKE = "SELECT settlement_id FROM reconcile.payouts ORDER BY deposit_on DESC NULLS LAST, settlement_id DESC LIMIT 5"


class Event(NamedTuple):
    """A moment of the story. A day without an hour is one of the marketplace; `first` of its day goes before it."""

    when: datetime | date
    what: str
    first: bool = False


def explain_payout(model: Path | None, *, settlement_id: str, as_json: bool) -> int:
    """Tell the story of a settlement. ConfigurationError names the newest ones where there is none of this id."""
    from resources.connections import connect

    with connect(model) as connections:
        story = _story(connections.warehouse, settlement_id)
    if as_json:
        write_json(story)
    else:
        _show(story)
    return OK


def _story(warehouse: Warehouse, settlement_id: str) -> dict[str, Any]:
    from integration_assets.contracts.money import PAYOUTS

    found = warehouse.rows(PAYOUTS, "settlement_id = ?", [settlement_id])
    if not found:
        file = warehouse.query(NEWEST_FILE, [settlement_id])
        if file:
            status, reason = file[0]
            is_read = status != "quarantined"
            raise ConfigurationError(
                f"Settlement {settlement_id} is in no payout: its file is {status}. {reason}".rstrip(),
                todo="Run `instep settlement close`."
                if is_read
                else "`instep exceptions --team finance` says what to do.",
            )
        known = ", ".join(row[0] for row in warehouse.query(LIKE))
        raise ConfigurationError(
            f"There is no payout {settlement_id!r}.",
            todo=f"The newest are {known}."
            if known
            else "Settlements were read, and none is closed yet: run `instep settlement close`."
            if warehouse.query(ANY_FILE)
            else "No settlement was read yet: run `instep settlement collect`.",
        )
    payout = found[0]

    def exact(amount: Decimal | None) -> str | None:
        return None if amount is None else as_text(amount, payout.currency)

    amounts = ("deposit", "difference", "on_orders", "allocated", "with_account", "owed_later")
    return {
        "settlement_id": payout.settlement_id,
        "region": payout.region,
        "currency": payout.currency,
        "state": payout.state,
        "deposit_on": payout.deposit_on,
        **{name: exact(getattr(payout, name)) for name in amounts},
        "orders": payout.orders,
        "orders_in_shopify": payout.orders_in_shopify,
        "timeline": [
            {"when": event.when, "what": event.what} for event in sorted(_events(warehouse, payout), key=_order)
        ],
        "made_of": [
            {"bucket": bucket, "of": "orders" if on_orders else "account", "lines": lines, "amount": exact(amount)}
            for bucket, on_orders, lines, amount in warehouse.query(BUCKETS, [settlement_id])
        ],
        "differences": [
            {"order": order, "difference": exact(difference), "reason": reason}
            for order, difference, reason in warehouse.query(DIFFERENCES, [settlement_id])
        ],
    }


def _events(warehouse: Warehouse, payout: Payout) -> list[Event]:
    events: list[Event] = []
    if payout.started_at is not None:
        events.append(Event(payout.started_at, "its period began", first=True))
    for day, lines, orders, amount in warehouse.query(DAYS, [payout.settlement_id]):
        of_orders = f", {counted(orders, 'order')}" if orders else ""
        events.append(Event(day, f"{counted(lines, 'line')}{of_orders}: {in_words(amount, payout.currency)}"))
    if payout.ended_at is not None:
        events.append(Event(payout.ended_at, "its period ended"))
    for created_at, read_at, version, status, reason in warehouse.query(FILES, [payout.settlement_id]):
        events.append(
            Event(created_at, f"Amazon made {'its file' if version == 1 else f'version {version} of its file'}")
        )
        events.append(Event(read_at, f"the file was read: {status}" + (f" ({reason})" if reason else "")))
    for recorded_at, entry_id, kind, booked_on, amount in warehouse.query(BOOKED, [payout.settlement_id]):
        verb = "booked" if kind == "posting" else "taken back in the books"
        events.append(Event(recorded_at, f"{entry_id} {verb} for {booked_on}: {in_words(amount, payout.currency)}"))
    if payout.deposit_on is not None:
        events.append(Event(payout.deposit_on, f"the bank gets {in_words(payout.deposit, payout.currency)}"))
    return events


def _order(event: Event) -> tuple[date, int, datetime]:
    """By day; within a day what has no hour comes first."""
    if isinstance(event.when, datetime):
        return event.when.astimezone(UTC).date(), 0 if event.first else 2, event.when
    return event.when, 1, datetime.min.replace(tzinfo=UTC)


def _show(story: dict[str, Any]) -> None:
    currency = story["currency"]
    say(f"payout {story['settlement_id']} ({story['region']}): {story['deposit']} {currency}, {story['state']}")
    say("  timeline")
    for event in story["timeline"]:
        when = event["when"]
        say(f"    {at(when) if isinstance(when, datetime) else f'{when:%Y-%m-%d}':24}{event['what']}")
    say("  made of")
    for part in story["made_of"]:
        lines = counted(part["lines"], "line")
        say(f"    {part['bucket']:16}{part['of']:10}{part['amount']:>14} {currency}  {lines}")
    if story["state"] != "balanced":
        say(f"  the lines are {story['difference']} {currency} off the deposit")
    say(f"  on orders       {story['on_orders']} {currency} on {counted(story['orders'], 'order')}")
    say(f"  in Shopify      {story['orders_in_shopify']} of them")
    say(f"  shared out      {story['allocated']} {currency}")
    say(f"  with account    {story['with_account']} {currency}")
    say(f"  still owed      {story['owed_later']} {currency} in reserve or not settled yet")
    if story["differences"]:
        say("  differs from Shopify")
        for each in story["differences"]:
            amount = "not known" if each["difference"] is None else f"{each['difference']} {currency}"
            say(f"    {each['order']:24}{amount:>18}  {each['reason']}")
