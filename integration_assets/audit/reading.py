"""Walking round the offers of a region account: what was not read for a day, the longest unread first."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from integration_assets.prices.readings import read_offers
from resources.amazon import Amazon
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

ROUND = timedelta(hours=20)
"""Less than a day, so that a daily walk that starts a little early misses nothing."""
MOST_AT_ONCE = 20_000
"""SKUs that a walk reads per marketplace at the most: a thousand calls, some four minutes at Amazon's rate."""
UNREAD = Path(__file__).with_name("unread.sql").read_text(encoding="utf-8")


def read_unread(amazon: Amazon, warehouse: Warehouse, model: OperatingModel, clock: Clock, region: str) -> int:
    """Read the offers that are due; answers how many were. Raises RemoteError, and keeps what it got before."""
    read = 0
    for place in model.marketplaces(region):
        asked = {
            "region": region,
            "marketplace_id": place.marketplace_id,
            "before": clock.now() - ROUND,
            "most": MOST_AT_ONCE,
        }
        skus = [row[0] for row in warehouse.query(UNREAD, asked)]
        read += len(read_offers(amazon.account(region), warehouse, clock, {place: skus}))
    return read
