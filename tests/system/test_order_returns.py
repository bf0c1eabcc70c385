"""What Amazon ships, cancels and refunds comes to Shopify once each; what is done in Shopify only is reported."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from integration_assets.contracts.shopify import LOCATIONS, Location
from integration_assets.fulfilment.facts import Book, LinkedOrder
from tests.assets.rows import make
from tests.fulfilment_desk import REGION, Desk, fulfilment_desk
from tests.fulfilment_market import Back, Killed

ONE = ("ProductCharges/OurPricePrincipal", "-10.00")
TAX = ("Tax/OurPriceTax", "-2.00")
FEE = ("AmazonFees/Commission", "1.50")


def units_back(desk: Desk, number: int = 0) -> dict[str, int]:
    """Units that a refund of the only order took, by line."""
    [booked] = desk.market.shop.values()
    return {line["lineItemId"]: line["quantity"] for line in booked.back[number].lines}


# --- shipped by Amazon ------------------------------------------------------------------------------------------------


def test_what_amazon_ships_is_marked_as_shipped_and_the_buyer_is_not_told_twice(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(3, fulfilled_by="AMAZON")
        [line] = booked.lines
        assert desk.fulfil().planned == []
        order.shipped_by_amazon = 2
        desk.fulfil()
        assert (booked.shipped(line), desk.sent("FulfillmentCreate")) == (2, 1)
        order.shipped_by_amazon = 3
        for _ in range(3):
            desk.fulfil()
        assert (booked.shipped(line), desk.sent("FulfillmentCreate"), desk.market.wrong) == (3, 2, [])


@pytest.mark.parametrize("fate", ["lost_after", "lost_before", "html_after"])
def test_a_fulfillment_whose_answer_got_lost_is_never_made_twice(tmp_path: Path, fate: str) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2, fulfilled_by="AMAZON")
        order.shipped_by_amazon = 2
        desk.market.fated("FulfillmentCreate", fate)
        desk.fulfil()
        for _ in range(2):
            desk.later(minutes=2)
            desk.fulfil()
        assert [booked.shipped(line) for line in booked.lines] == [2]
        assert desk.states("fba_fulfilment") == ["verified"]
        assert len(booked.left) == 1


def test_an_order_on_hold_in_shopify_is_reported_and_marked_once_it_is_free(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1, fulfilled_by="AMAZON")
        order.shipped_by_amazon, booked.holds = 1, True
        desk.fulfil()
        desk.later(hours=2)
        assert desk.lag()[order.order_id].cause == "fba_not_recorded"
        assert desk.exceptions() == {("fba_status_lag", order.order_id)}
        booked.holds = False
        desk.later(hours=5)
        desk.fulfil()
        assert (desk.lag(), desk.exceptions()) == ({}, set())


def test_units_that_a_refund_took_off_before_are_not_waited_for(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2, fulfilled_by="AMAZON")
        desk.market.refund(order, ONE)
        desk.refund()
        order.shipped_by_amazon = 2
        for _ in range(3):
            desk.fulfil()
        assert ([booked.shipped(line) for line in booked.lines], desk.sent("FulfillmentCreate")) == ([1], 1)
        assert desk.states("fba_fulfilment") == ["verified"]


# --- cancelled on Amazon ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("channel", "restocked"), [("MERCHANT", 2), ("AMAZON", 0)])
def test_an_order_cancelled_on_amazon_is_cancelled_once_and_restocked_by_policy(
    tmp_path: Path, channel: str, restocked: int
) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2, fulfilled_by=channel)
        order.cancelled = dict(order.items)
        for _ in range(3):
            desk.cancel()
            desk.later(minutes=1)
        assert booked.cancelled_at is not None
        assert (booked.restocked, desk.sent("OrderCancel"), desk.states("order_cancellation")) == (
            restocked,
            1,
            ["verified"],
        )


@pytest.mark.parametrize("fate", ["lost_after", "lost_before", "killed_after", "killed_before"])
def test_a_cancellation_whose_answer_got_lost_is_looked_for_and_restocks_once(tmp_path: Path, fate: str) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2)
        order.cancelled = dict(order.items)
        desk.market.fated("OrderCancel", fate)
        if fate.startswith("killed"):
            with pytest.raises(Killed):
                desk.cancel()
        else:
            desk.cancel()
        for _ in range(3):
            desk.later(minutes=2)
            desk.cancel()
        assert (booked.cancelled_at is not None, booked.restocked) == (True, 2)
        assert (desk.states("order_cancellation"), desk.exceptions()) == (["verified"], set())


def test_one_of_three_units_cancelled_takes_one_unit_off_and_a_second_one_more(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(3)
        [item], [line] = order.items, booked.lines
        for cancelled in (1, 1, 2, 2):
            order.cancelled = {item: cancelled}
            desk.cancel()
            desk.later(minutes=1)
        assert (booked.current(line), booked.restocked, booked.refunded) == (1, 2, Decimal("20.00"))
        assert desk.sent("RefundCreate") == 2
        desk.market.leave(booked, 1)
        desk.confirm()
        assert order.status == "SHIPPED"


def test_units_that_two_lines_share_come_off_whole_with_every_cancellation(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(4)
        [item], [line] = order.items, booked.lines
        second = f"{line}2"
        booked.lines = {line: 2, second: 2}
        booked.variants[second] = booked.variants[line]
        left = []
        for cancelled in (1, 3):
            order.cancelled = {item: cancelled}
            desk.cancel()
            desk.later(minutes=1)
            left.append((booked.current(line), booked.current(second)))
        assert left == [(2, 1), (1, 0)]
        assert (booked.restocked, booked.refunded, desk.exceptions()) == (3, Decimal("30.00"), set())


def test_an_item_cancelled_before_the_order_was_made_is_nobodys_business_for_ever(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2, 1)
        kept, gone = order.items
        order.cancelled = {gone: 1}
        booked.lines.popitem()
        done = desk.cancel()
        assert (done.planned, done.left_out, desk.exceptions()) == ([], {}, set())
        desk.market.leave(booked, 2)
        desk.confirm()
        [package] = order.packages.values()
        assert (package.items, order.status) == ({kept: 2}, "SHIPPED")


def test_what_amazon_cancels_after_it_has_left_is_told_to_operations(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        desk.market.leave(booked, 1)
        order.cancelled = dict(order.items)
        desk.cancel()
        assert (booked.cancelled_at, desk.sent("OrderCancel")) == (None, 0)
        [raised] = desk.ledger.open_exceptions()
        assert raised.kind == "cancellation_not_recorded"
        assert "it has left already, by Shopify" in raised.told


def test_an_order_cancelled_in_shopify_only_is_reported_with_what_to_do_in_seller_central(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        booked.cancelled_at = desk.clock.now()
        desk.cancel()
        assert desk.exceptions() == {("shopify_cancelled_amazon_order", order.order_id)}
        assert desk.market.calls == {}, "Amazon is never told"
        order.cancelled = dict(order.items)
        desk.cancel()
        assert desk.exceptions() == set()


# --- refunded on Amazon -----------------------------------------------------------------------------------------------


def test_a_refund_is_recorded_once_with_amazons_date_and_to_the_cent(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2, price="12.00")
        desk.market.leave(booked, 2)
        posted_at = desk.clock.now()
        name = desk.market.refund(order, ONE, TAX, FEE)
        desk.later(hours=5)
        for _ in range(3):
            desk.refund()
        [back] = booked.back
        assert (back.amount, back.shipping, list(units_back(desk).values())) == (Decimal("12.00"), Decimal(0), [1])
        assert back.note == f"Recorded by Instep: amazon-refund/{name}"
        assert back.processed_at == posted_at.isoformat().replace("+00:00", "Z")
        assert (booked.restocked, desk.sent("RefundCreate")) == (0, 1)


def test_several_refunds_of_an_order_are_recorded_each_once(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2)
        desk.market.refund(order, ONE)
        desk.market.refund(order, ("Shipping/ShippingPrincipal", "-3.00"))
        desk.later(hours=1)
        desk.market.refund(order, ("ProductCharges/OurPricePrincipal", "-4.00"))
        desk.refund()
        assert [(back.amount, back.shipping, sum(line["quantity"] for line in back.lines)) for back in booked.back] == [
            (Decimal("10.00"), Decimal(0), 1),
            (Decimal("3.00"), Decimal("3.00"), 0),
            (Decimal("4.00"), Decimal(0), 0),
        ]
        assert booked.refunded == Decimal("17.00")


def test_a_deferred_refund_that_is_released_stays_one_refund(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2)
        name = desk.market.refund(order, ONE, deferred=True)
        desk.refund()
        [posted] = desk.market.transactions
        posted["transactionStatus"] = "DEFERRED_RELEASED"
        release = {**posted, "transactionId": "tx-release", "transactionStatus": "RELEASED"}
        release["relatedIdentifiers"] = [
            *posted["relatedIdentifiers"],
            {"relatedIdentifierName": "DEFERRED_TRANSACTION_ID", "relatedIdentifierValue": name},
        ]
        desk.market.transactions.append(release)
        desk.refund()
        assert (len(booked.back), desk.sent("RefundCreate")) == (1, 1)
        assert desk.warehouse.query("SELECT status FROM amazon.transactions ORDER BY transaction_id") == [
            ("DEFERRED_RELEASED",),
            ("RELEASED",),
        ]


@pytest.mark.parametrize(
    ("fate", "idempotent"),
    [("lost_after", True), ("html_after", False), ("killed_after", False), ("lost_before", False)],
    ids=["lost", "failed, and the key is not honoured", "killed, and the key is not honoured", "never arrived"],
)
def test_a_refund_whose_answer_got_lost_is_never_recorded_twice(tmp_path: Path, fate: str, idempotent: bool) -> None:
    with fulfilment_desk(tmp_path) as desk:
        desk.market.idempotent = idempotent
        order, booked = desk.market.place(2)
        desk.market.refund(order, ONE)
        desk.market.fated("RefundCreate", fate)
        if fate == "killed_after":
            with pytest.raises(Killed):
                desk.refund()
        else:
            desk.refund()
        for _ in range(2):
            desk.later(minutes=5)
            desk.refund()
        assert (len(booked.back), desk.states("order_refund"), desk.market.wrong) == (1, ["verified"], [])


def test_a_refund_that_cannot_be_told_to_the_cent_is_left_to_finance_and_holds_up_no_other(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2)
        odd = desk.market.refund(order, ONE, ("SomethingNew", "-1.00"))
        desk.market.refund(order, ONE)
        desk.refund()
        assert [back.amount for back in booked.back] == [Decimal("10.00")]
        [raised] = desk.ledger.open_exceptions()
        assert (raised.kind, raised.identity, raised.team) == ("refund_not_recorded", f"{REGION}/{odd}", "finance")
        assert "SomethingNew is not known to be money of the buyer's or not" in raised.told
        note = f"Recorded by Instep: amazon-refund/{odd}"
        booked.back.append(Back(1, note, Decimal("11.00"), Decimal(0), [], desk.clock.now().isoformat()))
        desk.refund()
        assert desk.exceptions() == set()


def test_a_refund_on_an_order_that_was_never_paid_in_shopify_says_what_to_do(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        booked.paid = Decimal(0)
        desk.market.refund(order, ONE)
        desk.refund()
        [raised] = desk.ledger.open_exceptions()
        assert "was never paid in Shopify" in raised.told
        booked.paid = Decimal("10.00")
        desk.later(hours=7)
        desk.refund()
        assert (len(booked.back), desk.exceptions()) == (1, set())


def test_a_refund_made_in_shopify_only_is_reported_and_recognised_when_amazon_has_it_too(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        at = desk.clock.now().isoformat()
        booked.back.append(Back(1, "sorry, Jo", Decimal("10.00"), Decimal(0), [], at))
        desk.cancel()
        assert desk.exceptions() == {("shopify_refunded_amazon_order", order.order_id)}
        desk.market.refund(order, ONE, FEE)
        desk.refund()
        desk.cancel()
        assert (len(booked.back), desk.exceptions()) == (1, set())
        assert "Jo" not in str(desk.warehouse.query("SELECT * FROM shopify.refunds"))


def test_a_refund_that_was_recorded_by_hand_is_recognised_once_and_not_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(3)
        at = desk.clock.now().isoformat()
        booked.back.append(Back(1, "", Decimal("10.00"), Decimal(0), [], at))
        desk.market.refund(order, ONE)
        looked_at: list[list[str]] = []
        linked = Book.linked

        def counted(book: Book, region: str, order_ids: Sequence[str]) -> list[LinkedOrder]:
            looked_at.append(list(order_ids))
            return linked(book, region, order_ids)

        monkeypatch.setattr(Book, "linked", counted)
        for _ in range(3):
            desk.refund()
        assert [found for found in looked_at if found] == [[order.order_id]]
        # Another refund of the very amount is another refund: what was recorded by hand stands for the first.
        name = desk.market.refund(order, ONE)
        desk.refund()
        assert [back.note for back in booked.back] == ["", f"Recorded by Instep: amazon-refund/{name}"]
        assert (booked.refunded, desk.exceptions()) == (Decimal("20.00"), set())


def test_refunded_units_go_back_on_sale_only_where_the_operating_model_says_so(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path, returns_to="Leeds") as desk:
        leeds = make(Location, location_id="gid://shopify/Location/7", name="Leeds")
        desk.warehouse.observe(LOCATIONS, [leeds], seen_at=desk.clock.now())
        order, booked = desk.market.place(2)
        desk.market.refund(order, ONE)
        for _ in range(2):
            desk.refund()
        [line] = booked.back[0].lines
        assert (line["restockType"], line["locationId"], booked.restocked) == ("RETURN", "gid://shopify/Location/7", 1)
