"""Lists read to their end: pages that lie, the depth where paging stops, and orders that change while they are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from integration_assets.contracts.errors import BadDocument
from integration_assets.contracts.shopify import ShopifyOrder, ShopifyOrderLine, Variant
from resources.shopify_parts.orders import UnreadableOrder
from tests.unit.shopify_answers import Reply, Stand, connection, data, shop_behind
from tests.unit.test_shopify_rows import LEVEL, LINE, ORDER, VARIANT

LEEDS = "gid://shopify/Location/70000000001"
YORK = "gid://shopify/Location/70000000002"


def variant(number: int) -> dict[str, Any]:
    return {**VARIANT, "id": f"gid://shopify/ProductVariant/{number}", "sku": f"S-{number}"}


def variants(numbers: list[int], *, count: int = 0, cursor: str | None = None, more: bool = False) -> httpx.Response:
    page = connection([variant(number) for number in numbers], cursor=cursor, more=more)
    return data({"productVariantsCount": {"count": count, "precision": "EXACT"}, "productVariants": page})


def skus(stand: Stand) -> list[str | None]:
    return [row.sku for row in shop_behind(stand).catalogue() if isinstance(row, Variant)]


def test_pages_are_read_to_the_end_with_the_cursor_of_the_one_before() -> None:
    stand = Stand(
        Catalogue=[
            variants([1, 2], count=5, cursor="c2", more=True),
            variants([3, 4], cursor="c4", more=True),
            variants([5]),
        ]
    )

    assert skus(stand) == ["S-1", "S-2", "S-3", "S-4", "S-5"]
    assert [(asked["after"], asked["count"]) for _, asked in stand.asked] == [
        (None, True),
        ("c2", False),
        ("c4", False),
    ]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (variants([1, 2], cursor="c9", more=True), "the same page came twice"),
        (variants([3, 4], cursor="c2", more=True), "the cursor does not move"),
        (variants([3, 4], cursor=None, more=True), "the cursor does not move"),
        (variants([], cursor="c9", more=True), "an empty page that promises more"),
        (variants([2, 3], cursor="c3"), "expected rising ids"),
        (data({"productVariants": None}), "there is no productVariants"),
        (data({"productVariants": {"nodes": [], "pageInfo": None}}), "not a page"),
        (data({"productVariants": connection([{"sku": "A"}])}), "not a page"),
    ],
    ids=["repeated page", "same cursor", "no cursor", "empty", "overlap", "null", "no page info", "no ids"],
)
def test_a_page_that_lies_is_not_the_end_of_the_list(second: Reply, words: str) -> None:
    stand = Stand(Catalogue=[variants([1, 2], count=4, cursor="c2", more=True), second])

    with pytest.raises(BadDocument, match=words):
        skus(stand)


def test_an_empty_last_page_is_the_end_of_the_list() -> None:
    stand = Stand(Catalogue=[variants([1, 2], count=3, cursor="c2", more=True), variants([])])

    assert skus(stand) == ["S-1", "S-2"]


def test_a_list_that_ends_far_before_its_count_is_a_failed_read() -> None:
    stand = Stand(Catalogue=variants([1, 2], count=300))

    with pytest.raises(BadDocument, match="counts 300 variants and sent 2"):
        skus(stand)


def test_what_was_deleted_during_the_reading_is_not_missed() -> None:
    assert len(skus(Stand(Catalogue=variants(list(range(1, 276)), count=300)))) == 275


def test_variants_beyond_the_depth_of_paging_are_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.shopify_parts.pages.PAGING_ENDS", 4)
    stand = Stand(
        Catalogue=[
            variants([1, 2], count=5, cursor="a", more=True),
            variants([3, 7], cursor="b", more=True),
            variants([9], cursor="c"),
        ]
    )

    assert skus(stand) == ["S-1", "S-2", "S-3", "S-7", "S-9"]
    assert [(asked["query"], asked["after"]) for _, asked in stand.asked] == [
        (None, None),
        (None, "a"),
        ("id:>7", None),
    ]


def level(item: int, location: str) -> dict[str, Any]:
    number = location.rsplit("/", maxsplit=1)[1]
    return {
        **LEVEL,
        "id": f"gid://shopify/InventoryLevel/{number}?inventory_item_id={item}",
        "item": {"id": f"gid://shopify/InventoryItem/{item}"},
        "location": {"id": location},
    }


def levels(location: str, items: list[int], *, cursor: str | None = None, more: bool = False) -> dict[str, Any]:
    page = connection([level(item, location) for item in items], cursor=cursor, more=more)
    count = {"count": 3, "precision": "EXACT"}
    return {"productVariantsCount": count, "location": {"id": location, "inventoryLevels": page}}


def by_variables(choose: Callable[[dict[str, Any]], dict[str, Any]]) -> Reply:
    return lambda variables: data(choose(variables))


def test_the_levels_of_each_location_are_read_with_no_call_more_than_there_are_pages() -> None:
    def told(variables: dict[str, Any]) -> dict[str, Any]:
        if variables["locationId"] == YORK:
            return levels(YORK, [1])
        return levels(LEEDS, [3]) if variables["after"] else levels(LEEDS, [1, 2], cursor="c2", more=True)

    stand = Stand(StockLevelsOfLocation=by_variables(told))

    found = list(shop_behind(stand).stock_levels([LEEDS, YORK, LEEDS]))

    assert [(row.inventory_item_id.rsplit("/", maxsplit=1)[1], row.location_id) for row in found] == [
        ("1", LEEDS),
        ("2", LEEDS),
        ("3", LEEDS),
        ("1", YORK),
    ]
    assert len(stand.asked) == 3


def test_a_location_that_the_shop_does_not_have_is_not_an_empty_one() -> None:
    stand = Stand(StockLevelsOfLocation=data({"productVariantsCount": {"count": 3}, "location": None}))

    with pytest.raises(BadDocument, match="there is no location"):
        list(shop_behind(stand).stock_levels([LEEDS]))


def test_no_locations_ask_nothing() -> None:
    stand = Stand()

    assert list(shop_behind(stand).stock_levels([])) == []
    assert stand.asked == []


def item(number: int, *, more: bool = False) -> dict[str, Any]:
    found = [level(number, LEEDS), level(number, YORK), level(number, "gid://shopify/Location/9")]
    return {
        "id": f"gid://shopify/InventoryItem/{number}",
        "inventoryLevels": connection(found, cursor="c", more=more),
    }


def test_named_items_are_read_again_in_one_call_per_250_of_them() -> None:
    def told(variables: dict[str, Any]) -> dict[str, Any]:
        return {"nodes": [item(int(gid.rsplit("/", maxsplit=1)[1])) for gid in variables["ids"]]}

    stand = Stand(StockLevelsOfItems=by_variables(told))
    ids = [f"gid://shopify/InventoryItem/{number}" for number in range(1, 252)]

    found = shop_behind(stand).levels_of([*ids, ids[0]], [LEEDS, YORK])

    assert [len(asked["ids"]) for _, asked in stand.asked] == [250, 1]
    assert len(found) == 502
    assert {row.location_id for row in found} == {LEEDS, YORK}


def test_an_item_that_is_gone_is_left_out() -> None:
    stand = Stand(StockLevelsOfItems=data({"nodes": [None, item(2)]}))
    ids = ["gid://shopify/InventoryItem/1", "gid://shopify/InventoryItem/2"]

    found = shop_behind(stand).levels_of(ids, [LEEDS])

    assert [row.inventory_item_id for row in found] == ["gid://shopify/InventoryItem/2"]


def test_an_answer_with_fewer_nodes_than_ids_is_not_used() -> None:
    stand = Stand(StockLevelsOfItems=data({"nodes": [item(2)]}))

    with pytest.raises(BadDocument, match="2 ids"):
        shop_behind(stand).levels_of(["gid://shopify/InventoryItem/1", "gid://shopify/InventoryItem/2"], [LEEDS])


def test_an_item_with_more_levels_than_a_page_holds_is_an_error_only_where_one_is_missing() -> None:
    stand = Stand(StockLevelsOfItems=data({"nodes": [item(1, more=True)]}))
    shopify, ids = shop_behind(stand), ["gid://shopify/InventoryItem/1"]

    assert len(shopify.levels_of(ids, [LEEDS])) == 1
    with pytest.raises(BadDocument, match="more than 250 levels"):
        shopify.levels_of(ids, [LEEDS, "gid://shopify/Location/10"])


def order(number: int, second: int, *, lines: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        **ORDER,
        "id": f"gid://shopify/Order/{number}",
        "updatedAt": f"2026-11-23T09:00:{second:02}Z",
        "lineItems": lines or connection([]),
    }


def orders(
    found: list[dict[str, Any]], *, newest: int | None = None, cursor: str | None = None, more: bool = False
) -> httpx.Response:
    at = [{"id": "gid://shopify/Order/0", "updatedAt": f"2026-11-23T09:00:{newest:02}Z"}] if newest else []
    return data({"newest": {"nodes": at}, "orders": connection(found, cursor=cursor, more=more)})


def numbers(stand: Stand, since: datetime | None = None) -> list[int]:
    found = shop_behind(stand).orders(since)
    return [int(row.shopify_order_id.rsplit("/", maxsplit=1)[1]) for row in found if isinstance(row, ShopifyOrder)]


def test_orders_are_asked_for_by_their_last_change_in_utc() -> None:
    stand = Stand(Orders=orders([], newest=9))
    since = datetime.fromisoformat("2026-11-23T10:00:00.5+01:00")

    assert numbers(stand, since) == []
    assert stand.asked == [("Orders", {"after": None, "query": "updated_at:>='2026-11-23T09:00:00Z'", "newest": True})]


def test_an_order_that_changes_while_it_is_read_comes_once_and_is_left_to_the_next_reading() -> None:
    stand = Stand(
        Orders=[
            orders([order(1, 1), order(2, 2)], newest=5, cursor="c2", more=True),
            orders([order(3, 3), order(1, 5), order(2, 8), order(4, 9)]),
        ]
    )

    assert numbers(stand) == [1, 2, 3]


def test_an_order_out_of_its_place_does_not_end_the_reading() -> None:
    stand = Stand(Orders=orders([order(1, 1), order(2, 50), order(3, 3)], newest=5))

    assert numbers(stand) == [1, 3]


def test_an_order_that_makes_no_sense_is_named_and_the_others_go_on() -> None:
    broken = [
        {**order(2, 2), "tags": None},
        {**order(3, 3), "updatedAt": "yesterday"},
        {**order(4, 4), "lineItems": {"nodes": None}},
        order(5, 5, lines=connection([{**LINE, "quantity": None}])),
    ]
    stand = Stand(Orders=orders([order(1, 1), *broken, order(6, 6)], newest=9))

    found = list(shop_behind(stand).orders(None))
    assert [(row.shopify_order_id[-1], isinstance(row, ShopifyOrder)) for row in found] == [
        ("1", True),
        ("2", False),
        ("3", False),
        ("4", False),
        ("5", False),
        ("6", True),
    ]
    reasons = [row.reason for row in found if isinstance(row, UnreadableOrder)]
    assert all("Shopify sent" in reason for reason in reasons), reasons
    nameless = Stand(Orders=orders([{**order(1, 1), "id": "gid://shopify/Product/1"}], newest=9))
    with pytest.raises(BadDocument):
        list(shop_behind(nameless).orders(None))


def test_a_shop_without_orders_has_none() -> None:
    assert numbers(Stand(Orders=orders([]))) == []


def test_orders_beyond_the_depth_of_paging_are_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.shopify_parts.orders.PAGING_ENDS", 3)
    stand = Stand(
        Orders=[
            orders([order(1, 1)], newest=9, cursor="a", more=True),
            orders([order(2, 2), order(3, 3)], cursor="b", more=True),
            orders([order(2, 2), order(3, 3)], cursor="c", more=True),
            orders([order(4, 4)]),
        ]
    )

    assert numbers(stand)[:3] == [1, 2, 3]
    assert [(asked["query"], asked["after"]) for _, asked in stand.asked][:3] == [
        (None, None),
        (None, "a"),
        ("updated_at:>='2026-11-23T09:00:02Z'", None),
    ]


def test_more_orders_in_one_second_than_paging_reaches_are_not_left_out_silently(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("resources.shopify_parts.orders.PAGING_ENDS", 2)
    stand = Stand(Orders=orders([order(1, 1), order(2, 1)], newest=9, cursor="a", more=True))

    with pytest.raises(BadDocument, match="no way to read on"):
        numbers(stand)


def test_the_lines_of_a_long_order_are_read_to_the_end() -> None:
    def lines(wanted: range, **more: Any) -> dict[str, Any]:
        return connection([{**LINE, "id": f"gid://shopify/LineItem/{number}"} for number in wanted], **more)

    stand = Stand(
        Orders=orders([order(1, 1, lines=lines(range(1, 51), cursor="l50", more=True))], newest=1),
        OrderLines=[
            data({"order": {"id": "gid://shopify/Order/1", "lineItems": lines(range(51, 301), cursor="x", more=True)}}),
            data({"order": {"id": "gid://shopify/Order/1", "lineItems": lines(range(301, 305))}}),
        ],
    )

    rows = list(shop_behind(stand).orders(datetime(2026, 11, 23, tzinfo=UTC)))

    assert len([row for row in rows if isinstance(row, ShopifyOrderLine)]) == 304
    assert stand.asked[1:] == [
        ("OrderLines", {"orderId": "gid://shopify/Order/1", "after": "l50"}),
        ("OrderLines", {"orderId": "gid://shopify/Order/1", "after": "x"}),
    ]
