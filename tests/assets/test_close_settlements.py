"""From Amazon's settlement reports to closed books, over HTTP: every identity holds on a brand that trades."""

from pathlib import Path

from integration_assets.actions.order_fees_note import order_fees_note
from integration_assets.amazon.listings import listings
from integration_assets.amazon.orders import orders as amazon_orders
from integration_assets.checks import money
from integration_assets.contracts import money as contracts
from integration_assets.publish.month_end_pack import month_end_pack
from integration_assets.reconcile.account_fees import account_fees
from integration_assets.reconcile.journal import journal
from integration_assets.reconcile.order_fees import order_fees
from integration_assets.reconcile.order_margin import order_margin
from integration_assets.reconcile.payouts import payouts
from integration_assets.reconcile.settlement_drift import settlement_drift
from integration_assets.reconcile.sku_map import sku_map
from integration_assets.shopify.order_money import order_money
from integration_assets.shopify.orders import orders as shopify_orders
from integration_assets.shopify.unit_costs import unit_costs
from integration_assets.shopify.variants import variants
from tests.assets.stage import metadata_of, stage
from tests.assets.test_settlements import take

BOOKS = (
    order_money, unit_costs, order_fees, account_fees, order_margin, settlement_drift, payouts, journal,
    order_fees_note, month_end_pack,
)  # fmt: skip
SHARING = '[money]\nallocate = {{ storage = "by_units", subscription = "by_revenue" }}\n'


def test_settlements_are_shared_out_explained_booked_and_packed(tmp_path: Path) -> None:
    with stage(tmp_path, history_orders=20, more=SHARING) as shop:
        shop.materialize(shopify_orders, amazon_orders, variants, listings, sku_map)
        take(shop)
        result = shop.materialize(*BOOKS, *money.CHECKS, config={"publish__month_end_pack": {"month": "2026-11"}})
        judged = {
            f"{found.asset_key.path[-1]} {found.check_name}": found.passed
            for found in result.get_asset_check_evaluations()
        }
        assert len(judged) == len(money.CLAIMS)
        assert [name for name, passed in judged.items() if not passed] == []
        paid = shop.warehouse.rows(contracts.PAYOUTS)
        assert {row.state for row in paid} == {"balanced"}
        assert {row.currency for row in paid} == {"GBP", "EUR"}
        assert all(row.allocated < 0 for row in paid if row.orders)
        told = metadata_of(result, ["publish", "month_end_pack"])
        assert (told["ties_broken"], told["files"]) == (0, 9)
        assert told["ties"] == 10
        drift = shop.warehouse.rows(contracts.SETTLEMENT_DRIFT)
        causes = {row.main_cause for row in drift if row.state != "no_rate"}
        assert causes == {"missing_order", "timing"}, "what the shop has, it has as settlements say it"
        assert all(row.order_ref.startswith("302-") for row in drift if row.state == "no_rate")
        known = [row for row in shop.warehouse.rows(contracts.ORDER_MARGIN) if row.cost_of_goods]
        assert known
        assert all(row.margin == row.paid_out - row.tax + row.cost_of_goods for row in known if row.cost_of_goods)
