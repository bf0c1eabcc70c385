"""Which orders settlements and Shopify differ on, why, and who is told."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from integration_assets.contracts.amazon import AmazonOrder, AmazonOrderItem
from integration_assets.contracts.fulfilment import Transaction
from integration_assets.contracts.money import ORDER_FEES, PAYOUTS, SETTLEMENT_DRIFT, OrderMoney, SettlementDrift
from integration_assets.contracts.shopify import ShopifyOrder, ShopifyOrderLine
from integration_assets.contracts.table import Row
from integration_assets.money.declared import sharing, without_decimals, zones
from integration_assets.money.drift import drift as drift_of
from integration_assets.money.findings import report_drift
from integration_assets.reconcile import payouts
from integration_assets.reconcile.order_fees import SQL
from integration_assets.rules.settlement_causes import CAUSES
from resources.clock import ManualClock
from resources.warehouse import Warehouse
from tests.assets.rows import NINE, empty_warehouse, make, store
from tests.assets.stage import House, house
from tests.assets.test_money_tables import ORDER, line, model, settlement

BEFORE = NINE - timedelta(days=60)
SHOP = (
    make(ShopifyOrder, shopify_order_id="first", created_at=BEFORE, processed_at=BEFORE),
    make(ShopifyOrder, amazon_order_id=ORDER),
    make(ShopifyOrderLine),
    make(AmazonOrder, status="SHIPPED"),
)
MONEY = make(OrderMoney)
SALE = line("principal", "9.99")
KEPT_SHIPPING = (line("shipping", "3.99"), line("shipping", "-3.99", amount_type="ItemFees"))
WITH_TAX = make(OrderMoney, taxes_included=True, tax=Decimal("1.67"))
EURO = 'fx_tolerance_percent = 5\n[[money.fx]]\nfrom = "GBP"\nto = "EUR"\nmonth = "2026-01"\nrate = "1.15"\n'


def drift(home: House, *rows: Row) -> dict[str, SettlementDrift]:
    """What differs between these rows, by order, and raised as exceptions."""
    store(home.warehouse, *rows)
    home.warehouse.rebuild(ORDER_FEES, SQL, sharing(home.connections.model) | without_decimals())
    found = drift_of(home.warehouse, home.connections.model, home.connections.clock.now())
    home.warehouse.replace(SETTLEMENT_DRIFT, found)
    report_drift(home.ledger, home.connections.model, found)
    return {row.order_ref: row for row in home.warehouse.rows(SETTLEMENT_DRIFT)}


def differing(tmp_path: Path, *rows: Row, more: str = "") -> dict[str, SettlementDrift]:
    """What differs between these rows, by order."""
    warehouse = Warehouse(empty_warehouse(tmp_path / "warehouse.duckdb"), ManualClock(NINE))
    store(warehouse, *rows)
    declared = model(more)
    warehouse.rebuild(ORDER_FEES, SQL, sharing(declared) | without_decimals())
    return {row.order_ref: row for row in drift_of(warehouse, declared, NINE)}


def causes(row: SettlementDrift) -> dict[str, str]:
    return {cause: f"{getattr(row, cause):.2f}" for cause in CAUSES if getattr(row, cause)}


def told(home: House) -> dict[str, str]:
    return {f"{record.kind} {record.identity}": record.told for record in home.ledger.open_exceptions()}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([*SHOP, MONEY, *settlement(SALE)], {}),
        ([*SHOP, MONEY, *settlement(line("principal", "8.99"))], {"price": "-1.00"}),
        ([*SHOP, MONEY, *settlement(SALE, line("shipping", "3.99"))], {"shipping": "3.99"}),
        (
            [*SHOP, MONEY, *settlement(SALE, *KEPT_SHIPPING)],
            {"shipping": "3.99"},
        ),
        ([*SHOP, MONEY, *settlement(SALE, line("tax", "2.00"))], {"tax": "2.00"}),
        ([*SHOP, MONEY, *settlement(SALE, line("tax", "2.00"), line("withheld_tax", "-2.00"))], {}),
        ([*SHOP, MONEY, *settlement(SALE, line("promotion", "-1.50"))], {"promotion": "-1.50"}),
        ([*SHOP, MONEY, *settlement(SALE, line("refund", "-9.99"))], {"refund": "-9.99"}),
        (
            [*SHOP, make(OrderMoney, refunded=Decimal("9.99")), *settlement(SALE, line("refund", "-9.99"))],
            {},
        ),
        ([*SHOP, MONEY, *settlement(SALE, line("refund", "1.50", amount_type="ItemFees"))], {}),
        ([*SHOP, MONEY, *settlement(SALE, line("unmapped", "-0.75"))], {"fee_unmapped": "-0.75"}),
        ([*SHOP, MONEY, *settlement(line("principal", "9.98"))], {"rounding": "-0.01"}),
        (
            [*SHOP, WITH_TAX, *settlement(line("principal", "8.32"), line("tax", "1.67"))],
            {},
        ),
        ([*SHOP, make(OrderMoney, total=Decimal("10.99")), *settlement(SALE)], {"unexplained": "-1.00"}),
        ([*SHOP, MONEY, *settlement(line("principal", "11.40"), currency="EUR")], {"fx": "-0.09"}),
        ([*SHOP, MONEY, *settlement(line("principal", "9.99"), currency="EUR")], {"price": "-1.50"}),
        ([*SHOP, *settlement(line("principal", "1.00"))], {}),
    ],
    ids=[
        "agreed", "price", "shipping", "shipping that Amazon keeps as a fee", "tax", "tax that the marketplace keeps",
        "promotion", "refund", "a refund that both know", "a fee given back is no refund", "unmapped", "rounding",
        "tax in the price", "Shopify's own figures", "the rate that was paid", "a price beyond the rate",
        "what Shopify says is not read yet",
    ],
)  # fmt: skip
def test_a_difference_has_its_cause(tmp_path: Path, rows: list[Row], why: dict[str, str]) -> None:
    found = differing(tmp_path, *rows, more="[money]\n" + EURO)
    assert {ref: causes(row) for ref, row in found.items()} == ({ORDER: why} if why else {})
    assert all(row.difference == row.settled_value - (row.shopify_value or 0) for row in found.values())


def test_an_order_that_shopify_lacks_is_told_with_what_it_is_worth(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        found = drift(
            home, SHOP[0], make(AmazonOrder, status="SHIPPED"), *settlement(SALE, line("commission", "-1.50"))
        )
        assert causes(found[ORDER]) == {"missing_order": "9.99"}
        assert told(home) == {
            "settlement_drift eu/GBP/missing_order": (
                "eu, GBP: settlements say another value than Shopify, cause missing_order, 9.99 GBP altogether "
                f"(orders: 1); {ORDER} differs most, by 9.99 GBP."
            )
        }


def test_an_order_from_before_shopify_was_read_is_not_missing(tmp_path: Path) -> None:
    shop = make(ShopifyOrder, created_at=NINE - timedelta(minutes=1))
    assert differing(tmp_path, shop, make(AmazonOrder, status="SHIPPED"), *settlement(SALE)) == {}


@pytest.mark.parametrize(
    ("days", "state", "kinds"), [(5, "waiting", set()), (30, "overdue", {"order_not_settled eu/GBP"})]
)
def test_a_shipped_order_waits_for_its_settlement_until_it_is_overdue(
    tmp_path: Path, days: int, state: str, kinds: set[str]
) -> None:
    at = NINE - timedelta(days=days)
    other = line("principal", "5.00", order_ref="202-other", order_id="202-other")
    with house(tmp_path) as home:
        shipped = make(AmazonOrder, status="SHIPPED", created_at=at)
        earlier = settlement(other, start_at=NINE - timedelta(days=44), end_at=NINE - timedelta(days=31))
        found = drift(home, *SHOP[:3], MONEY, shipped, *earlier)
        assert (causes(found[ORDER]), found[ORDER].state) == ({"timing": "-9.99"}, state)
        assert {kind for kind in told(home) if kind.startswith("order_not_settled")} == kinds


@pytest.mark.parametrize(("currency", "waits"), [("GBP", True), ("EUR", False)])
def test_an_order_waits_only_for_settlements_of_its_own_currency(tmp_path: Path, currency: str, waits: bool) -> None:
    earlier = settlement(
        line("principal", "5.00", order_ref="202-other", order_id="202-other"),
        currency=currency,
        start_at=NINE - timedelta(days=44),
        end_at=NINE - timedelta(days=31),
    )
    shipped = make(AmazonOrder, status="SHIPPED", created_at=NINE - timedelta(days=30))
    found = differing(tmp_path, *SHOP[:3], MONEY, shipped, *earlier)
    assert (ORDER in found) is waits


def test_what_amazon_has_deferred_is_owed_and_not_overdue(tmp_path: Path) -> None:
    at = NINE - timedelta(days=30)
    other = line("principal", "5.00", order_ref="202-other", order_id="202-other")
    with house(tmp_path) as home:
        shipped = make(AmazonOrder, status="SHIPPED", created_at=at)
        earlier = settlement(other, start_at=NINE - timedelta(days=44), end_at=NINE - timedelta(days=31))
        released = make(Transaction, transaction_id="T2", status="RELEASED", amount=Decimal("7.00"))
        found = drift(home, *SHOP[:3], MONEY, shipped, *earlier, make(Transaction), released)
        assert (causes(found[ORDER]), found[ORDER].state) == ({"timing": "-9.99"}, "deferred")
        assert [kind for kind in told(home) if kind.startswith("order_not_settled")] == []
        home.warehouse.rebuild(PAYOUTS, payouts.SQL, zones())
        [paid] = home.warehouse.rows(PAYOUTS)
        assert (paid.deferred, paid.owed_later) == (Decimal("8.49"), Decimal("8.49"))


def test_an_order_of_two_units_of_which_one_is_settled_waits_for_the_other(tmp_path: Path) -> None:
    two = make(ShopifyOrderLine, quantity=2, current_quantity=2)
    found = differing(tmp_path, *SHOP[:2], two, SHOP[3], make(OrderMoney, total=Decimal("19.98")), *settlement(SALE))
    assert causes(found[ORDER]) == {"timing": "-9.99"}


@pytest.mark.parametrize(
    ("settled", "why"), [("9.99", {}), ("8.99", {"price": "-1.00"})], ids=["as it was sold", "for a pound less"]
)
def test_a_bundle_that_is_settled_waits_for_none_of_its_components(
    tmp_path: Path, settled: str, why: dict[str, str]
) -> None:
    components = [
        replace(make(ShopifyOrderLine), line_item_id=f"line {number}", unit_price=Decimal("3.33"))
        for number in (1, 2, 3)
    ]
    bought = make(AmazonOrderItem, amazon_order_id=ORDER, quantity_ordered=1)
    rows = [SHOP[0], SHOP[1], SHOP[3], *components, bought, MONEY, *settlement(line("principal", settled))]
    found = differing(tmp_path, *rows)
    assert {ref: causes(row) for ref, row in found.items()} == ({ORDER: why} if why else {})


def test_without_a_declared_rate_nothing_is_compared_and_finance_is_asked_for_one(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        found = drift(home, *SHOP, MONEY, *settlement(line("principal", "11.40"), currency="EUR"))
        row = found[ORDER]
        assert (row.state, row.shopify_value, row.difference, causes(row)) == ("no_rate", None, None, {})
        assert list(told(home)) == ["exchange_rate_missing eu/EUR"]


def test_a_part_of_a_difference_without_a_cause_is_told(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        found = drift(home, *SHOP, make(OrderMoney, total=Decimal("10.99")), *settlement(SALE))
        assert (causes(found[ORDER]), found[ORDER].state) == ({"unexplained": "-1.00"}, "unexplained")
        assert told(home) == {
            "unexplained_difference eu/GBP": (
                "eu, GBP: a part of the difference between settlements and Shopify has no cause, -1.00 GBP altogether "
                f"(orders: 1); {ORDER} has the most, -1.00 GBP."
            )
        }


def test_an_exception_ends_when_the_difference_does(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        drift(home, *SHOP, MONEY, *settlement(SALE, line("refund", "-9.99")))
        assert list(told(home)) == ["settlement_drift eu/GBP/refund"]
        drift(home, make(OrderMoney, refunded=Decimal("9.99")))
        assert told(home) == {}


def test_a_difference_below_the_threshold_is_kept_and_told_nobody(tmp_path: Path) -> None:
    with house(tmp_path, more='[money]\ndrift_over = {{ GBP = "1.01" }}\n') as home:
        assert drift(home, *SHOP, MONEY, *settlement(line("principal", "8.99"))) != {}
        assert told(home) == {}
