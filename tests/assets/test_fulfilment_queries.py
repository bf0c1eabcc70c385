"""The work of a cycle grows with what is open, not with what is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from integration_assets.fulfilment.cancellations import MARK
from integration_assets.fulfilment.queries import CANCELLED_ON_AMAZON, REFUNDED_ON_AMAZON, SHIPPED_BY_AMAZON
from integration_assets.fulfilment.refunds import MARK as REFUND_MARK
from tests.fulfilment_desk import REGION, Desk, fulfilment_desk
from tests.fulfilment_market import InShop

OVER = 6
ONE = ("ProductCharges/OurPricePrincipal", "-10.00")


def asked(desk: Desk, sql: str, more: Mapping[str, object]) -> list[str]:
    """Amazon order ids that a query has looked at."""
    desk.observe()
    since = desk.clock.now() - timedelta(days=60)
    return [row[0] for row in desk.warehouse.query(sql, {"region": REGION, "since": since, **more})]


def without(desk: Desk, booked: InShop) -> None:
    """The shop has no such order."""
    del desk.market.shop[booked.gid]


def test_only_orders_of_fba_that_the_shop_has_and_does_not_show_as_shipped_are_looked_at(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        for kind in range(3 * OVER):
            order, booked = desk.market.place(1, fulfilled_by="AMAZON")
            order.shipped_by_amazon = 1
            if kind % 3 == 0:
                without(desk, booked)
            elif kind % 3 == 1:
                desk.market.leave(booked, 1)
            else:
                booked.cancelled_at = desk.clock.now()
        order, booked = desk.market.place(1, fulfilled_by="AMAZON")
        order.shipped_by_amazon = 1
        assert asked(desk, SHIPPED_BY_AMAZON, {}) == [order.order_id]


def test_an_order_of_fba_from_before_the_takeover_is_looked_at_when_a_backfill_has_made_it(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        theirs, _ = desk.market.place(1, fulfilled_by="AMAZON")
        ours, booked = desk.market.place(1, fulfilled_by="AMAZON")
        theirs.shipped_by_amazon = ours.shipped_by_amazon = 1
        takeover = desk.later(days=1)
        assert asked(desk, SHIPPED_BY_AMAZON, {"since": takeover}) == []
        booked.created_at = takeover + timedelta(minutes=1)
        assert asked(desk, SHIPPED_BY_AMAZON, {"since": takeover}) == [ours.order_id]


def test_only_cancellations_that_the_shop_does_not_show_are_looked_at(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        for kind in range(3 * OVER):
            order, booked = desk.market.place(2)
            [item] = order.items
            order.cancelled = {item: 1 if kind % 3 == 2 else 2}
            if kind % 3 == 0:
                without(desk, booked)
        desk.cancel()
        before = desk.clock.now()
        desk.later(days=31)
        whole, _ = desk.market.place(1)
        whole.cancelled = dict(whole.items)
        partly, _ = desk.market.place(2)
        partly.cancelled = dict.fromkeys(partly.items, 1)
        found = asked(desk, CANCELLED_ON_AMAZON, {"recent": before, "prefix": MARK})
        assert found == sorted([whole.order_id, partly.order_id])


def test_an_item_cancelled_before_the_import_is_looked_at_only_while_its_order_is_open(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        order, booked = desk.market.place(2, 1)
        kept, gone = order.items
        order.cancelled = {gone: 1}
        booked.lines.popitem()
        params = {"recent": desk.clock.now() + timedelta(days=1), "prefix": MARK}
        assert asked(desk, CANCELLED_ON_AMAZON, params) == [order.order_id]
        desk.market.leave(booked, 2)
        desk.confirm()
        assert order.left(kept) == 0
        assert asked(desk, CANCELLED_ON_AMAZON, params) == []


def test_refunds_of_orders_that_need_not_be_in_the_shop_are_not_looked_at(tmp_path: Path) -> None:
    with fulfilment_desk(tmp_path) as desk:
        for _ in range(OVER):
            order, booked = desk.market.place(1, fulfilled_by="AMAZON")
            desk.market.refund(order, ONE)
            without(desk, booked)
        kept, _ = desk.market.place(1, fulfilled_by="AMAZON")
        desk.market.refund(kept, ONE)
        desk.read_transactions()
        params = {"prefix": REFUND_MARK, "by_hand": []}
        assert asked(desk, REFUNDED_ON_AMAZON, {**params, "without_fba": True}) == [kept.order_id]
        assert len(asked(desk, REFUNDED_ON_AMAZON, {**params, "without_fba": False})) == OVER + 1
