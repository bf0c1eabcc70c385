"""FBA units counted once: Amazon shows a pool under each marketplace that draws on it."""

from __future__ import annotations

from collections.abc import Iterable

from integration_assets.contracts.amazon import FbaInventory


def one_per_pool(rows: Iterable[FbaInventory]) -> list[FbaInventory]:
    """One row per region account, pool and FNSKU, in that order; readings of the same units are never summed.

    Where marketplaces disagree, the reading with the fewest fulfillable units is kept whole, because a unit promised
    and not there is worse than one shown late; a mix of two readings would be units nobody counted. Then the one with
    the smaller total, and then the first in the order of its fields, so that the order of asking changes nothing.
    A row without an FNSKU is told apart by its SKU.
    """
    kept: dict[tuple[str, str, str], FbaInventory] = {}
    for row in rows:
        key = (row.region, row.pool, row.fnsku or row.seller_sku)
        known = kept.get(key)
        if known is None or _order(row) < _order(known):
            kept[key] = row
    return [kept[key] for key in sorted(kept)]


def _order(row: FbaInventory) -> tuple[int, int, int, int, int, int, str, str, str]:
    return (
        row.fulfillable,
        row.total,
        row.reserved,
        row.inbound,
        row.unfulfillable,
        row.researching,
        row.seller_sku,
        row.asin or "",
        row.condition or "",
    )
