"""Which Shopify locations make the MFN pool: the operating model names them, the shop knows their ids."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.shopify import Location
from resources.ledger import Ledger
from resources.operating_model import OperatingModel

CURSOR = "shopify/mfn_pool"


def pool_of(model: OperatingModel, locations: Sequence[Location]) -> dict[str, str]:
    """Location id -> name for the MFN pool. ConfigurationError names every location that is missing or closed."""
    by_name = {location.name: location for location in locations}
    wrong = [
        f"pools.mfn.locations: {name!r} is {'closed' if name in by_name else 'not a location'} in Shopify"
        for name in model.pools.mfn.locations
        if name not in by_name or not by_name[name].is_active
    ]
    if wrong:
        raise ConfigurationError(
            "; ".join(wrong), todo=f"Shopify has {sorted(by_name)}: name one of these in the operating model."
        )
    return {by_name[name].location_id: name for name in model.pools.mfn.locations}


def remember_pool(ledger: Ledger, model: OperatingModel, locations: Sequence[Location]) -> dict[str, str]:
    """Resolve the pool and keep it in the ledger, where a sensor can read it without a network call."""
    pool = pool_of(model, locations)
    ledger.set_cursor(CURSOR, json.dumps(pool, sort_keys=True))
    return pool


def known_pool(ledger: Ledger) -> Mapping[str, str]:
    """The pool as last resolved, location id -> name; empty before the shop was first read."""
    kept = ledger.cursor(CURSOR)
    return json.loads(kept) if kept else {}
