"""Per SKU and marketplace: what it ought to cost, and what Amazon shows."""

import dagster as dg

from integration_assets.contracts import amazon, shopify
from integration_assets.contracts.prices import LIST_PRICES, OFFERS, PRICE_POSITION, PRICE_VERDICTS
from integration_assets.contracts.reconcile import SKU_MAP
from integration_assets.prices.positions import PricePositions
from integration_assets.shown import as_table, spec_of, told
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="reconcile_price_position",
    specs=[
        spec_of(
            PRICE_POSITION, kinds={"python"}, deps=[SKU_MAP, shopify.VARIANTS, amazon.LISTINGS, OFFERS, LIST_PRICES]
        ),
    ],
)
def price_position(
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
) -> dg.MaterializeResult[None]:
    """Make every price by its rule and hold it against what Amazon shows; amounts of two currencies are never added."""
    rows = PricePositions(model, warehouse, ledger).compute()
    warehouse.replace(PRICE_POSITION, rows)
    apart = [row for row in rows if row.verdict not in ("in_step", "excluded")]
    return told(
        PRICE_POSITION,
        rows=len(rows),
        **{f"verdict/{verdict}": sum(row.verdict == verdict for row in rows) for verdict in PRICE_VERDICTS},
        apart=as_table(
            apart, ["region", "marketplace_id", "seller_sku", "currency", "target", "shown", "verdict", "reason"]
        ),
    )
