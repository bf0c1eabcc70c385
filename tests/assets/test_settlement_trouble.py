"""The sandbox's answer key for settlements: every planted trouble is found with its cause, and none is invented."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from integration_assets.amazon.listings import listings
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.contracts.money import SETTLEMENT_DRIFT
from integration_assets.reconcile.account_fees import account_fees
from integration_assets.reconcile.order_fees import order_fees
from integration_assets.reconcile.settlement_drift import settlement_drift
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.shopify.order_money import order_money
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.variants import variants
from sandbox.settlement_trouble import plant_settlement_trouble
from sandbox.world import Planted
from tests.assets.stage import Stage, stage
from tests.assets.test_settlements import take

ABOUT_SETTLEMENTS = ("unbalanced_settlement", "unreadable_settlement", "missing_settlement", "unmapped_fee")


def found_as_expected(shop: Stage, planted: Planted) -> bool:
    """Whether the stores say of a planted trouble what the answer key says."""
    wanted: dict[str, Any] = dict(planted.expected)
    if "exception" in wanted:
        kind = wanted.pop("exception")
        return any(
            each.kind == kind and all(str(value) in str(each.facts[name]) for name, value in wanted.items())
            for each in shop.ledger.open_exceptions()
        )
    table, absent = wanted.pop("table"), wanted.pop("absent", False)
    if "allowed" in wanted:
        rows = shop.warehouse.rows(SETTLEMENT_DRIFT, "main_cause = ?", [wanted["main_cause"]])
        known = {row.order_ref: str(row.difference and f"{row.difference:.2f}") for row in rows}
        return bool(known.items() & wanted["allowed"].items())
    condition = " AND ".join(
        f"CAST({name} AS DECIMAL(18, 4)) = ?" if name == "difference" else f"{name} = ?" for name in wanted
    )
    values = [Decimal(value) if name == "difference" else value for name, value in wanted.items()]
    rows = shop.warehouse.scalar(f"SELECT count(*) FROM {table} WHERE {condition}", values)  # noqa: S608 - names of the answer key
    return bool(rows) is not absent


def test_every_planted_trouble_is_found_with_its_cause_and_none_is_invented(tmp_path: Path) -> None:
    with stage(tmp_path, history_orders=20) as shop:
        with shop.world.lock:
            planted = plant_settlement_trouble(shop.brand)
        shop.materialize(shopify_orders, amazon_orders, variants, listings, sku_map)
        take(shop)
        shop.materialize(order_money, order_fees, account_fees, settlement_drift)
        assert [each.kind for each in planted] == [
            "unbalanced_settlement",
            "unreadable_settlement",
            "missing_settlement",
            "settled_price",
            "settled_shipping",
            "settled_tax",
            "settled_promotion",
            "settled_refund",
            "missing_order",
            "agreed_order",
            "unmapped_fee",
            "revised_settlement",
            "never_in_shopify",
        ]
        assert [each.kind for each in planted if not found_as_expected(shop, each)] == []
        told = [each.kind for each in shop.ledger.open_exceptions() if each.kind in ABOUT_SETTLEMENTS]
        assert sorted(told) == sorted(ABOUT_SETTLEMENTS), "one of each was planted, and no more is told"
        named = {str(each.expected.get("order_ref")) for each in planted if not each.expected.get("absent")}
        named |= planted[-1].expected["allowed"].keys()
        rows = shop.warehouse.rows(SETTLEMENT_DRIFT, "state NOT IN ('waiting', 'deferred', 'no_rate')")
        assert {row.order_ref for row in rows} <= named, "what was not planted, both sides say the same of"
        odd = "SELECT count(*) FROM amazon.settlements WHERE status NOT IN ('taken', 'superseded')"
        assert shop.warehouse.scalar(odd) == 2
