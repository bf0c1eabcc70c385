"""Large shops: a bulk operation gives the same rows as pages do, and whatever is wrong with it, pages do instead."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from integration_assets.contracts.errors import UnknownOutcome
from integration_assets.contracts.shopify import BundleComponent, StockLevel, Variant
from tests.unit.shopify_answers import Reply, Stand, answer, connection, data, manual_clock, shop_behind

URL = "https://storage.example/bulk/1?signature=sample"
OPERATION = "gid://shopify/BulkOperation/4500000000001"
LEEDS = "gid://shopify/Location/70000000001"
YORK = "gid://shopify/Location/70000000002"
HULL = "gid://shopify/Location/70000000003"
PART = "gid://shopify/ProductVariant/43000000000001"


def variant(number: int, *, bundle: bool = False) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/ProductVariant/{43000000000000 + number}",
        "sku": f"SAMPLE-{number}" if number != 2 else "",
        "barcode": None,
        "title": "Blue",
        "price": "24.90",
        "updatedAt": "2026-11-22T10:00:00Z",
        "requiresComponents": bundle,
        "product": {
            "id": "gid://shopify/Product/8100000000001",
            "title": "Cup",
            "status": "ACTIVE",
            "tags": ["b", "a"],
        },
        "inventoryItem": {"id": f"gid://shopify/InventoryItem/{45000000000000 + number}", "tracked": True},
    }


def component(number: int, units: int) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/ProductVariantComponent/{number}",
        "quantity": units,
        "productVariant": {"id": PART},
    }


def level(item: int, location: str, available: int, *, active: bool = True) -> dict[str, Any]:
    place = location.rsplit("/", maxsplit=1)[1]
    inventory_item = f"gid://shopify/InventoryItem/{45000000000000 + item}"
    return {
        "id": f"gid://shopify/InventoryLevel/{place}?inventory_item_id={45000000000000 + item}",
        "isActive": active,
        "item": {"id": inventory_item},
        "location": {"id": location},
        "quantities": [
            {"name": "available", "quantity": available, "updatedAt": "2026-11-22T10:00:00Z"},
            {"name": "committed", "quantity": 1, "updatedAt": None},
            {"name": "on_hand", "quantity": available + 1, "updatedAt": None},
        ],
    }


VARIANTS = [variant(1), variant(2), variant(3), variant(4, bundle=True), variant(5)]
COMPONENTS = {VARIANTS[3]["id"]: [component(1, 2), component(2, 1)]}
LEVELS = [
    level(1, LEEDS, 5),
    level(2, LEEDS, -1),
    level(3, LEEDS, 0),
    level(1, YORK, 12, active=False),
    level(1, HULL, 99),
]


def jsonl(lines: Iterable[dict[str, Any]]) -> bytes:
    """As Shopify writes it: one object a line, with its slashes escaped."""
    return b"".join(json.dumps(line).replace("/", "\\/").encode() + b"\n" for line in lines)


CATALOGUE_FILE = jsonl(
    [
        {**COMPONENTS[VARIANTS[3]["id"]][0], "__parentId": VARIANTS[3]["id"]},
        *VARIANTS,
        {**COMPONENTS[VARIANTS[3]["id"]][1], "__parentId": VARIANTS[3]["id"]},
    ]
)
LEVELS_FILE = jsonl(
    [
        {**LEVELS[0], "__parentId": "gid://shopify/InventoryItem/45000000000001"},
        {"id": "gid://shopify/InventoryItem/45000000000002"},
        {"id": "gid://shopify/InventoryItem/45000000000001"},
        *({**found, "__parentId": found["item"]["id"]} for found in LEVELS[1:]),
    ]
)


def catalogue_page(variables: dict[str, Any]) -> httpx.Response:
    """Two variants a page, as `productVariants` sorted by id answers."""
    start = int(variables["after"] or 0)
    page = connection(VARIANTS[start : start + 2], cursor=str(start + 2), more=start + 2 < len(VARIANTS))
    return data({"productVariantsCount": {"count": 5, "precision": "EXACT"}, "productVariants": page})


def component_nodes(variables: dict[str, Any]) -> httpx.Response:
    nodes = [{"id": gid, "productVariantComponents": connection(COMPONENTS[gid])} for gid in variables["ids"]]
    return data({"nodes": nodes})


def location_page(variables: dict[str, Any]) -> httpx.Response:
    found = [one for one in LEVELS if one["location"]["id"] == variables["locationId"]]
    levels = {"id": variables["locationId"], "inventoryLevels": connection(found)}
    return data({"productVariantsCount": {"count": 5, "precision": "EXACT"}, "location": levels})


def levels_by_variant(variables: dict[str, Any]) -> httpx.Response:
    """A sixth variant shares the first one's inventory item."""
    at_location = {one["item"]["id"]: one for one in LEVELS if one["location"]["id"] == variables["locationId"]}
    nodes = []
    for found in [*VARIANTS, {**variant(6), "inventoryItem": VARIANTS[0]["inventoryItem"]}]:
        item = found["inventoryItem"]["id"]
        nodes.append({"id": found["id"], "inventoryItem": {"id": item, "inventoryLevel": at_location.get(item)}})
    return data({"productVariants": connection(nodes)})


