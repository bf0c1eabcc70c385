"""Amazon orders that are late or about to be: not shipped, not accepted, accepted late, not shown in Shopify."""

from pathlib import Path

import dagster as dg

from integration_assets.contracts import amazon, shopify
from integration_assets.contracts.fulfilment import (
    FBA_FULFILMENT,
    FULFILLMENTS,
    FULFILMENT_LAG,
    LAG_CAUSES,
    ORDER_PACKAGES,
    SHIPMENT_CONFIRMATION,
    FulfilmentLag,
)
from integration_assets.fulfilment.facts import LINK
from integration_assets.fulfilment.findings import Findings
from integration_assets.rules.lateness import hours_left, in_order_of_deadline
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
ENDANGERS = {"not_shipped": "late_shipment", "not_confirmed": "late_shipment", "confirmed_late": "late_shipment"}


@dg.multi_asset(
    name="reconcile_fulfilment_lag",
    specs=[
        spec_of(
            FULFILMENT_LAG,
            kinds={"sql"},
            deps=[
                amazon.ORDERS,
                amazon.ORDER_ITEMS,
                ORDER_PACKAGES,
                shopify.ORDERS,
                FULFILLMENTS,
                SHIPMENT_CONFIRMATION,
                FBA_FULFILMENT,
            ],
        )
    ],
)
def fulfilment_lag(
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Compare both sides with the ship-by times, and raise what a person has to see to, the earliest deadline first."""
    rows = lagging(warehouse, ledger, model, clock)
    written = warehouse.replace(FULFILMENT_LAG, rows)
    Findings(ledger).lag(model.amazon, rows)
    near = sum(1 for row in rows if row.hours_left is not None and 0 <= row.hours_left <= model.fulfilment.warn_hours)
    return told(
        FULFILMENT_LAG,
        rows=written,
        **{f"cause/{cause}": sum(row.cause == cause for row in rows) for cause in LAG_CAUSES},
        due_soon=near,
        due_first=as_table(
            rows, ["region", "amazon_order_id", "cause", "units", "ship_by_at", "hours_left", "endangers", "reason"]
        ),
    )


def lagging(warehouse: Warehouse, ledger: Ledger, model: OperatingModel, clock: Clock) -> list[FulfilmentLag]:
    """Every order that lags, the earliest deadline first."""
    now, links = clock.now(), ledger.links(LINK)
    found = warehouse.query(
        SQL,
        {
            "now": now,
            "warn_hours": model.fulfilment.warn_hours,
            "confirm_minutes": model.fulfilment.confirm_within_minutes,
            "amazon_ids": [link.left_id for link in links],
            "shopify_ids": [link.right_id for link in links],
        },
    )
    rows = [
        FulfilmentLag(
            amazon_order_id=order,
            region=region,
            shopify_order_id=shopify_order_id,
            cause=cause,
            units=int(units),
            ship_by_at=ship_by_at,
            hours_left=hours_left(ship_by_at, now),
            shipped_at=shipped_at,
            accepted_at=accepted_at,
            effect_state=effect_state,
            endangers=ENDANGERS.get(cause),
            reason=reason,
        )
        for (
            order,
            region,
            shopify_order_id,
            cause,
            units,
            ship_by_at,
            shipped_at,
            accepted_at,
            effect_state,
            reason,
        ) in found
    ]
    return in_order_of_deadline(rows, ship_by_at=lambda row: row.ship_by_at, name=lambda row: row.amazon_order_id)
