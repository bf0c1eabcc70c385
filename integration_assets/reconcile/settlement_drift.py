"""Settlement drift: orders of which settlements say another value than Shopify, and the causes of the difference."""

import dagster as dg

from integration_assets.contracts import amazon, shopify
from integration_assets.contracts.fulfilment import TRANSACTIONS
from integration_assets.contracts.money import DRIFT_STATES, ORDER_FEES, ORDER_MONEY, SETTLEMENT_DRIFT
from integration_assets.contracts.settlements import SETTLEMENTS
from integration_assets.money.drift import drift
from integration_assets.money.findings import report_drift
from integration_assets.rules.settlement_causes import CAUSES
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="reconcile_settlement_drift",
    specs=[
        spec_of(
            SETTLEMENT_DRIFT,
            kinds={"sql", "python"},
            deps=[
                ORDER_FEES,
                SETTLEMENTS,
                ORDER_MONEY,
                shopify.ORDERS,
                shopify.ORDER_LINES,
                amazon.ORDERS,
                amazon.ORDER_ITEMS,
                TRANSACTIONS,
            ],
        )
    ],
)
def settlement_drift(
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Compare every order that is settled, or should be, and tell finance what is worth a look."""
    now = clock.now()
    rows = drift(warehouse, model, now)
    written = warehouse.replace(SETTLEMENT_DRIFT, rows)
    report_drift(ledger, model, rows)
    largest = sorted(rows, key=lambda row: -abs(row.difference or row.settled_value))
    return told(
        SETTLEMENT_DRIFT,
        rows=written,
        **{f"cause/{cause}": sum(row.main_cause == cause for row in rows) for cause in CAUSES},
        **{f"state/{state}": sum(row.state == state for row in rows) for state in DRIFT_STATES},
        largest=as_table(
            largest, ["order_ref", "currency", "shopify_value", "settled_value", "difference", "state", "reason"]
        ),
    )
