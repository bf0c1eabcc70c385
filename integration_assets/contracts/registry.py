"""Every table of the warehouse."""

from __future__ import annotations

from typing import Any

from integration_assets.contracts import actions, amazon, audit, fba, prices, reconcile, shopify
from integration_assets.contracts.table import Table

TABLES: tuple[Table[Any], ...] = (
    *shopify.TABLES,
    *amazon.TABLES,
    *reconcile.TABLES,
    *actions.TABLES,
    *fba.TABLES,
    *prices.TABLES,
    *audit.TABLES,
)
