"""When settlement reports appear: every fourteen days per marketplace, by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.amazon.marketplaces import BY_ID
from sandbox.amazon.reports import publish
from sandbox.amazon.settlement import REPORT_TYPE, settle, settlement_text
from sandbox.amazon.state import Report, state_of
from sandbox.world import AmazonAccount, World

PERIOD = timedelta(days=14)
DELAY = timedelta(hours=6)


def publish_settlement(world: World, account: AmazonAccount, marketplace_id: str, end: datetime) -> Report:
    """Put the settlement that ends at `end` into the account's list of reports.

    The report names every marketplace of the account, as the real one does: what it is about stands inside.
    """
    number = f"1{world.next_id():010d}"
    place = BY_ID[marketplace_id]
    settlement = settle(number, place, end - PERIOD, end, account.orders.values(), seed=world.seed)
    report = Report(f"7{world.next_id():010d}", REPORT_TYPE, list(account.marketplace_ids), end + DELAY)
    report.data_start, report.data_end = end - PERIOD, end
    report.started_at = report.ended_at = report.created_at
    publish(world, account, report, settlement_text(settlement), charset=None)
    return report


def schedule_settlements(world: World, account: AmazonAccount, marketplace_id: str, next_end: datetime) -> None:
    """Publish the settlement that ends at `next_end` when its time has come, and every later one."""
    state_of(world, account)

    def due() -> None:
        publish_settlement(world, account, marketplace_id, next_end)
        schedule_settlements(world, account, marketplace_id, next_end + PERIOD)

    world.at(next_end + DELAY, due)
