"""What variants cost on the price lists that marketplaces take their prices from."""

from collections import Counter
from datetime import timedelta

import dagster as dg

from integration_assets.contracts.prices import LIST_PRICES
from integration_assets.contracts.shopify import VARIANTS
from integration_assets.prices.lists import lists_in_use
from integration_assets.reading import READ_AGAIN, retried_while_passing
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="shopify_list_prices",
    specs=[spec_of(LIST_PRICES, kinds={"shopify"}, deps=[VARIANTS], fresh_within=timedelta(hours=1))],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def list_prices(
    shopify: dg.ResourceParam[Shopify],
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Read every price list that is declared, whole; without any, nobody is asked.

    A list that the shop does not have, or in another currency than its marketplace, fails the step: no price is made
    of a rate instead.
    """
    seen_at = clock.now()
    found = [row for wanted in lists_in_use(model, shopify) for row in shopify.prices_of_list(wanted)]
    # Lists change with the catalogue, and one that is no longer declared goes with all its prices.
    change = warehouse.observe(LIST_PRICES, found, seen_at=seen_at, max_shrink_percent=100)
    return told(
        LIST_PRICES,
        rows=change.total,
        changed=change.appeared + change.changed + change.gone,
        **{f"prices/{name}": count for name, count in sorted(Counter(row.list_name for row in found).items())},
        sample=as_table(found[:20], ["list_name", "variant_id", "price", "currency", "origin"]),
    )
