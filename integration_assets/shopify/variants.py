"""The catalogue: variants, and what bundles are made of."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from integration_assets.contracts.shopify import BUNDLE_COMPONENTS, VARIANTS, BundleComponent, Variant
from integration_assets.reading import READ_AGAIN, retried_while_passing
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Observation, Warehouse

FRESH_WITHIN = timedelta(hours=2)


@dg.multi_asset(
    name="shopify_catalogue",
    specs=[
        spec_of(VARIANTS, kinds={"shopify"}, fresh_within=FRESH_WITHIN),
        spec_of(BUNDLE_COMPONENTS, kinds={"shopify"}, fresh_within=FRESH_WITHIN),
    ],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def variants(
    shopify: dg.ResourceParam[Shopify],
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read the whole catalogue in one walk.

    An empty or shrunken catalogue is a failed read: the last one stays.
    """
    seen_at = clock.now()
    catalogue = list(shopify.catalogue())
    found = [row for row in catalogue if isinstance(row, Variant)]
    parts = [row for row in catalogue if isinstance(row, BundleComponent)]
    of_variants, of_parts = warehouse.observe_all(
        [
            Observation(table=VARIANTS, rows=found, max_shrink_percent=model.breaker.max_shrink_percent),
            Observation(table=BUNDLE_COMPONENTS, rows=parts, max_shrink_percent=100),
        ],
        seen_at=seen_at,
    )
    yield told(
        VARIANTS,
        rows=of_variants.total,
        changed=of_variants.appeared + of_variants.changed + of_variants.gone,
        untracked=sum(not variant.is_tracked for variant in found),
        without_sku=sum(not variant.sku for variant in found),
        sample=as_table(found, ["sku", "product_title", "price", "is_tracked", "is_bundle"]),
    )
    yield told(BUNDLE_COMPONENTS, rows=of_parts.total, changed=of_parts.appeared + of_parts.changed + of_parts.gone)
