"""When settlement reports appear: every fourteen days per marketplace, by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.amazon.finances import catch_up, moves_of
from sandbox.amazon.marketplaces import BY_ID
from sandbox.amazon.reports import publish
from sandbox.amazon.settlement import REPORT_TYPE, Settlement, settlement_text
from sandbox.amazon.settling import settle
from sandbox.amazon.state import Report, state_of
from sandbox.world import AmazonAccount, World

PERIOD = timedelta(days=14)
DELAY = timedelta(hours=6)


def publish_settlement(world: World, account: AmazonAccount, marketplace_id: str, end: datetime) -> Report:
    """Settle what was released in the period that ends at `end`, and put the report of it on the account's list."""
    settlement = settled(world, account, marketplace_id, end)
    return offer(world, account, settlement, settlement_text(settlement), at=end + DELAY)


def settled(
    world: World, account: AmazonAccount, marketplace_id: str, end: datetime, *, number: str = ""
) -> Settlement:
    """The settlement of a marketplace for the period that ends at `end`, under its own new number or a given one."""
    place = BY_ID[marketplace_id]
    number = number or f"1{world.next_id():010d}"
    catch_up(world, account)
    return settle(number, place, end - PERIOD, end, moves_of(account).values(), account.orders.values())


def offer(world: World, account: AmazonAccount, settlement: Settlement, content: bytes, *, at: datetime) -> Report:
    """Put a settlement's file on the account's list of reports, as made at `at`.

    The report names every marketplace of the account, as the real one does: what it is about stands inside.
    """
    report = Report(f"7{world.next_id():010d}", REPORT_TYPE, list(account.marketplace_ids), at)
    report.data_start, report.data_end = settlement.start, settlement.end
    report.started_at = report.ended_at = report.created_at
    publish(world, account, report, content, charset=None)
    state_of(world, account).settlements[settlement.place.id, settlement.end] = settlement.id
    return report


def schedule_settlements(world: World, account: AmazonAccount, marketplace_id: str, next_end: datetime) -> None:
    """Publish the settlement that ends at `next_end` when its time has come, and every later one."""
    state_of(world, account)

    def due() -> None:
        publish_settlement(world, account, marketplace_id, next_end)
        schedule_settlements(world, account, marketplace_id, next_end + PERIOD)

    world.at(next_end + DELAY, due)