def state(status: str, **more: Any) -> dict[str, Any]:
    return {"id": OPERATION, "status": status, "errorCode": None, "objectCount": "0", "url": None, **more}


def started() -> httpx.Response:
    return data({"bulkOperationRunQuery": {"bulkOperation": state("CREATED"), "userErrors": []}})


def polled(status: str, **more: Any) -> httpx.Response:
    return data({"bulkOperation": state(status, **more)})


def large_shop(file: bytes, **replies: Reply | list[Reply]) -> Stand:
    count = str(file.count(b"\n"))
    told: dict[str, Reply | list[Reply]] = {
        "Catalogue": catalogue_page,
        "BundleComponents": component_nodes,
        "StockLevelsOfLocation": location_page,
        "StockLevelsByVariant": levels_by_variant,
        "BulkStart": started(),
        "BulkState": [polled("CREATED"), polled("RUNNING"), polled("COMPLETED", objectCount=count, url=URL)],
        **replies,
    }
    stand = Stand(**told)
    stand.files[URL] = answer(file)
    return stand


def catalogue(stand: Stand) -> list[Variant | BundleComponent]:
    return list(shop_behind(stand).catalogue())


def stock(stand: Stand) -> list[StockLevel]:
    return list(shop_behind(stand).stock_levels([LEEDS, YORK]))


def in_order(rows: Iterable[object]) -> list[str]:
    return sorted(map(repr, rows))


