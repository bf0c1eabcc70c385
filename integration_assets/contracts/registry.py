"""Every table of the warehouse."""

from __future__ import annotations

from typing import Any

from integration_assets.contracts import (
    actions,
    amazon,
    audit,
    content,
    desk,
    fba,
    fulfilment,
    money,
    orders,
    prices,
    reconcile,
    settlements,
    shopify,
)
from integration_assets.contracts.table import Table

_BY_THEME: tuple[Table[Any], ...] = (
    *shopify.TABLES,
    *amazon.TABLES,
    *reconcile.TABLES,
    *actions.TABLES,
    *orders.TABLES,
    *fulfilment.TABLES,
    *settlements.TABLES,
    *money.TABLES,
    *fba.TABLES,
    *prices.TABLES,
    *content.TABLES,
    *audit.TABLES,
    *desk.TABLES,
)
_SCHEMAS = list(dict.fromkeys(table.schema for table in _BY_THEME))
TABLES: tuple[Table[Any], ...] = tuple(sorted(_BY_THEME, key=lambda table: _SCHEMAS.index(table.schema)))
