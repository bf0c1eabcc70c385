"""Every payout taken apart: deposit, lines, orders, account, and what Amazon still owes."""

from pathlib import Path

import dagster as dg

from integration_assets.contracts.fulfilment import TRANSACTIONS
from integration_assets.contracts.money import ACCOUNT_FEES, ORDER_FEES, PAYOUTS, SETTLEMENT_DRIFT
from integration_assets.contracts.settlements import SETTLEMENT_LINES, SETTLEMENTS
from integration_assets.money.declared import zones
from integration_assets.shown import as_table, spec_of, told
from resources.warehouse import Warehouse

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


@dg.multi_asset(
    name="reconcile_payouts",
    specs=[
        spec_of(
            PAYOUTS,
            kinds={"sql"},
            deps=[SETTLEMENTS, SETTLEMENT_LINES, ORDER_FEES, ACCOUNT_FEES, SETTLEMENT_DRIFT, TRANSACTIONS],
        )
    ],
)
def payouts(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[None]:
    """Hold each deposit against its lines, and the lines against the orders and the account they belong to."""
    rows = warehouse.rebuild(PAYOUTS, SQL, zones())
    newest = sorted(warehouse.rows(PAYOUTS), key=lambda row: str(row.deposit_on), reverse=True)
    return told(
        PAYOUTS,
        rows=rows,
        unbalanced=sum(row.state == "unbalanced" for row in newest),
        newest=as_table(
            newest,
            [
                "settlement_id",
                "deposit_on",
                "currency",
                "deposit",
                "on_orders",
                "allocated",
                "with_account",
                "owed_later",
            ],
        ),
    )
