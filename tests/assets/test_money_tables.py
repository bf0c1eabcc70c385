"""Fees, margins, payouts and the books, from settlement lines written by hand and by dice."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from integration_assets.checks.money import CHECKS, CLAIMS
from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.money import ACCOUNT_FEES, JOURNAL, ORDER_FEES, ORDER_MARGIN, PAYOUTS, UnitCost
from integration_assets.contracts.reconcile import SkuMap
from integration_assets.contracts.settlements import Settlement, SettlementLine
from integration_assets.contracts.shopify import ShopifyOrder, ShopifyOrderLine
from integration_assets.money.books import additions
from integration_assets.money.declared import WITHOUT_DECIMALS, rates, sharing, without_decimals, zones
from integration_assets.reconcile import account_fees, order_fees, order_margin, payouts
from integration_assets.rules.allocation import RULES, Allocation, Charge, Rule, Sold, allocate
from integration_assets.rules.money import from_minor, to_minor
from resources.clock import ManualClock
from resources.operating_model import OperatingModel, parse
from resources.warehouse import Warehouse
from tests.assets.rows import NINE, empty_warehouse, make, store
from tests.assets.stage import QUIET
from tests.unit.test_operating_model import SMALLEST

ORDER = "202-0000001-0000001"
SHARED = ("storage", "advertising", "subscription", "fba_fee")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(empty_warehouse(tmp_path / "warehouse.duckdb"), ManualClock(NINE))


def model(more: str = "") -> OperatingModel:
    return parse(SMALLEST + more)


def settlement(*lines: SettlementLine, total: str | None = None, **more: Any) -> list[SettlementLine | Settlement]:
    """A settlement and its lines, numbered; the total is their sum unless told."""
    amount = sum((line.amount for line in lines), Decimal(0))
    head = make(Settlement, total_amount=amount if total is None else Decimal(total), **more)
    numbered = [
        make(
            SettlementLine,
            **{
                **{name: getattr(line, name) for name in SettlementLine.__slots__},
                "line_number": number,
                "settlement_id": head.settlement_id,
                "version": head.version,
                "currency": head.currency,
            },
        )
        for number, line in enumerate(lines, start=3)
    ]
    return [head, *numbered]


def line(bucket: str, amount: str, **more: Any) -> SettlementLine:
    """A line of the order; `order_ref=None` makes it one of the account."""
    fee = bucket not in ("principal", "shipping", "tax", "promotion", "refund", "giftwrap")
    given = {
        "bucket": bucket,
        "amount": Decimal(amount),
        "amount_type": "ItemFees" if fee else "ItemPrice",
        "amount_description": bucket.title(),
        "quantity": 1 if bucket == "principal" else None,
        **more,
    }
    if given.get("order_ref", ORDER) is None:
        given |= {"belongs_to": "account", "order_id": None, "order_item_code": None}
        given.setdefault("seller_sku", None)
    return make(SettlementLine, **given)


def account(bucket: str, amount: str, **more: Any) -> SettlementLine:
    """A line that names no order."""
    return line(bucket, amount, order_ref=None, **more)


def share(warehouse: Warehouse, declared: OperatingModel) -> None:
    """Make the two tables of fees."""
    warehouse.rebuild(ORDER_FEES, order_fees.SQL, sharing(declared) | without_decimals())
    warehouse.rebuild(ACCOUNT_FEES, account_fees.SQL, sharing(declared))


def settle(warehouse: Warehouse, declared: OperatingModel, now: datetime = NINE) -> None:
    """Make every table but the drift, which has tests of its own."""
    share(warehouse, declared)
    warehouse.rebuild(ORDER_MARGIN, order_margin.SQL, rates(declared) | without_decimals())
    warehouse.rebuild(PAYOUTS, payouts.SQL, zones())
    warehouse.update(JOURNAL, additions(warehouse, declared, now))


def dice_settlement(number: int, dice: random.Random) -> Iterator[SettlementLine | Settlement]:
    """A settlement of a few orders and charges, in a currency with or without decimals."""
    currency = dice.choice(["GBP", "EUR", "JPY"])

    def amount(low: int, high: int) -> str:
        return str(from_minor(dice.randint(low, high), currency))

    lines = []
    for order in range(dice.randint(0, 6)):
        for item in range(dice.randint(1, 2)):
            where = {"order_ref": f"o{order}", "order_item_code": f"{item}", "seller_sku": dice.choice("ABC")}
            lines.append(line("principal", amount(-200, 9000), quantity=dice.choice([None, 0, 1, 2, 7]), **where))
            lines.append(line("commission", amount(-900, 0), **where))
    lines += [
        account(dice.choice(SHARED), amount(-5000, 500), seller_sku=dice.choice([None, "A", "B", "Z"]))
        for _ in range(dice.randint(0, 7))
    ]
    lines.append(account("reserve", amount(-900, 900)))
    dice.shuffle(lines)
    yield from settlement(*lines, settlement_id=f"S{number}", report_id=f"R{number}", currency=currency)


def by_rule(lines: list[SettlementLine], rules: dict[str, Rule]) -> Allocation:
    """What the rule makes of the lines of one settlement."""
    currency = lines[0].currency
    sold: dict[tuple[str, str, str], tuple[int, int]] = {}
    for each in lines:
        if each.order_ref and each.bucket == "principal":
            key = each.order_ref, each.order_item_code or "", each.seller_sku or ""
            units, revenue = sold.get(key, (0, 0))
            sold[key] = units + (each.quantity or 0), revenue + to_minor(each.amount, currency)
    return allocate(
        [
            Charge(each.bucket, each.seller_sku or "", to_minor(each.amount, currency))
            for each in lines
            if not each.order_ref
        ],
        [Sold(*key, units, revenue) for key, (units, revenue) in sold.items()],
        rules,
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_select_shares_out_as_the_rule_does(warehouse: Warehouse, seed: int) -> None:
    dice = random.Random(seed)
    rules: dict[str, Rule] = {bucket: RULES[(at + seed) % len(RULES)] for at, bucket in enumerate(SHARED)}
    written = [row for number in range(40) for row in dice_settlement(number, dice)]
    store(warehouse, *written)
    declared = ", ".join(f'{bucket} = "{rule}"' for bucket, rule in rules.items())
    share(warehouse, model(f"[money]\nallocate = {{ {declared} }}\n"))
    of: dict[str, list[SettlementLine]] = {}
    for row in written:
        if isinstance(row, SettlementLine):
            of.setdefault(row.settlement_id, []).append(row)
    wanted, left = {}, Counter[tuple[str, str]]()
    for settlement_id, lines in of.items():
        found = by_rule(lines, rules)
        for part in found.parts:
            key = settlement_id, part.order_id, part.item_id, part.seller_sku, part.bucket
            wanted[key] = from_minor(part.amount, lines[0].currency)
        for rest in found.left:
            left[settlement_id, rest.bucket] += rest.amount
    assert len(wanted) > 100
    assert wanted == {
        (row.settlement_id, row.order_ref, row.order_item_code, row.seller_sku, row.bucket): row.amount
        for row in warehouse.rows(ORDER_FEES, "how = 'allocated'")
    }
    assert {key: amount for key, amount in left.items() if amount} == {
        (row.settlement_id, row.bucket): to_minor(row.amount_left, row.currency)
        for row in warehouse.rows(ACCOUNT_FEES, "amount_left <> 0")
    }


@pytest.mark.parametrize("seed", range(2))
def test_orders_and_account_add_up_to_every_total_and_the_books_balance(warehouse: Warehouse, seed: int) -> None:
    dice = random.Random(seed)
    store(warehouse, *(row for number in range(30) for row in dice_settlement(number, dice)))
    settle(warehouse, model('[money]\nallocate = { storage = "by_sku", advertising = "by_revenue" }\n'))
    for payout in warehouse.rows(PAYOUTS):
        assert payout.on_orders + payout.allocated + payout.with_account == payout.lines_total == payout.deposit
    assert (
        warehouse.query(
            "SELECT entry_id FROM reconcile.journal GROUP BY entry_id, currency HAVING sum(debit) <> sum(credit)"
        )
        == []
    )
    banked = dict(
        warehouse.query(
            "SELECT settlement_id, sum(debit - credit) FROM reconcile.journal WHERE account = 'Bank' GROUP BY 1"
        )
    )
    assert banked == {row.settlement_id: row.deposit for row in warehouse.rows(PAYOUTS) if row.deposit}


def test_a_broken_identity_keeps_the_payouts_from_being_made(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(warehouse, *settlement(line("principal", "9.99"), account("storage", "-2.99")))
    made = [order_fees.order_fees, account_fees.account_fees, payouts.payouts, CHECKS[0]]

    def run() -> tuple[bool, set[str]]:
        resources = {"warehouse": warehouse, "model": model()}
        done = dg.materialize(made, resources=resources, run_config=QUIET, raise_on_error=False)
        events = done.get_asset_materialization_events()
        return done.success, {event.asset_key.path[-1] for event in events if event.asset_key}

    assert run() == (True, {"order_fees", "account_fees", "payouts"})
    off = account_fees.SQL.replace(
        "l.amount - coalesce(b.allocated, 0) AS", "l.amount - CAST('0.01' AS DECIMAL(4, 2)) AS"
    )
    monkeypatch.setattr(account_fees, "SQL", off)
    assert run() == (False, {"order_fees", "account_fees"})


def test_only_the_version_that_counts_now_is_shared_out(warehouse: Warehouse) -> None:
    store(
        warehouse,
        *settlement(line("principal", "9.99"), is_current=False, status="superseded"),
        *settlement(line("principal", "8.88"), version=2, report_id="R2"),
    )
    share(warehouse, model())
    assert [(row.bucket, row.amount) for row in warehouse.rows(ORDER_FEES)] == [("principal", Decimal("8.88"))]


def test_a_revised_settlement_is_reversed_and_posted_again(warehouse: Warehouse) -> None:
    store(warehouse, *settlement(line("principal", "9.99")))
    settle(warehouse, model())
    first = warehouse.rows(JOURNAL)
    store(
        warehouse,
        *settlement(line("principal", "9.99"), is_current=False, status="superseded"),
        *settlement(line("principal", "8.88"), version=2, report_id="R2"),
    )
    settle(warehouse, model())
    settle(warehouse, model())
    rows = warehouse.rows(JOURNAL)
    assert [row for row in rows if row.sequence == 1] == first
    assert Counter(row.entry_id for row in rows) == {
        "S1/1/2026-11": 2,
        "S1/1/2026-11/reversed": 2,
        "S1/1/deposit": 2,
        "S1/1/deposit/reversed": 2,
        "S1/2/2026-11": 2,
        "S1/2/deposit": 2,
    }
    assert warehouse.query("SELECT sum(debit - credit) FROM reconcile.journal WHERE account = 'Amazon sales'") == [
        (Decimal("-8.88"),)
    ]


def test_a_month_is_not_closed_before_it_is_over(warehouse: Warehouse) -> None:
    store(warehouse, *settlement(line("principal", "9.99")))
    with pytest.raises(ConfigurationError, match=r"accounts.closed_through: found '2026-11', a month that is not over"):
        additions(warehouse, model('[accounts]\nclosed_through = "2026-11"\n'), NINE)
    assert additions(warehouse, model('[accounts]\nclosed_through = "2026-10"\n'), NINE) != []


def test_a_deposit_counts_for_the_day_of_the_marketplace(warehouse: Warehouse) -> None:
    late = NINE.replace(hour=23, minute=30)
    store(
        warehouse,
        *settlement(line("principal", "100"), currency="JPY", marketplace_id="A1VC38T7YXB528", deposit_at=late),
    )
    settle(warehouse, model())
    assert [row.deposit_on for row in warehouse.rows(PAYOUTS)] == [date(2026, 11, 24)]
    assert {row.booked_on for row in warehouse.rows(JOURNAL, "account = 'Bank'")} == {date(2026, 11, 24)}


def test_a_line_of_an_order_stands_on_its_shopify_order_and_line(warehouse: Warehouse) -> None:
    store(
        warehouse,
        make(ShopifyOrder, amazon_order_id=ORDER),
        make(
            ShopifyOrder,
            shopify_order_id="cancelled",
            amazon_order_id=ORDER,
            cancelled_at=NINE,
            created_at=NINE - timedelta(days=9),
        ),
        make(ShopifyOrderLine),
        make(SkuMap),
        make(UnitCost),
        *settlement(
            line("principal", "19.98", quantity=2),
            line("tax", "4.00"),
            line("shipping", "3.99"),
            line("promotion", "-1.00"),
            line("commission", "-3.45"),
            line("fba_fee", "-2.70"),
            line("other_fee", "-0.10"),
            line("refund", "-12.00", amount_description="Principal", transaction_type="Refund"),
            line("refund", "-2.00", amount_description="Tax", transaction_type="Refund"),
            line("refund", "1.80", amount_type="ItemFees", transaction_type="Refund"),
            line("withheld_tax", "-2.00", amount_type="ItemWithheldTax"),
            account("storage", "-5.00"),
        ),
    )
    settle(warehouse, model('[money]\nallocate = { storage = "by_units" }\n'))
    assert {row.shopify_order_id for row in warehouse.rows(ORDER_FEES)} == {"order"}
    [row] = warehouse.rows(ORDER_MARGIN)
    assert (row.shopify_order_id, row.line_item_id, row.units) == ("order", "line", 2)
    assert (row.revenue, row.tax, row.promotions) == (Decimal("23.97"), Decimal(0), Decimal("-1.00"))
    assert (row.commission, row.fulfilment, row.other_fees) == (Decimal("-3.45"), Decimal("-2.70"), Decimal("-0.10"))
    assert (row.refunds, row.allocated_fees, row.unmapped) == (Decimal("-10.20"), Decimal("-5.00"), Decimal(0))
    assert (row.paid_out, row.cost_of_goods, row.margin) == (Decimal("1.52"), Decimal("-6.00"), Decimal("-4.48"))


def test_a_fee_of_an_order_that_amazon_shipped_for_the_shop_stands_on_the_shops_order(warehouse: Warehouse) -> None:
    store(
        warehouse,
        make(ShopifyOrder, name="#1001"),
        *settlement(line("fba_fee", "-4.20", order_ref="1001", belongs_to="mcf_order")),
    )
    share(warehouse, model())
    assert [(row.shopify_order_id, row.is_mcf) for row in warehouse.rows(ORDER_FEES)] == [("order", True)]


@pytest.mark.parametrize(
    ("declared", "cost"),
    [("", None), ('[[money.fx]]\nfrom = "EUR"\nto = "GBP"\nmonth = "2026-10"\nrate = "0.86"\n', Decimal("-2.58"))],
    ids=["no rate is declared", "the rate of an earlier month still counts"],
)
def test_a_cost_in_another_currency_is_only_turned_at_a_declared_rate(
    warehouse: Warehouse, declared: str, cost: Decimal | None
) -> None:
    store(warehouse, make(SkuMap), make(UnitCost, currency="EUR"), *settlement(line("principal", "9.99")))
    settle(warehouse, model(declared))
    [row] = warehouse.rows(ORDER_MARGIN)
    assert row.cost_of_goods == cost
    assert row.margin == (None if cost is None else Decimal("7.41"))


def test_lines_that_are_not_the_deposit_are_told_and_booked_apart(warehouse: Warehouse) -> None:
    store(warehouse, *settlement(line("principal", "9.99"), account("reserve", "-2.00"), total="8.00"))
    settle(warehouse, model())
    [row] = warehouse.rows(PAYOUTS)
    assert (row.state, row.difference, row.reserve_held, row.owed_later) == (
        "unbalanced",
        Decimal("-0.01"),
        Decimal("2.00"),
        Decimal("2.00"),
    )
    assert [(row.debit, row.credit) for row in warehouse.rows(JOURNAL, "account = 'Amazon difference'")] == [
        (Decimal(0), Decimal("0.01"))
    ]


def test_a_total_without_any_line_is_booked_and_stands_apart(warehouse: Warehouse) -> None:
    store(warehouse, *settlement(total="5.00"))
    settle(warehouse, model())
    assert [(row.account, row.debit, row.credit) for row in warehouse.rows(JOURNAL)] == [
        ("Bank", Decimal("5.00"), Decimal(0)),
        ("Amazon difference", Decimal(0), Decimal("5.00")),
    ]
    assert [(row.state, row.difference, row.lines) for row in warehouse.rows(PAYOUTS)] == [
        ("unbalanced", Decimal("-5.00"), 0)
    ]
    broken = {claim.name: warehouse.query(claim.sql) for claim in CLAIMS if warehouse.query(claim.sql)}
    assert broken == {"every_deposit_is_its_lines": [("S1 -5.0000",)]}
    with warehouse.connect() as connection:
        connection.execute("DELETE FROM reconcile.journal")
    (claim,) = (claim for claim in CLAIMS if claim.name == "the_bank_gets_the_deposit")
    assert warehouse.query(claim.sql) == [("S1",)]


def test_a_settlement_of_nothing_is_booked_nowhere(warehouse: Warehouse) -> None:
    store(warehouse, *settlement())
    settle(warehouse, model())
    assert warehouse.rows(JOURNAL) == []


def test_yen_have_no_decimals_to_share() -> None:
    assert WITHOUT_DECIMALS == ["JPY", "KRW"]
