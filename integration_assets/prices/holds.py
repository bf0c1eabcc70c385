"""What waits for a person's word on prices, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from integration_assets.contracts.prices import PricePosition
from integration_assets.effects import holds
from resources.ledger import Ledger


def price_scope(region: str, marketplace_id: str, sku: str) -> str:
    """The name under which a single price is held."""
    return f"price/{region}/{marketplace_id}/{sku}"


def change_of(shown: Decimal | None, wanted: Decimal | None) -> str:
    """The very change that a person is asked about."""
    return f"{shown} -> {wanted}"


def keep_holds(ledger: Ledger, region: str, rows: Sequence[PricePosition]) -> None:
    """Hold what a person must decide on, and end by itself what is over or has become another change."""
    waiting = {
        price_scope(region, row.marketplace_id, row.seller_sku): change_of(row.shown, row.target)
        for row in rows
        if row.verdict in ("leak", "held")
    }
    holds.keep(ledger, f"price/{region}/", waiting)
