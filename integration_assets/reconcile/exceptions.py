"""The exceptions, as analysts read them: what is open, and what was closed lately."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from integration_assets.contracts.actions import STOCK_PUSH
from integration_assets.contracts.desk import EXCEPTIONS, SERVICE_HEALTH, ExceptionRow
from integration_assets.contracts.reconcile import SKU_MAP, STOCK_POSITION
from integration_assets.service.register import exception_rows
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.warehouse import Warehouse

SHOWN = ("exception_id", "team", "severity", "standing", "kind", "told", "hours_left")
BY_SEVERITY = ("urgent", "high", "normal")


@dg.multi_asset(
    name="reconcile_exceptions",
    specs=[
        spec_of(
            EXCEPTIONS,
            kinds={"python"},
            deps=[SERVICE_HEALTH, SKU_MAP, STOCK_POSITION, STOCK_PUSH],
            fresh_within=timedelta(minutes=30),
        )
    ],
)
def exceptions(
    ledger: dg.ResourceParam[Ledger], warehouse: dg.ResourceParam[Warehouse], clock: dg.ResourceParam[Clock]
) -> dg.MaterializeResult[None]:
    """Copy them from the ledger, which stays the one place where they live."""
    rows = list(exception_rows(ledger, clock.now()))
    count = warehouse.replace(EXCEPTIONS, rows)
    still = [row for row in rows if row.standing != "closed"]
    still.sort(key=lambda row: (BY_SEVERITY.index(row.severity), row.opened_at))
    return told(
        EXCEPTIONS,
        rows=count,
        open=len(still),
        urgent=sum(row.severity == "urgent" for row in still),
        overdue=sum(row.standing == "overdue" for row in still),
        by_team=", ".join(f"{team} {_count(still, team)}" for team in sorted({row.team for row in still})) or "none",
        most_urgent=as_table(still, SHOWN),
    )


def _count(rows: Sequence[ExceptionRow], team: str) -> int:
    return sum(row.team == team for row in rows)
