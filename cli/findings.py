"""What the stores say is wrong, and what of it was set right, as triples that can be held against an answer key.

A triple is a table, the SKU or Amazon order that it speaks of, and a word for what it says of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    UNION ALL
    SELECT 'reconcile.order_match', amazon_order_id, verdict FROM reconcile.order_match
    WHERE verdict NOT IN ('matched', 'waiting', 'not_due')
    UNION ALL
    SELECT 'reconcile.fulfilment_lag', amazon_order_id, cause FROM reconcile.fulfilment_lag
    UNION ALL
    SELECT 'actions.order_import', amazon_order_id, 'imported' FROM actions.order_import
    WHERE kind = 'order_import' AND state = 'verified'
    UNION ALL
    SELECT 'actions.order_import', amazon_order_id, 'adopted' FROM actions.order_import
    WHERE kind = 'order_adoption' AND state = 'verified'
    UNION ALL
    SELECT 'actions.shipment_confirmation', amazon_order_id, 'confirmed' FROM actions.shipment_confirmation
    WHERE state = 'verified'
    UNION ALL
    SELECT 'actions.fba_fulfilment', amazon_order_id, 'fulfilled' FROM actions.fba_fulfilment WHERE state = 'verified'
    UNION ALL
    SELECT 'actions.order_cancellation', amazon_order_id, 'cancelled' FROM actions.order_cancellation
    WHERE state = 'verified'
    UNION ALL
    SELECT 'actions.order_refund', amazon_order_id, 'recorded' FROM actions.order_refund WHERE state = 'verified'
"""
SET_RIGHT: Mapping[str, str] = {
    "imported": "actions.order_import",
    "adopted": "actions.order_import",
    "confirmed": "actions.shipment_confirmation",
    "fulfilled": "actions.fba_fulfilment",
    "cancelled": "actions.order_cancellation",
    "recorded": "actions.order_refund",
}
"""Words for what was done about an order, and the table that says so."""
HEALED: Mapping[str, tuple[str, ...]] = {
    "missing": ("imported", "adopted"),
    "state_differs": ("fulfilled", "cancelled", "confirmed"),
    "fba_not_recorded": ("fulfilled",),
    "not_confirmed": ("confirmed",),
    "amounts_differ": ("cancelled", "recorded"),
}
"""Words for what is wrong with an order for as long as it takes to set it right, and what sets it right."""
PASSING = ("not_yet_pushed", "in_flight", "held_for_orders", *SET_RIGHT)
"""Words for what trade brings about all the time, and for what was done; nobody is to blame for either."""


def findings(warehouse: Warehouse) -> set[Finding]:
    """Everything that is out of step or out of reach now."""
    return {(str(table), str(sku), str(word)) for table, sku, word in warehouse.query(FOUND)}


def is_trouble(finding: Finding, seen: Collection[Finding] = ()) -> bool:
    """Whether a finding says that something is wrong: not that trade goes on, nor what was set right since."""
    _, subject, word = finding
    healed = any((SET_RIGHT[done], subject, done) in seen for done in HEALED.get(word, ()))
    return word not in PASSING and not healed
