"""Every Amazon order against Shopify: matched, missing, double or not the same, with the reason and the amounts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from integration_assets.contracts.money import ORDER_FEES, OrderFee
from tests.assets.order_desk import later, order_desk
from tests.order_market import DE


def test_an_order_waits_then_matches_and_is_missing_when_it_waits_too_long(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        row = desk.compare()[order_id]
        assert (row.verdict, row.reason) == ("waiting", "to be made with the next import")
        assert desk.exceptions() == set()
        later(desk, minutes=31)
        row = desk.compare()[order_id]
        assert (row.verdict, row.reason) == ("missing", "nothing in Shopify stands for it")
        assert desk.exceptions() == {("order_missing", order_id)}
        desk.take_in()
        row = desk.compare()[order_id]
        assert (row.verdict, row.difference, row.shopify_orders, row.reason) == ("matched", Decimal(0), 1, "")
        assert desk.exceptions() == set()


def test_what_is_not_to_be_made_says_why(tmp_path: Path) -> None:
    with order_desk(tmp_path, fba="never") as desk:
        pending = desk.market.place(("MUG", 1, "9.99"), status="PENDING")
        cancelled = desk.market.place(("MUG", 1, "9.99"), status="CANCELLED")
        fba = desk.market.place(("MUG", 1, "9.99"), fulfilled_by="AMAZON")
        early = desk.market.place(("MUG", 1, "9.99"))
        desk.market.amazon_orders[early]["createdTime"] = "2026-11-22T09:00:00Z"
        echo = desk.market.place(("MUG", 1, "9.99"), channel="NON_AMAZON")
        rows = desk.compare()
        assert {one: (rows[one].verdict, rows[one].reason) for one in (pending, cancelled, fba, early)} == {
            pending: ("not_due", "not released by Amazon yet"),
            cancelled: ("not_due", "cancelled before it was imported"),
            fba: ("not_due", "FBA orders are not imported"),
            early: ("not_due", "placed before this installation took over"),
        }
        assert echo not in rows


def test_an_order_of_another_tool_is_no_missing_one_before_it_is_adopted(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.market.key_in(f"AMZ-{order_id}")
        later(desk, minutes=31)
        assert (desk.compare()[order_id].verdict, desk.exceptions()) == ("matched", set())


def test_two_orders_for_one_are_told_by_name(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.take_in()
        later(desk, minutes=1)
        second = desk.market.key_in("#2002", sourceIdentifier=order_id)
        row = desk.compare()[order_id]
        assert (row.verdict, row.shopify_orders) == ("duplicate", 2)
        assert row.reason.endswith("#2002")
        assert desk.exceptions() == {("duplicate_order", order_id)}
        second.cancelled_at = second.updated_at = desk.clock.now()
        assert desk.compare()[order_id].verdict == "matched"
        assert desk.exceptions() == set()


def test_amounts_that_differ_are_told_and_currencies_are_never_netted(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        british = desk.market.place(("MUG", 1, "12.00"))
        german = desk.market.place(("MUG", 1, "9.99"), marketplace=DE)
        for order_id in (british, german):
            desk.market.key_in("#1", sourceIdentifier=order_id)
        rows = desk.compare()
        assert (rows[british].verdict, rows[british].difference) == ("amounts_differ", Decimal("-2.0100"))
        told = desk.ledger.open_exceptions("order_amounts_differ")
        assert {each.deadline_at for each in told} == {None}, "finance has no ship-by time"
        assert rows[british].reason == "12.0000 GBP on Amazon, 9.9900 GBP in Shopify"
        assert (rows[german].verdict, rows[german].difference) == ("amounts_differ", None)
        assert rows[german].reason == "9.9900 EUR on Amazon, 9.9900 GBP in Shopify"


def test_what_a_settlement_says_the_buyer_paid_is_the_last_word(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "12.00"))
        desk.market.key_in("#1", sourceIdentifier=order_id)
        fee = OrderFee(
            settlement_id="S1",
            region="eu",
            currency="GBP",
            order_ref=order_id,
            order_item_code="",
            seller_sku="MUG",
            bucket="principal",
            how="named",
            amount=Decimal(0),
            tax_amount=Decimal(0),
            sale_amount=Decimal(0),
            units=1,
            lines=1,
            is_mcf=False,
            shopify_order_id=None,
        )
        paid = [
            replace(fee, amount=Decimal("9.49"), sale_amount=Decimal("9.49")),
            replace(fee, settlement_id="S2", bucket="shipping", amount=Decimal("0.50"), sale_amount=Decimal("0.50")),
            replace(fee, settlement_id="S2", bucket="commission", amount=Decimal("-1.50")),
        ]
        desk.warehouse.replace(ORDER_FEES, paid)
        assert desk.compare()[order_id].verdict == "matched"
        desk.warehouse.replace(ORDER_FEES, [paid[0], *(replace(each, currency="EUR") for each in paid[1:])])
        assert desk.compare()[order_id].verdict == "amounts_differ", "9.49 GBP and 0.50 EUR are not 9.99 GBP"


def test_states_that_differ_for_longer_than_their_way_takes_are_told(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        cancelled, shipped, packed = (desk.market.place(("MUG", 1, "9.99")) for _ in range(3))
        desk.take_in()
        desk.market.change(cancelled, "CANCELLED")
        desk.market.change(shipped, "SHIPPED")
        desk.market.of(packed)[0].fulfillment_status = "FULFILLED"
        assert {row.verdict for row in desk.compare().values()} == {"waiting"}
        later(desk, minutes=31)
        rows = desk.compare()
        assert {one: (rows[one].verdict, rows[one].reason) for one in (cancelled, shipped, packed)} == {
            cancelled: ("state_differs", "cancelled on Amazon, unfulfilled in Shopify"),
            shipped: ("state_differs", "shipped on Amazon, unfulfilled in Shopify"),
            packed: ("state_differs", "shipped in Shopify, unshipped on Amazon"),
        }
        assert desk.exceptions() == {("order_state_differs", one) for one in (cancelled, shipped, packed)}
        made = desk.market.of(cancelled)[0]
        made.cancelled_at = made.updated_at = desk.clock.now()
        assert desk.compare()[cancelled].verdict == "matched"


def test_an_amount_that_amazon_has_just_changed_is_waited_for_and_told_if_it_stays(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 3, "10.00"))
        desk.take_in()
        later(desk, minutes=1)
        assert desk.compare()[order_id].verdict == "matched"
        for left in ("20.00", "10.00"):  # units are cancelled, one after the other
            later(desk, hours=2)  # and nobody looks for a while
            desk.market.change(order_id, proceeds={"grandTotal": {"amount": left, "currencyCode": "GBP"}})
            later(desk, minutes=40)
            row = desk.compare()[order_id]
            assert (row.verdict, row.reason) == ("waiting", "the amount has changed on Amazon just now")
            assert desk.exceptions() == set()
            later(desk, minutes=20)
            assert desk.compare()[order_id].verdict == "waiting", "our own update is still under way"
            if left == "20.00":
                made = desk.market.of(order_id)[0]
                made.given["lineItems"][0]["quantity"], made.updated_at = 2, desk.clock.now()
                assert desk.compare()[order_id].verdict == "matched"
        later(desk, minutes=11)
        row = desk.compare()[order_id]
        assert (row.verdict, row.difference) == ("amounts_differ", Decimal("10.0000"))
        assert desk.exceptions() == {("order_amounts_differ", order_id)}


def test_one_change_after_the_other_does_not_put_off_what_stays_different(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 3, "10.00"))
        desk.take_in()
        for left in ("20.00", "10.00"):
            later(desk, minutes=20)
            desk.market.change(order_id, proceeds={"grandTotal": {"amount": left, "currencyCode": "GBP"}})
            desk.compare()
        assert desk.compare()[order_id].verdict == "waiting"
        later(desk, minutes=11)
        assert desk.compare()[order_id].verdict == "amounts_differ"
