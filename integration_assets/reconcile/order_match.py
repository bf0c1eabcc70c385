"""Every Amazon order against Shopify: matched, missing, double, or not the same, and why."""

from datetime import timedelta
from pathlib import Path

import dagster as dg

from integration_assets.contracts import amazon, money, shopify
from integration_assets.contracts.orders import ORDER_MATCH, ORDER_VERDICTS
from integration_assets.orders.findings import report_matches
from integration_assets.orders.plan import OrderBook
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
UNDER_WAY = timedelta(minutes=30)
"""How long a change on one side may take to show on the other before the difference is one."""


@dg.multi_asset(
    name="reconcile_order_match",
    specs=[
        spec_of(
            ORDER_MATCH,
            kinds={"sql"},
            deps=[
                amazon.ORDERS,
                amazon.ORDER_ITEMS,
                shopify.ORDERS,
                shopify.ORDER_LINES,
                shopify.STOCK_LEVELS,
                money.ORDER_FEES,
            ],
        )
    ],
)
def order_match(
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Compare both sides by Amazon's order id; what is not the same is told with the amounts, and raised."""
    book = OrderBook(model=model, warehouse=warehouse, ledger=ledger, clock=clock)
    since = book.import_from()
    asked = {"since": since, "fba": model.orders.fba, "fresh_since": clock.now() - UNDER_WAY}
    written = warehouse.rebuild(ORDER_MATCH, SQL, asked)
    odd = warehouse.rows(ORDER_MATCH, "verdict NOT IN ('matched', 'waiting', 'not_due')")
    report_matches(ledger, warehouse, odd, clock, since=since if model.mode.order_import == "live" else None)
    counts = dict(warehouse.query("SELECT verdict, count(*) FROM reconcile.order_match GROUP BY verdict"))
    return told(
        ORDER_MATCH,
        rows=written,
        **{f"verdict/{verdict}": counts.get(verdict, 0) for verdict in ORDER_VERDICTS},
        to_look_at=as_table(
            odd, ["region", "amazon_order_id", "verdict", "ship_by_at", "amazon_total", "shopify_total", "reason"]
        ),
    )
