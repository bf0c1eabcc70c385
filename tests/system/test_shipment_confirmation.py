"""Packages that left in Shopify are told to Amazon: once each, in time, whatever goes wrong on the way."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from integration_assets.reconcile.fulfilment_lag import lagging
from tests.fulfilment_desk import REGION, fulfilment_desk
from tests.fulfilment_market import Killed, OnAmazon, Package


def test_a_package_is_confirmed_with_one_call_and_seen_with_none(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2)
        left = desk.market.leave(booked, 2, company="Royal Mail", tracking="AB123456789GB")
        desk.later(minutes=20)
        desk.confirm()
        package = order.packages[str(left.number)]
        assert (package.carrier, package.tracking, package.ship_at) == (
            "Royal Mail",
            "AB123456789GB",
            left.created_at,
        )
        desk.later(minutes=11)
        desk.confirm()
        assert desk.states() == ["verified"]
        assert (desk.sent("confirmShipment"), desk.sent("getOrder")) == (1, 0)
        assert desk.exceptions() == set()


def test_partial_shipments_and_several_packages_are_confirmed_each_once(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(3, 1)
        first = desk.market.leave(booked, 2, 0)
        desk.confirm()
        assert order.status == "PARTIALLY_SHIPPED"
        desk.later(hours=3)
        second = desk.market.leave(booked, 1, 1)
        desk.confirm()
        desk.confirm()
        assert order.status == "SHIPPED"
        item, other = order.items
        assert [order.packages[str(each.number)].items for each in (first, second)] == [
            {item: 2},
            {item: 1, other: 1},
        ]
        assert desk.sent("confirmShipment") == 2


def test_what_is_due_first_is_confirmed_first(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        placed = [desk.market.place(1, hours=hours) for hours in (30, 2, 10)]
        for _, booked in placed:
            desk.market.leave(booked, 1)
        desk.confirm()
        sent = [
            body["packageDetail"]["packageReferenceId"]
            for name, body in desk.market.bodies
            if name == "confirmShipment"
        ]
        by_deadline = [next(iter(placed[place][1].left)) for place in (1, 2, 0)]
        assert sent == [str(number) for number in by_deadline]


@pytest.mark.parametrize("fate", ["html_before", "lost_before"])
def test_a_call_that_was_not_carried_out_is_never_taken_for_a_success(tmp_path: Path, fate: str) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        desk.market.leave(booked, 1)
        desk.market.fated("confirmShipment", fate)
        desk.confirm()
        assert (desk.states(), order.packages) == (["unknown"], {})
        desk.later(minutes=2)
        desk.confirm()
        assert (order.status, desk.market.wrong) == ("SHIPPED", [])
        desk.later(minutes=11)
        desk.confirm()
        assert (desk.states(), desk.sent("confirmShipment")) == (["verified"], 2)


@pytest.mark.parametrize("fate", ["html_after", "lost_after"])
def test_a_call_whose_answer_got_lost_is_looked_for_and_not_repeated(tmp_path: Path, fate: str) -> None:
    with fulfilment_desk(tmp_path) as desk:
        _, booked = desk.market.place(1)
        desk.market.leave(booked, 1)
        desk.market.fated("confirmShipment", fate)
        desk.confirm()
        assert desk.states() == ["unknown"]
        desk.later(minutes=2)
        desk.cycle().confirm(REGION)
        assert (desk.states(), desk.sent("confirmShipment"), desk.sent("getOrder")) == (["verified"], 1, 1)


@pytest.mark.parametrize("fate", ["killed_before", "killed_after"])
def test_a_process_that_dies_in_the_middle_of_a_call_leaves_nothing_lost_and_nothing_doubled(
    tmp_path: Path, fate: str
) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        desk.market.leave(booked, 1)
        desk.market.fated("confirmShipment", fate)
        with pytest.raises(Killed):
            desk.confirm()
        assert desk.states() == ["sent"]
        for _ in range(3):
            desk.later(minutes=11)
            desk.confirm()
        assert (desk.states(), order.status, desk.market.wrong) == (["verified"], "SHIPPED", [])


def test_a_package_that_somebody_confirmed_in_seller_central_meanwhile_is_seen_and_left_alone(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        left = desk.market.leave(booked, 1)
        desk.observe()
        hand_made = desk.market.leave(booked, 1)
        order.packages["1"] = _package(order, hand_made.created_at)
        desk.cycle().confirm(REGION)
        assert (desk.states(), desk.sent("confirmShipment"), str(left.number) in order.packages) == (
            ["verified"],
            1,
            False,
        )
        [effect] = desk.ledger.newest("shipment_confirmation", REGION).values()
        assert effect.detail.startswith("Amazon shows the units as shipped, in a package of somebody else's")
        assert desk.exceptions() == set()


def test_a_refusal_because_all_was_confirmed_by_an_earlier_call_of_ours_counts_as_done(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        left = desk.market.leave(booked, 1)
        desk.observe()
        order.packages[str(left.number)] = _package(order, left.created_at, tracking=left.tracking or "")
        desk.cycle().confirm(REGION)
        assert (desk.states(), desk.sent("confirmShipment"), desk.sent("getOrder")) == (["verified"], 1, 1)


def test_throttling_in_the_middle_of_a_batch_puts_the_rest_back_and_the_next_run_sends_it(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        for hours in (10, 20, 30):
            _, booked = desk.market.place(1, hours=hours)
            desk.market.leave(booked, 1)
        desk.market.fated("confirmShipment", "", "throttle")
        done = desk.confirm()
        assert (done.count("sent"), done.count("put_back"), desk.states()) == (
            1,
            1,
            ["applied", "intended", "intended"],
        )
        desk.later(minutes=1)
        desk.confirm()
        assert (desk.states(), desk.market.wrong) == (["applied"] * 3, [])
        assert desk.sent("confirmShipment") == 4


def test_a_token_that_expired_is_renewed_and_the_call_made_once(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        desk.market.leave(booked, 1)
        desk.market.fated("confirmShipment", "token")
        desk.confirm()
        assert (order.status, desk.states(), desk.sent("token")) == ("SHIPPED", ["applied"], 2)


def test_a_carrier_that_amazon_refuses_is_told_to_operations_and_a_mended_one_is_sent_at_once(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        desk.model.carriers["Yodel Direct"] = "YODEL-UK"
        order, booked = desk.market.place(1)
        left = desk.market.leave(booked, 1, company="Yodel Direct")
        other = desk.market.place(1)
        desk.market.leave(other[1], 1)
        desk.confirm()
        assert other[0].status == "SHIPPED", "one bad package never holds up the others"
        assert desk.exceptions() == {("rejected_confirmation", f"{order.order_id}/{left.number}")}
        [raised] = desk.ledger.open_exceptions()
        assert "carrierCode YODEL-UK is not valid" in raised.told
        assert raised.deadline_at == order.ship_by_at
        desk.later(minutes=10)
        desk.confirm()
        assert desk.sent("confirmShipment") == 2, "what was refused is not sent again unchanged"
        desk.model.carriers["Yodel Direct"] = "Other"
        desk.later(minutes=10)
        desk.confirm()
        assert (order.packages[str(left.number)].carrier, desk.exceptions()) == ("Yodel Direct", set())


def test_a_corrected_tracking_number_is_told_once_under_the_old_number_of_the_package(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        left = desk.market.leave(booked, 1)
        desk.confirm()
        desk.later(minutes=30)
        left.tracking, left.updated_at = "T-corrected", desk.clock.now()
        for _ in range(3):
            desk.confirm()
            desk.later(minutes=11)
        assert (order.packages[str(left.number)].tracking, len(order.packages)) == ("T-corrected", 1)
        assert (desk.states("tracking_correction"), desk.sent("confirmShipment")) == (["verified"], 2)


def test_a_correction_that_amazon_does_not_take_is_told_to_operations(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        desk.market.takes_corrections = False
        order, booked = desk.market.place(1)
        left = desk.market.leave(booked, 1)
        desk.confirm()
        desk.later(minutes=30)
        left.tracking, left.updated_at = "T-corrected", desk.clock.now()
        desk.confirm()
        desk.later(minutes=11)
        desk.confirm()
        assert desk.exceptions() == {("rejected_confirmation", f"{order.order_id}/{left.number}")}
        assert (desk.states(), desk.sent("confirmShipment")) == (["verified"], 2)


def test_webhooks_that_come_twice_late_or_never_change_nothing(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        placed = [desk.market.place(1) for _ in range(4)]
        for _, booked in placed:
            desk.market.leave(booked, 1)
        desk.read_amazon(desk.market.amazon.values())
        for some in ([2], [0, 2], [2], [0]):  # the webhook of the second never comes, nor that of the fourth
            desk.read_shop([placed[place][1] for place in some])
            desk.cycle().confirm(REGION)
        assert [order.status for order, _ in placed] == ["SHIPPED", "UNSHIPPED", "SHIPPED", "UNSHIPPED"]
        desk.confirm()  # the schedule reads all that changed
        assert {order.status for order, _ in placed} == {"SHIPPED"}
        assert (desk.sent("confirmShipment"), desk.market.wrong) == (4, [])


def test_in_preview_nothing_is_sent_and_everything_is_shown(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path, live=False) as desk:
        _, booked = desk.market.place(1)
        desk.market.leave(booked, 1)
        done = desk.confirm()
        assert (len(done.planned), desk.states(), desk.sent("confirmShipment")) == (1, [], 0)
        shown = desk.warehouse.query("SELECT state, carrier_code, units FROM actions.shipment_confirmation")
        assert shown == [("preview", "UPS", 1)]


def test_a_package_without_a_tracking_number_waits_is_reported_and_goes_when_it_has_one(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        left = desk.market.leave(booked, 1, tracking=None)
        desk.confirm()
        desk.later(hours=2)
        lag = desk.lag()[order.order_id]
        assert (lag.cause, lag.endangers, str(lag.hours_left)) == ("not_confirmed", "late_shipment", "46.0")
        assert lag.reason == "it has no tracking number, which Amazon asks for"
        assert desk.exceptions() == {("unconfirmed_shipment", order.order_id)}
        left.tracking, left.updated_at = "T1", desk.clock.now()
        desk.confirm()
        assert (order.status, desk.lag(), desk.exceptions()) == ("SHIPPED", {}, set())


def test_a_confirmation_of_this_moment_has_time_to_show_before_a_person_is_told(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1)
        desk.market.leave(booked, 1)
        desk.later(hours=3)
        assert [row.reason for row in desk.lag().values()] == ["nothing was sent yet"]
        desk.confirm()
        assert lagging(desk.warehouse, desk.ledger, desk.model, desk.clock) == [], "what was read is older than the yes"
        desk.later(hours=3)
        [late] = lagging(desk.warehouse, desk.ledger, desk.model, desk.clock)
        assert (late.amazon_order_id, late.cause) == (order.order_id, "not_confirmed")


def test_an_order_that_has_not_left_is_reported_as_its_deadline_comes_near(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2, hours=30)
        assert desk.lag() == {}
        desk.later(hours=6, minutes=1)
        lag = desk.lag()[order.order_id]
        assert (lag.cause, lag.units, str(lag.hours_left)) == ("not_shipped", 2, "23.9")
        [raised] = desk.ledger.open_exceptions("ship_by_risk")
        assert raised.deadline_at == order.ship_by_at
        desk.market.leave(booked, 2)
        desk.confirm()
        assert (desk.lag(), desk.exceptions()) == ({}, set())


def test_a_confirmation_that_came_too_late_stays_known_for_a_month(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(1, hours=1)
        desk.later(hours=2)
        desk.market.leave(booked, 1)
        desk.confirm()
        lag = desk.lag()[order.order_id]
        assert (lag.cause, lag.endangers, str(lag.hours_left)) == ("confirmed_late", "late_shipment", "-1.0")
        desk.later(days=31)
        assert desk.lag() == {}


def _package(order: OnAmazon, shipped_at: datetime, *, tracking: str = "hand-made") -> Package:
    return Package("UPS", tracking, dict(order.items), shipped_at, shipped_at)
