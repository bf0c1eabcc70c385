"""How the service itself is: the age of sources, allowances, credentials, webhook subscriptions."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import dagster as dg

from integration_assets.contracts.desk import SERVICE_HEALTH
from integration_assets.service.health import Health
from integration_assets.shown import as_table, spec_of, told
from resources.amazon import Amazon
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="reconcile_service_health",
    specs=[spec_of(SERVICE_HEALTH, kinds={"python"}, fresh_within=timedelta(minutes=30))],
)
def service_health(
    model: dg.ResourceParam[OperatingModel],
    ledger: dg.ResourceParam[Ledger],
    warehouse: dg.ResourceParam[Warehouse],
    shopify: dg.ResourceParam[Shopify],
    amazon: dg.ResourceParam[Amazon],
    clock: dg.ResourceParam[Clock],
    freshness_limits: dg.ResourceParam[Mapping[str, timedelta]],
) -> dg.MaterializeResult[None]:
    """Look at everything once. Whatever is wrong becomes an exception; nothing here fails because of it."""
    rows = Health(model, ledger, warehouse, shopify, amazon, clock, freshness_limits).look()
    count = warehouse.replace(SERVICE_HEALTH, rows)
    states = Counter(row.state for row in rows)
    wrong = [row for row in rows if row.state not in ("ok", "unknown")]
    return told(
        SERVICE_HEALTH,
        rows=count,
        **{state: states[state] for state in ("ok", "late", "failing", "unknown")},
        wrong=as_table(wrong, ("part", "name", "state", "told")),
    )