@pytest.fixture
def bulk_above_three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five variants are a large shop, then."""
    monkeypatch.setattr("resources.shopify.BULK_ABOVE", 3)


def test_a_small_shop_is_paged() -> None:
    stand = large_shop(CATALOGUE_FILE)

    assert len(catalogue(stand)) == 6
    assert stand.operations == ["Catalogue", "Catalogue", "Catalogue", "BundleComponents"]


def test_the_catalogue_in_bulk_has_the_same_rows_as_the_paged_one(monkeypatch: pytest.MonkeyPatch) -> None:
    paged = catalogue(large_shop(CATALOGUE_FILE))
    monkeypatch.setattr("resources.shopify.BULK_ABOVE", 3)
    stand = large_shop(CATALOGUE_FILE)

    in_bulk = catalogue(stand)

    assert in_order(in_bulk) == in_order(paged)
    assert len(in_bulk) == 6
    assert in_bulk[-1] == BundleComponent(
        bundle_variant_id="gid://shopify/ProductVariant/43000000000004", component_variant_id=PART, units=3
    )
    assert stand.operations == ["Catalogue", "BulkStart", "BulkState", "BulkState", "BulkState"]


def test_the_levels_in_bulk_by_location_and_by_variant_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    paged = stock(large_shop(LEVELS_FILE))
    monkeypatch.setattr("resources.shopify.BULK_ABOVE", 3)
    bulk_stand = large_shop(LEVELS_FILE)
    deep_stand = large_shop(LEVELS_FILE, BulkStart=answer({"errors": "Locked"}, status=423))

    in_bulk, by_variant = stock(bulk_stand), stock(deep_stand)

    assert in_order(in_bulk) == in_order(paged) == in_order(by_variant)
    assert [(row.location_id, row.available, row.is_active) for row in paged] == [
        (LEEDS, 5, True),
        (LEEDS, -1, True),
        (LEEDS, 0, True),
        (YORK, 12, False),
    ]
    assert bulk_stand.operations == ["StockLevelsOfLocation", "BulkStart", "BulkState", "BulkState", "BulkState"]
    assert deep_stand.operations == [
        "StockLevelsOfLocation",
        "BulkStart",
        "StockLevelsByVariant",
        "StockLevelsByVariant",
    ]


@pytest.mark.usefixtures("bulk_above_three")
def test_the_file_is_fetched_without_our_token() -> None:
    stand = large_shop(CATALOGUE_FILE)

    catalogue(stand)

    (fetched,) = [request for request in stand.requests if request.method == "GET"]
    assert str(fetched.url) == URL
    assert "X-Shopify-Access-Token" not in fetched.headers


@pytest.mark.usefixtures("bulk_above_three")
def test_the_operation_is_polled_by_its_id_and_ever_more_slowly() -> None:
    clock = manual_clock()
    stand = large_shop(CATALOGUE_FILE)
    done = stand.replies["BulkState"][-1]
    stand.replies["BulkState"] = [*[polled("RUNNING")] * 8, done]

    assert len(list(shop_behind(stand, clock).catalogue())) == 6
    assert {asked["id"] for name, asked in stand.asked if name == "BulkState"} == {OPERATION}
    assert clock.sleeps[:3] == [1.0, 1.5, 2.25]
    assert clock.sleeps[-1] == 10.0


@pytest.mark.usefixtures("bulk_above_three")
def test_money_in_a_bulk_file_is_exact() -> None:
    first = next(iter(catalogue(large_shop(CATALOGUE_FILE))))

    assert isinstance(first, Variant)
    assert first.price == Decimal("24.90")


@pytest.mark.usefixtures("bulk_above_three")
def test_a_download_that_breaks_off_is_fetched_again() -> None:
    stand = large_shop(CATALOGUE_FILE)
    stand.files[URL] = [httpx.ReadError("cut"), answer({}, status=503), answer(CATALOGUE_FILE)]

    assert len(catalogue(stand)) == 6
    assert stand.operations.count("Catalogue") == 1


IN_PROGRESS = {
    "bulkOperation": None,
    "userErrors": [
        {"code": "OPERATION_IN_PROGRESS", "field": None, "message": "A bulk query operation is already in progress"}
    ],
}


@pytest.mark.usefixtures("bulk_above_three")
@pytest.mark.parametrize(
    "replies",
    [
        {"BulkStart": data({"bulkOperationRunQuery": IN_PROGRESS})},
        {"BulkStart": httpx.ReadTimeout("slow")},
        {"BulkStart": data({"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": []}})},
        {
            "BulkStart": answer(
                {
                    "data": {"bulkOperationRunQuery": None},
                    "errors": [{"message": "denied", "extensions": {"code": "ACCESS_DENIED"}}],
                }
            )
        },
        {"BulkState": polled("FAILED", errorCode="INTERNAL_SERVER_ERROR")},
        {"BulkState": polled("CANCELED")},
        {"BulkState": polled("EXPIRED")},
        {"BulkState": polled("RUNNING")},
        {"BulkState": data({"bulkOperation": None})},
        {"BulkState": polled("COMPLETED", objectCount="0", url=None)},
        {"BulkState": polled("COMPLETED", objectCount="8", url=URL)},
        {"BulkState": polled("COMPLETED", objectCount="7", url="http://storage.example/bulk/1")},
    ],
    ids=[
        "a sixth operation",
        "start timed out",
        "no operation named",
        "not allowed",
        "failed",
        "canceled",
        "expired",
        "never done",
        "forgotten",
        "empty",
        "fewer objects than counted",
        "not https",
    ],
)
def test_when_bulk_fails_the_shop_is_paged(replies: dict[str, Reply]) -> None:
    stand = large_shop(CATALOGUE_FILE, **replies)

    assert in_order(catalogue(stand)) == in_order(catalogue(large_shop(CATALOGUE_FILE)))
    assert stand.operations.count("Catalogue") == 3


@pytest.mark.usefixtures("bulk_above_three")
@pytest.mark.parametrize(
    "file",
    [
        answer(b"<html>expired</html>", status=403),
        answer(b"", status=200),
        answer(CATALOGUE_FILE[:-20]),
        answer(CATALOGUE_FILE.replace(b'"id"', b'"id', 1)),
        answer(b"[]\n" * 7),
        httpx.ReadError("cut"),
    ],
    ids=["expired", "empty", "truncated", "damaged line", "not objects", "never arrives"],
)
def test_when_the_file_is_no_good_the_shop_is_paged(file: Reply) -> None:
    stand = large_shop(CATALOGUE_FILE)
    stand.files[URL] = file

    assert len(catalogue(stand)) == 6
    assert stand.operations.count("Catalogue") == 3


@pytest.mark.usefixtures("bulk_above_three")
def test_when_pages_fail_too_their_error_is_told() -> None:
    stand = large_shop(CATALOGUE_FILE, BulkStart=httpx.ReadTimeout("slow"))
    stand.replies["Catalogue"] = [catalogue_page({"after": None}), answer({"errors": "Locked"}, status=423)]

    with pytest.raises(Exception, match="Locked") as raised:
        catalogue(stand)
    assert not isinstance(raised.value, UnknownOutcome)
