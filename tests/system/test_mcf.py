"""Orders of the shop that Amazon ships, on the sandbox: handed over once, answered, tracked, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from integration_assets.amazon.fba_inventory import fba_inventory
from integration_assets.mcf.cycle import McfCycle, Turn
from integration_assets.mcf.findings import report_turn
from integration_assets.mcf.service import open_up
from resources.operating_model_parts.mcf import McfSettings
from sandbox.amazon.outbound_state import Outbound, OutboundOrder, outbound_of
from sandbox.order_records import FulfillmentOrder
from sandbox.people import CANARIES
from sandbox.shopify.service_state import ask_to_cancel, open_service, order_from_service, submit
from sandbox.world import Location, ShopOrder
from tests.system.stage import REGION, Stage, on_stage

SERVICE = "Amazon MCF"
JUG, SALT, ROPE = "JUG-GLASS", "CELLAR,SALT", "007-ROPE"
LIVE = {"stock_push": "live", "fba_mirror": "live", "mcf": "live"}
SLOW = ("timeout_after", "timeout_before", "status_500_after", "status_500_empty")
AFTER = ("reset_after", *(pytest.param(kind, marks=pytest.mark.prove) for kind in SLOW))


@contextmanager
def shipping(home: Path, *, mode: Mapping[str, str] | None = None, **mcf: object) -> Iterator[Stage]:
    """A brand whose shop has Amazon ship, with units enough of everything."""
    settings = McfSettings(service=SERVICE, **mcf).model_dump()  # type: ignore[arg-type]
    settings["routes"] = McfSettings(service=SERVICE, **mcf).routes  # type: ignore[arg-type]
    with on_stage(home, mode=mode or LIVE, mcf=settings) as stage:
        open_service(stage.world, SERVICE)
        for stock in stage.account.fba.values():
            stock.fulfillable = 60
        stage.carry_out(fba_inventory)
        yield stage


def service(stage: Stage) -> Location:
    return next(place for place in stage.world.shop.locations.values() if place.name == SERVICE)


def outbound(stage: Stage) -> Outbound:
    return outbound_of(stage.account)


def ask(stage: Stage, *sold: tuple[str, int], **more: object) -> FulfillmentOrder:
    """A customer buys in the shop, and the merchant asks the service to ship it."""
    with stage.world.lock:
        wanted = [(stage.variant(sku), units) for sku, units in sold]
        return order_from_service(stage.world, service(stage), wanted, **more)  # type: ignore[arg-type]


def cycle(stage: Stage) -> McfCycle:
    door = stage.connections
    return McfCycle(door.model, door.shopify, door.amazon, door.warehouse, door.ledger, door.clock, "the test")


def turn(stage: Stage) -> Turn:
    """Everything a run of the job does."""
    work = cycle(stage)
    seen = work.look()
    done = work.see_to_requests(REGION, seen)
    if work.live:
        report_turn(stage.ledger, done, seen, stage.clock.now())
    work.tell_parcels(REGION, work.look())
    return done


def play(stage: Stage, *, turns: int = 12, minutes: float = 60) -> None:
    """Let the job run once every so many minutes, until nothing of what was asked is open any more."""
    asked = stage.world.shop.extra["fulfillment_services"].orders
    for _ in range(turns):
        turn(stage)
        stage.advance(minutes=minutes)
        if all(order.status in ("CLOSED", "INCOMPLETE") for order in asked.values()):
            break
    turn(stage)


def at_amazon(stage: Stage, order: FulfillmentOrder) -> OutboundOrder:
    """The one order that Amazon has for it."""
    [found] = [each for number, each in outbound(stage).orders.items() if number == f"INSTEP-{order.id}"]
    return found


def tracking_at_amazon(order: OutboundOrder) -> list[str]:
    return sorted(each.tracking_number for shipment in order.shipments for each in shipment.packages)


def sold_as(stage: Stage, order: FulfillmentOrder) -> ShopOrder:
    """The order of the shop that it is a part of."""
    return stage.world.shop.orders[order.order_id]


def tracking_in_shop(stage: Stage, order: FulfillmentOrder) -> list[str]:
    return sorted(str(info.number) for made in sold_as(stage, order).fulfillments for info in made.tracking)


def opened(stage: Stage) -> list[tuple[str, str]]:
    return [(one.kind, one.told) for one in stage.ledger.open_exceptions() if one.kind.startswith("mcf")]


def test_an_order_is_shipped_in_several_parcels_and_each_is_told_once(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        order = ask(stage, (JUG, 3), (SALT, 1))
        play(stage)
        there = at_amazon(stage, order)
        assert (there.status, len(outbound(stage).orders)) == ("Complete", 1)
        assert [(item.sku, item.quantity) for item in there.items] == [("JUG-GLASS-FBA", 3), ("CELLAR,SALT", 1)]
        assert tracking_in_shop(stage, order) == tracking_at_amazon(there)
        sold = sold_as(stage, order)
        assert len(sold.fulfillments) == 3
        assert all(made.told_buyer for made in sold.fulfillments)
        assert (order.status, sold.fulfillment_status) == ("CLOSED", "FULFILLED")
        assert order.answers == ["request accepted"]
        assert opened(stage) == []
        assert stage.calls("cancelFulfillmentOrder") == []
        links = {
            (row.channel_name, row.merchant_order_id) for row in stage.account.orders.values() if row.id[:3] == "S01"
        }
        assert ("NON_AMAZON", f"INSTEP-{order.id}") in links


@pytest.mark.prove
def test_a_parcel_without_a_number_waits_for_it_and_is_told_once(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        outbound(stage).unnumbered.add("JUG-GLASS-FBA")
        outbound(stage).pace["shipped"] = 12 * 3600
        order = ask(stage, (JUG, 1), (SALT, 1))
        play(stage, turns=16)
        assert (at_amazon(stage, order).status, tracking_in_shop(stage, order)) == ("Processing", [])
        play(stage, turns=5)
        assert len(tracking_in_shop(stage, order)) == 1
        play(stage)
        assert tracking_in_shop(stage, order) == tracking_at_amazon(at_amazon(stage, order))
        assert [len(made.tracking) for made in sold_as(stage, order).fulfillments] == [1, 1]
        assert opened(stage) == []


def test_a_parcel_told_without_a_number_gets_it_later_and_stays_one_parcel(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        outbound(stage).unnumbered |= {"JUG-GLASS-FBA"}
        order = ask(stage, (JUG, 3))
        play(stage)
        there = at_amazon(stage, order)
        assert (there.status, order.status) == ("Complete", "CLOSED")
        [shipment] = there.shipments
        assert tracking_in_shop(stage, order) == [f"{shipment.id}-{package.number}" for package in shipment.packages]
        stage.fault("internal_error_after", "fulfillmentTrackingInfoUpdate", times=1)
        stage.advance(hours=9)
        for _ in range(3):
            turn(stage)
            stage.advance(minutes=10)
        assert tracking_in_shop(stage, order) == tracking_at_amazon(there)
        assert len(sold_as(stage, order).fulfillments) == 2
        before = len(stage.world.requests)
        turn(stage)
        assert [call.operation for call in stage.world.requests[before:]] == ["assignedFulfillmentOrders"] * 6
        assert opened(stage) == []


@pytest.mark.prove
def test_a_turn_without_news_writes_nothing_and_asks_three_times(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        ask(stage, (JUG, 1))
        play(stage)
        before = len(stage.world.requests)
        work = cycle(stage)
        seen = work.look()
        work.see_to_requests(REGION, seen)
        made = [call.operation for call in stage.world.requests[before:]]
        assert made == ["assignedFulfillmentOrders"] * 3


@pytest.mark.parametrize(
    ("sold", "country", "answer"),
    [
        pytest.param(((JUG, 1),), "AU", "request rejected: UNDELIVERABLE_DESTINATION", marks=pytest.mark.prove),
        (((JUG, 61),), "GB", "request rejected: INVENTORY_OUT_OF_STOCK"),
        pytest.param(((JUG, 1), (ROPE, 1)), "GB", "request rejected: INELIGIBLE_PRODUCT", marks=pytest.mark.prove),
    ],
)
def test_what_amazon_cannot_ship_is_turned_down_with_a_reason(
    tmp_path: Path, sold: tuple[tuple[str, int], ...], country: str, answer: str
) -> None:
    with shipping(tmp_path) as stage:
        order = ask(stage, *sold, country=country)
        play(stage, turns=2)
        assert order.answers == [answer]
        assert outbound(stage).orders == {}


@pytest.mark.prove
def test_a_request_that_is_made_again_after_a_rejection_is_looked_at_again(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        order = ask(stage, (JUG, 61))
        play(stage, turns=2)
        for stock in stage.account.fba.values():
            stock.fulfillable = 90
        stage.carry_out(fba_inventory)
        submit(stage.world, order)
        play(stage, turns=3)
        assert order.answers == ["request rejected: INVENTORY_OUT_OF_STOCK", "request accepted"]
        assert at_amazon(stage, order).items[0].quantity == 61


@pytest.mark.prove
def test_units_can_be_kept_for_buyers_on_amazon(tmp_path: Path) -> None:
    with shipping(tmp_path, route=({"countries": ("GB",), "keep_units": 59},)) as stage:
        first, second = ask(stage, (JUG, 1)), ask(stage, (JUG, 2))
        play(stage, turns=2)
        assert first.answers == ["request accepted"]
        assert second.answers == ["request rejected: INVENTORY_OUT_OF_STOCK"]


@pytest.mark.prove
def test_a_mixed_order_can_be_held_for_a_person(tmp_path: Path) -> None:
    with shipping(tmp_path, mixed="hold") as stage:
        with stage.world.lock:
            mine, other = [(stage.variant(JUG), 1)], [(stage.variant(ROPE), 1)]
            order = order_from_service(stage.world, service(stage), mine, elsewhere=other)
        play(stage, turns=2)
        assert (order.answers, outbound(stage).orders) == ([], {})
        [(kind, told)] = opened(stage)
        assert kind == "mcf_held"
        assert "other lines of the order are shipped from elsewhere" in told


@pytest.mark.prove
def test_routes_choose_by_tag(tmp_path: Path) -> None:
    routes = ({"tag": "Wholesale", "action": "reject"}, {"countries": ("GB",), "speed": "Expedited"})
    with shipping(tmp_path, route=routes) as stage:
        refused, shipped = ask(stage, (JUG, 1), tags=("wholesale",)), ask(stage, (JUG, 1))
        play(stage, turns=2)
        assert refused.answers == ["request rejected: OTHER"]
        assert at_amazon(stage, shipped).request["shippingSpeedCategory"] == "Expedited"


@pytest.mark.parametrize("kind", AFTER)
def test_an_order_whose_handing_over_is_in_doubt_exists_once(tmp_path: Path, kind: str) -> None:
    with shipping(tmp_path) as stage:
        order = ask(stage, (JUG, 1))
        stage.fault(kind, "createFulfillmentOrder", times=1, params={"seconds": 0.01})
        play(stage)
        assert len(outbound(stage).orders) == 1
        assert tracking_in_shop(stage, order) == tracking_at_amazon(at_amazon(stage, order))
        assert order.status == "CLOSED"


@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        ("internal_error_after", "fulfillmentCreate"),
        pytest.param("internal_error_before", "fulfillmentCreate", marks=pytest.mark.prove),
        pytest.param("internal_error_after", "fulfillmentOrderAcceptFulfillmentRequest", marks=pytest.mark.prove),
        pytest.param("never_applied", "fulfillmentOrderAcceptFulfillmentRequest", marks=pytest.mark.prove),
        pytest.param("throttle", "fulfillmentCreate", marks=pytest.mark.prove),
    ],
)
def test_a_word_to_the_shop_that_is_in_doubt_is_said_once(tmp_path: Path, kind: str, operation: str) -> None:
    with shipping(tmp_path) as stage:
        order = ask(stage, (JUG, 3))
        stage.fault(kind, operation, times=1)
        play(stage, turns=14)
        assert order.answers == ["request accepted"]
        assert tracking_in_shop(stage, order) == tracking_at_amazon(at_amazon(stage, order))


def test_a_cancellation_in_time_is_accepted_once_amazon_has_agreed(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        stage.world.accounts[REGION].extra["outbound"] = Outbound(stuck={"JUG-GLASS-FBA"})
        order = ask(stage, (JUG, 1))
        play(stage, turns=2, minutes=2)
        assert order.request_status == "ACCEPTED"
        ask_to_cancel(stage.world, order)
        play(stage, turns=3, minutes=2)
        assert at_amazon(stage, order).status == "Cancelled"
        assert (order.status, order.request_status) == ("CLOSED", "CANCELLATION_ACCEPTED")
        assert order.answers == ["request accepted", "cancellation accepted"]


@pytest.mark.prove
def test_a_cancellation_that_comes_too_late_is_rejected_and_the_parcels_are_told(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        order = ask(stage, (JUG, 1))
        play(stage, turns=2, minutes=20)
        assert at_amazon(stage, order).status == "Processing"
        ask_to_cancel(stage.world, order)
        turn(stage)
        assert order.answers == ["request accepted", "cancellation rejected"]
        play(stage, turns=6)
        assert tracking_in_shop(stage, order) == tracking_at_amazon(at_amazon(stage, order))


@pytest.mark.prove
def test_a_request_that_the_shop_takes_back_is_taken_back_from_amazon(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        outbound(stage).stuck.add("JUG-GLASS-FBA")
        order = ask(stage, (JUG, 1))
        stage.fault("internal_error_before", "fulfillmentOrderAcceptFulfillmentRequest", times=1)
        turn(stage)
        stage.advance(minutes=1)
        turn(stage)
        order.request_status = "UNSUBMITTED"
        play(stage, turns=4, minutes=3)
        assert order.answers == []
        assert at_amazon(stage, order).status == "Cancelled"


def test_a_request_withdrawn_after_amazon_took_it_is_cancelled_there(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        outbound(stage).stuck.add("JUG-GLASS-FBA")
        asked, accepted, kept = ask(stage, (JUG, 1)), ask(stage, (JUG, 2)), ask(stage, (JUG, 3))
        play(stage, turns=1, minutes=2)
        assert [one.request_status for one in (asked, accepted, kept)] == ["ACCEPTED"] * 3
        # One was taken back, and the yes never reached the shop; another was closed there by hand.
        asked.status, asked.request_status = "OPEN", "UNSUBMITTED"
        accepted.status, accepted.request_status = "CLOSED", "CLOSED"
        play(stage, turns=3, minutes=3)
        statuses = [at_amazon(stage, one).status for one in (asked, accepted, kept)]
        assert statuses == ["Cancelled", "Cancelled", "Planning"]
        assert [call.subject for call in stage.calls("cancelFulfillmentOrder")] == [
            f"INSTEP-{asked.id}",
            f"INSTEP-{accepted.id}",
        ]
        before = len(stage.world.requests)
        cycle(stage).look()
        assert [call.operation for call in stage.world.requests[before:]] == ["assignedFulfillmentOrders"] * 3
        # Amazon takes a number once, so the merchant is told no when the request is made again.
        submit(stage.world, asked)
        play(stage, turns=2, minutes=3)
        assert asked.answers == ["request accepted", "request rejected: OTHER"]
        assert opened(stage) == []


@pytest.mark.prove
def test_a_request_made_again_before_amazon_gave_it_up_is_for_the_same_order(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        stage.fault("internal_error_before", "fulfillmentOrderAcceptFulfillmentRequest", times=1)
        order = ask(stage, (JUG, 1))
        turn(stage)
        submit(stage.world, order)
        play(stage)
        assert order.answers == ["request accepted"]
        assert len(outbound(stage).orders) == 1
        assert (at_amazon(stage, order).status, order.status) == ("Complete", "CLOSED")


@pytest.mark.prove
def test_what_amazon_ships_though_the_shop_took_it_back_is_told_until_somebody_has_seen_to_it(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        order = ask(stage, (JUG, 1))
        play(stage, turns=2, minutes=20)
        assert at_amazon(stage, order).status == "Processing"
        order.status, order.request_status = "CLOSED", "CLOSED"
        play(stage, turns=1, minutes=2)
        stage.advance(hours=12)
        play(stage, turns=2)
        [(kind, told)] = opened(stage)
        assert kind == "mcf_too_late"
        assert f"it is Complete there (as INSTEP-{order.id})" in told
        [one] = stage.ledger.open_exceptions("mcf_too_late")
        stage.ledger.acknowledge("mcf_too_late", one.identity, "the test", "the buyer has it")
        turn(stage)
        assert opened(stage) == []


@pytest.mark.parametrize("plan", ["lost", pytest.param("refused", marks=pytest.mark.prove)])
def test_an_order_that_amazon_took_and_does_not_ship_is_open_again_in_the_shop(tmp_path: Path, plan: str) -> None:
    with shipping(tmp_path) as stage:
        # Long enough for the order to be seen and accepted before Amazon changes its mind.
        outbound(stage).pace["Received"] = 600
        getattr(outbound(stage), plan).add("JUG-GLASS-FBA")
        order = ask(stage, (JUG, 1))
        play(stage, turns=6, minutes=5)
        play(stage, turns=2)
        assert (order.status, order.request_status) == ("INCOMPLETE", "CLOSED")
        [(kind, told)] = opened(stage)
        assert kind == "mcf_failed"
        assert f"took order {sold_as(stage, order).name} (as INSTEP-{order.id})" in told
        [one] = stage.ledger.open_exceptions("mcf_failed")
        stage.ledger.acknowledge("mcf_failed", one.identity, "the test", "shipped from Leeds")
        turn(stage)
        assert opened(stage) == []


@pytest.mark.prove
def test_an_order_sent_short_is_closed_once_its_parcels_are_told(tmp_path: Path) -> None:
    with shipping(tmp_path, policy="FillAllAvailable") as stage:
        outbound(stage).lost.add("CELLAR,SALT")
        order = ask(stage, (JUG, 1), (SALT, 1))
        play(stage)
        assert at_amazon(stage, order).status == "CompletePartialled"
        assert tracking_in_shop(stage, order) == tracking_at_amazon(at_amazon(stage, order))
        assert order.status == "INCOMPLETE"
        assert [kind for kind, _ in opened(stage)] == ["mcf_failed"]


@pytest.mark.prove
def test_an_order_past_its_date_is_told(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        outbound(stage).stuck.add("JUG-GLASS-FBA")
        order = ask(stage, (JUG, 1))
        play(stage, turns=2)
        assert opened(stage) == []
        stage.advance(hours=80)
        turn(stage)
        [(kind, told)] = opened(stage)
        assert kind == "mcf_stuck"
        assert f"Order {sold_as(stage, order).name} should have left Amazon eu by" in told
        outbound(stage).stuck.clear()
        play(stage, turns=3)
        assert opened(stage) == []


def test_nothing_is_sent_in_preview(tmp_path: Path) -> None:
    with shipping(tmp_path, mode={"mcf": "preview"}) as stage:
        order = ask(stage, (JUG, 1))
        done = turn(stage)
        assert [one.subject for one in done.orders.planned] == [f"gid://shopify/FulfillmentOrder/{order.id}"]
        assert (outbound(stage).orders, order.answers) == ({}, [])


def test_no_address_is_kept_anywhere(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        order = ask(stage, (JUG, 1))
        play(stage)
        assert at_amazon(stage, order).request["destinationAddress"]["name"].startswith("Robin Quagmarrow")
        stage.ledger.close()
        kept = [file for file in (tmp_path / "data").rglob("*") if file.is_file()]
        assert kept
        for file in kept:
            content = file.read_bytes().lower()
            assert not any(canary.encode() in content for canary in CANARIES), file


def test_the_service_is_made_by_the_set_up(tmp_path: Path) -> None:
    with on_stage(tmp_path, mode=LIVE, mcf={"service": SERVICE}) as stage:
        door = stage.connections
        assert open_up(door.model, door.shopify, SERVICE) == "Amazon MCF was made"
        assert service(stage).is_fulfillment_service
        assert open_up(door.model, door.shopify, SERVICE) == "Amazon MCF is ready"
