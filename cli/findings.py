"""What the stores say is wrong, as (table, SKU, word) triples that can be held against an answer key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resources.warehouse import Warehouse

Finding = tuple[str, str, str]

FOUND = """
    SELECT 'reconcile.sku_map', seller_sku, status FROM reconcile.sku_map WHERE status NOT IN ('mapped', 'ignored')
    UNION ALL
    SELECT 'reconcile.sku_map', seller_sku, fulfillment FROM reconcile.sku_map WHERE fulfillment = 'mixed'
    UNION ALL
    SELECT 'reconcile.inventory_drift', seller_sku, cause FROM reconcile.inventory_drift
    UNION ALL
    SELECT 'reconcile.stock_position', seller_sku, 'held_for_orders' FROM reconcile.stock_position
    WHERE held_for_orders > 0
"""
PASSING = ("not_yet_pushed", "in_flight", "held_for_orders")
"""Words for what trade brings about all the time; nobody is to blame for it."""


def findings(warehouse: Warehouse) -> set[Finding]:
    """Everything that is out of step or out of reach now."""
    return {(str(table), str(sku), str(word)) for table, sku, word in warehouse.query(FOUND)}


def is_trouble(finding: Finding) -> bool:
    """Whether a finding says that something is wrong, and not only that trade goes on."""
    return finding[2] not in PASSING
