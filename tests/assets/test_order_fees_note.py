"""The asset `actions.order_fees_note`: fees kept on orders in Shopify, in preview and live, and under faults."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from integration_assets.actions.order_fees_note import order_fees_note
from integration_assets.contracts.money import ORDER_FEES_NOTE, OrderMargin
from integration_assets.money.notes import KEY, NAMESPACE
from resources.operating_model_parts.sections import Mode
from tests.assets.rows import make, store
from tests.assets.stage import Stage, metadata, stage


def orders(shop: Stage, count: int) -> list[str]:
    """The ids of some orders that the shop lets the app see."""
    return [f"gid://shopify/Order/{number}" for number in sorted(shop.world.shop.orders)[-count:]]


def margins(shop: Stage, ids: list[str], commission: str = "-1.50") -> None:
    """What settlements say of these orders."""
    rows = [
        make(OrderMargin, order_ref=f"202-{number}", shopify_order_id=each, commission=Decimal(commission))
        for number, each in enumerate(ids)
    ]
    store(shop.warehouse, *rows)


def go_live(shop: Stage) -> None:
    shop.connections.model = shop.connections.model.model_copy(update={"mode": Mode(order_fees_note="live")})


def run(shop: Stage) -> dict[str, Any]:
    return metadata(
        shop.materialize(order_fees_note, config={"actions_order_fees_note": {"origin": "the test"}}), ORDER_FEES_NOTE
    )


def states(shop: Stage) -> list[str]:
    return [row.state for row in shop.warehouse.rows(ORDER_FEES_NOTE)]


def noted(shop: Stage, ids: list[str]) -> list[str | None]:
    """The commission that Shopify shows on each order."""
    kept = shop.connections.shopify.order_metafields(ids, NAMESPACE, KEY)
    return [None if value is None else json.loads(value)["amazon"][0]["commission"] for value in kept.values()]


def test_fees_are_noted_once_25_orders_a_call_and_again_only_when_they_change(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        ids = orders(shop, 27)
        margins(shop, ids)
        told = run(shop)
        assert (told["mode"], told["planned"], states(shop)) == ("preview: nothing was sent", 27, ["preview"] * 27)
        assert shop.calls("metafieldsSet") == []
        assert shop.ledger.newest("order_fees_note", "eu") == {}
        go_live(shop)
        told = run(shop)
        assert (told["noted"], told["verified"], states(shop)) == (27, 27, ["verified"] * 27)
        assert len(shop.calls("metafieldsSet")) == 2
        assert noted(shop, ids) == ["-1.50"] * 27
        told = run(shop)
        assert (told["planned"], len(shop.calls("metafieldsSet"))) == (0, 2)
        margins(shop, ids[:1], "-2.00")
        told = run(shop)
        assert (told["noted"], len(shop.calls("metafieldsSet"))) == (1, 3)
        assert noted(shop, ids[:2]) == ["-2.00", "-1.50"]


def test_where_the_answer_is_lost_shopify_is_asked_before_anything_is_sent_again(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        ids = orders(shop, 3)
        margins(shop, ids)
        go_live(shop)
        shop.fault("internal_error_after", "metafieldsSet", times=1)
        assert run(shop)["unknown"] == 3
        shop.advance(minutes=30)
        told = run(shop)
        assert (told["verified"], told["noted"], states(shop)) == (3, 0, ["verified"] * 3)
        assert len(shop.calls("metafieldsSet")) == 1


def test_an_order_that_is_gone_does_not_keep_the_others_from_their_notes(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        ids = orders(shop, 2)
        margins(shop, [*ids, "gid://shopify/Order/1"])
        go_live(shop)
        told = run(shop)
        assert (told["noted"], told["rejected"]) == (2, 1)
        assert sorted(states(shop)) == ["rejected", "verified", "verified"]
        assert noted(shop, ids) == ["-1.50", "-1.50"]
        run(shop)
        assert len(shop.calls("metafieldsSet")) == 4
