"""Asking Amazon what it shows of some SKUs in its marketplaces, and keeping the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from integration_assets.contracts.prices import OFFERS, Offer
from integration_assets.rules.marketplaces import Marketplace
from resources.amazon import AmazonAccount
from resources.clock import Clock
from resources.warehouse import Warehouse

STORED_AT_ONCE = 500


def read_offers(
    account: AmazonAccount,
    warehouse: Warehouse,
    clock: Clock,
    skus: Mapping[Marketplace, Iterable[str]],
) -> dict[tuple[str, str], Offer]:
    """What each marketplace shows of the SKUs named for it, by marketplace id and SKU; stored as it is read.

    Twenty SKUs a call. Raises RemoteError or BadDocument; what was read before that is kept.
    """
    found: dict[tuple[str, str], Offer] = {}
    for place, wanted in skus.items():
        skus_here = sorted(set(wanted))
        for start in range(0, len(skus_here), STORED_AT_ONCE):
            seen_at = clock.now()
            rows = account.search_offers(skus_here[start : start + STORED_AT_ONCE], place)
            if rows:
                warehouse.observe(OFFERS, rows, seen_at=seen_at, complete=False)
            found |= {(row.marketplace_id, row.seller_sku): row for row in rows}
    return found
