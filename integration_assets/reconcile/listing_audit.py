"""What is wrong between the two sides, for a person who is about to switch things on. Read only."""

import dagster as dg

from integration_assets.audit.audit import Audit, scopes_of
from integration_assets.audit.summary import by_kind, money_told
from integration_assets.contracts.amazon import ORDERS as AMAZON_ORDERS
from integration_assets.contracts.audit import LISTING_AUDIT
from integration_assets.contracts.prices import OFFERS, PRICE_POSITION
from integration_assets.contracts.reconcile import SKU_MAP, STOCK_POSITION
from integration_assets.contracts.shopify import ORDERS as SHOP_ORDERS
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="reconcile_listing_audit",
    specs=[
        spec_of(
            LISTING_AUDIT,
            kinds={"sql"},
            deps=[SKU_MAP, STOCK_POSITION, PRICE_POSITION, OFFERS, AMAZON_ORDERS, SHOP_ORDERS],
        )
    ],
)
def listing_audit(
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
    shopify: dg.ResourceParam[Shopify],
) -> dg.MaterializeResult[None]:
    """Look for everything that is wrong, and keep it with what is at stake, who mends it and why it matters."""
    rows = Audit(model, warehouse, clock).findings(scopes_of(shopify))
    warehouse.replace(LISTING_AUDIT, rows)
    summaries = by_kind(rows)
    return told(
        LISTING_AUDIT,
        rows=len(rows),
        **{f"found/{one.kind.name}": one.count for one in summaries},
        at_stake=dg.MetadataValue.md(
            "\n".join(f"- {one.kind.title}: {one.count}, {money_told(one.money) or 'no amount'}" for one in summaries)
        ),
        findings=as_table(rows, ["finding", "region", "subject", "units", "amount", "currency", "owner", "detail"]),
    )
