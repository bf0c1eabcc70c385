"""How each Amazon SKU meets a Shopify variant, and why where it does not."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import dagster as dg

from integration_assets.contracts.amazon import AVAILABILITY, LISTINGS
from integration_assets.contracts.reconcile import MAP_STATUSES, SKU_MAP, SkuMap
from integration_assets.contracts.shopify import VARIANTS, Variant
from integration_assets.rules.channel import who_ships
from integration_assets.rules.matching import AmazonSku, Matcher
from integration_assets.shown import as_table, spec_of, told
from integration_assets.stock.findings import report_sku_map
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

LISTED = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


@dg.multi_asset(
    name="reconcile_sku_map",
    specs=[
        spec_of(SKU_MAP, kinds={"python"}, deps=[LISTINGS, VARIANTS, AVAILABILITY], fresh_within=timedelta(hours=1))
    ],
)
def sku_map(
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
) -> dg.MaterializeResult[None]:
    """Match every listed SKU; what is unmapped, ambiguous or odd stays in the table with its reason, and is raised."""
    found = warehouse.query(LISTED)
    listed = [
        AmazonSku(region=region, seller_sku=sku, asin=asin, fulfillment=who_ships(channels))
        for region, sku, asin, channels in found
    ]
    variants = warehouse.rows(VARIANTS)
    rows = Matcher.of(model.mapping).match(listed, variants)
    written = warehouse.replace(SKU_MAP, rows)
    report_sku_map(
        ledger,
        rows,
        channels={(region, sku): channels for region, sku, _, channels in found},
        never_pushed=_never_pushed(model, rows, variants),
    )
    odd = [row for row in rows if row.reason]
    return told(
        SKU_MAP,
        rows=written,
        **{f"status/{status}": sum(row.status == status for row in rows) for status in MAP_STATUSES},
        to_look_at=as_table(odd, ["region", "seller_sku", "fulfillment", "match", "status", "reason"]),
    )


def _never_pushed(model: OperatingModel, rows: Iterable[SkuMap], variants: Iterable[Variant]) -> set[tuple[str, str]]:
    """The SKUs that are not counted in Shopify, and need not be: the operating model leaves them alone."""
    tags = {variant.variant_id: variant.tags for variant in variants}
    return {
        (row.region, row.seller_sku)
        for row in rows
        if row.status == "untracked"
        and model.stock.rule_for(row.seller_sku, tags.get(row.variant_id or "", ()), row.region).never_push
    }
