"""The shipping figures by which Amazon judges the account, counted from what Amazon itself tells."""

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import dagster as dg

from integration_assets.contracts import amazon
from integration_assets.contracts.fulfilment import (
    ACCOUNT_HEALTH,
    ITEM_CANCELLATIONS,
    ORDER_PACKAGES,
    AccountHealth,
)
from integration_assets.fulfilment.findings import Findings
from integration_assets.rules.account_health import WINDOWS, OrderFacts, PackageFacts, rates
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

HERE = Path(__file__)
OF_ORDERS = HERE.with_name("account_health_orders.sql").read_text(encoding="utf-8")
OF_PACKAGES = HERE.with_name("account_health_packages.sql").read_text(encoding="utf-8")


@dg.multi_asset(
    name="reconcile_account_health",
    specs=[
        spec_of(
            ACCOUNT_HEALTH,
            kinds={"python"},
            deps=[amazon.ORDERS, ORDER_PACKAGES, ITEM_CANCELLATIONS],
        )
    ],
)
def account_health(
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Count every figure over every window, for each region account; what is beyond its limit is raised."""
    rows = counted(warehouse, model, clock)
    written = warehouse.replace(ACCOUNT_HEALTH, rows)
    Findings(ledger).health(model.amazon, rows)
    return told(
        ACCOUNT_HEALTH,
        rows=written,
        beyond_limit=sum(not row.within_limit for row in rows),
        **{
            f"{row.region}/{row.figure}/{row.window_days} days": f"{row.percent} %"
            for row in rows
            if row.percent is not None
        },
        figures=as_table(rows, ["region", "figure", "window_days", "counted", "hits", "percent", "limit_percent"]),
    )


def counted(warehouse: Warehouse, model: OperatingModel, clock: Clock) -> list[AccountHealth]:
    """The figures of every region account that is declared, also of one without an order."""
    now = clock.now()
    since = {"since": now - timedelta(days=max(WINDOWS))}
    orders: dict[str, list[OrderFacts]] = defaultdict(list)
    for region, *facts in warehouse.query(OF_ORDERS, since):
        orders[region].append(OrderFacts(*facts))
    packages: dict[str, list[PackageFacts]] = defaultdict(list)
    for region, *facts in warehouse.query(OF_PACKAGES, since):
        packages[region].append(PackageFacts(*facts))
    return [
        AccountHealth(
            region=region,
            figure=rate.figure,
            window_days=rate.window_days,
            counted=rate.counted,
            hits=rate.hits,
            percent=rate.percent,
            limit_percent=rate.limit_percent,
            within_limit=rate.within_limit,
            one_more_costs=rate.one_more_costs,
        )
        for region in sorted(model.amazon)
        for window in WINDOWS
        for rate in rates(orders[region], packages[region], now=now, window_days=window)
    ]
