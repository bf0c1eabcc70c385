"""What is not ours to write never leaves: the table of claims, and the gate in the doors, seen from the outside."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any

import httpx
import pytest

from integration_assets.contracts.errors import NotOurs, Rejected
from integration_assets.contracts.shopify import Location
from integration_assets.rules.ownership import Declared, Write, claim_on, claims_of
from resources.amazon import Amazon
from resources.clock import ManualClock
from resources.connections import Connections
from resources.operating_model import parse
from resources.ownership import Gate, gate_of
from resources.shopify import Shopify
from resources.shopify_parts.access import ShopifyAccess
from resources.shopify_parts.graphql import GraphQL
from tests.unit.amazon_answers import SELLER, START, Desk, Stand, Turns, access, ok
from tests.unit.shopify_answers import SHOP, connection, data, manual_clock
from tests.unit.shopify_answers import Stand as ShopStand

MODEL = """
[shopify]
shop = "sample-shop.myshopify.com"
access_token = { env = "TOKEN" }
[amazon.eu]
seller_id = "A1EXAMPLE"
marketplaces = ["UK"]
refresh_token = { env = "REFRESH" }
[pools.mfn]
locations = ["Leeds"]
[pools.fba.eu]
location = "Amazon FBA EU"
"""
SEARCH = f"GET /listings/2021-08-01/items/{SELLER}"
LEEDS, MIRROR, OTHER = (f"gid://shopify/Location/{number}" for number in (1, 2, 3))
SET = "mutation SetUnits($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) { x } }"
DECLARED = Declared(
    pool=["Leeds"], mirrors={"eu": "Amazon FBA EU"}, mcf_location="MCF", priced_elsewhere={"eu": ["REPRICED-*"]}
)


@pytest.mark.parametrize(
    ("write", "owner", "ours"),
    [
        (("Amazon", "listing", "quantity", "mfn"), "Shopify", True),
        (("Amazon", "listing", "quantity", "fba"), "Amazon", False),
        (("Amazon", "listing", "quantity", "mixed"), "Amazon", False),
        (("Amazon", "listing", "price", "eu/MUG"), "Shopify", True),
        (("Amazon", "listing", "price", "eu/REPRICED-MUG"), "a repricer", False),
        (("Amazon", "listing", "price", "na/REPRICED-MUG"), "Shopify", True),
        (("Shopify", "stock level", "available", "Leeds"), "Shopify", False),
        (("Shopify", "stock level", "available", "Amazon FBA EU"), "Amazon", True),
        (("Shopify", "stock level", "available", "MCF"), "Amazon", True),
        (("Shopify", "stock level", "available", "Bristol"), "Shopify", False),
        (("Shopify", "location", "set-up", "Leeds"), "Shopify", False),
        (("Shopify", "product", "price", "productVariantsBulkUpdate"), "Shopify", False),
        (("Shopify", "order", "record", "orderCreate"), "Amazon", True),
    ],
)
def test_each_field_has_one_owner(write: tuple[Any, str, str, str], owner: str, ours: bool) -> None:
    claim = claim_on(claims_of(DECLARED), Write(*write, subject="x"))
    assert claim is not None
    assert (claim.owner, claim.ours) == (owner, ours)


def test_a_field_that_nobody_has_spoken_of_is_not_ours() -> None:
    assert claim_on(claims_of(DECLARED), Write("Amazon", "listing", "warranty", "eu/MUG", "MUG")) is None
    with pytest.raises(NotOurs, match="nobody has said who owns it"):
        Gate().judge(Write("Amazon", "listing", "warranty", "eu/MUG", "MUG"))


def test_a_location_with_signs_of_a_pattern_in_its_name_speaks_of_itself_alone() -> None:
    claims = claims_of(Declared(mirrors={"eu": "FBA [*]"}))
    claim = claim_on(claims, Write("Shopify", "stock level", "available", "FBA Leeds", "x"))
    assert claim is not None
    assert not claim.ours
    claim = claim_on(claims, Write("Shopify", "stock level", "available", "FBA [*]", "x"))
    assert claim is not None
    assert claim.ours


def guarded() -> Desk:
    """An account behind the gate of a brand, on the stand-in."""
    stand, turns, clock = Stand(), Turns(), ManualClock(START)
    transport = httpx.MockTransport(stand)
    amazon = Amazon([access()], turns, clock, transport=transport, dice=random.Random(7), gate=gate_of(parse(MODEL)))
    return Desk(amazon.account("eu"), stand, clock, turns)


def shows(sku: str, *codes: str) -> Any:
    offers = [{"fulfillmentChannelCode": code, "quantity": 4} for code in codes]
    item = {"sku": sku, "fulfillmentAvailability": offers}
    return ok({"numberOfResults": 1, "items": [item], "pagination": {"nextToken": None}})


def test_a_quantity_of_an_offer_that_the_merchant_ships_goes_out() -> None:
    at = guarded()
    at.stand.on(SEARCH, shows("MUG", "DEFAULT"))
    at.stand.on(
        f"PATCH /listings/2021-08-01/items/{SELLER}/MUG",
        ok({"sku": "MUG", "status": "ACCEPTED", "submissionId": "s-1"}),
    )
    at.account.search_availability(["MUG"])
    assert at.account.patch_quantity("MUG", 3).status == "ACCEPTED"


@pytest.mark.parametrize("codes", [("AMAZON_EU",), ("DEFAULT", "AMAZON_EU"), ("SUPPLY-1",), ()])
def test_a_quantity_of_any_other_offer_is_refused_before_http(codes: tuple[str, ...]) -> None:
    at = guarded()
    at.stand.on(SEARCH, shows("MUG", *codes))
    at.account.search_availability(["MUG"])
    before = len(at.stand.asked)
    for ask in (lambda: at.account.patch_quantity("MUG", 3), lambda: at.account.submit_quantity_feed({"MUG": 3})):
        with pytest.raises(NotOurs, match="the quantity of listing MUG on Amazon is not ours to write; Amazon owns it"):
            ask()
    assert len(at.stand.asked) == before


def test_a_quantity_that_nobody_looked_at_before_is_refused() -> None:
    at = guarded()
    with pytest.raises(NotOurs, match="not asked of late"):
        at.account.patch_quantity("MUG", 3)
    assert [asked.path for asked in at.stand.asked] == ["/auth/o2/token"]


def test_what_amazon_said_half_an_hour_ago_is_no_leave_to_write() -> None:
    at = guarded()
    at.stand.on(SEARCH, shows("MUG", "DEFAULT"))
    at.account.search_availability(["MUG"])
    at.clock.sleep(timedelta(minutes=31).total_seconds())
    with pytest.raises(NotOurs):
        at.account.patch_quantity("MUG", 3)


def test_one_fba_sku_in_a_feed_keeps_the_whole_feed_back() -> None:
    at = guarded()
    at.stand.on(SEARCH, shows("MUG", "DEFAULT"), shows("JUG", "AMAZON_EU"))
    at.account.search_availability(["MUG"])
    at.account.search_availability(["JUG"])
    before = len(at.stand.asked)
    with pytest.raises(NotOurs, match="listing JUG"):
        at.account.submit_quantity_feed({"MUG": 3, "JUG": 4})
    assert len(at.stand.asked) == before


REQUESTS: list[tuple[str, str, Any]] = [
    ("PUT", "/listings/2021-08-01/items/A1EXAMPLE/MUG", {"productType": "MUG"}),
    ("DELETE", "/listings/2021-08-01/items/A1EXAMPLE/MUG", None),
    ("PATCH", "/listings/2021-08-01/items/A1EXAMPLE/MUG", {"patches": []}),
    ("POST", "/feeds/2021-06-30/feeds", {"feedType": "POST_PRODUCT_DATA"}),
    ("POST", "/somewhere/new", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_what_no_claim_allows_on_amazon_is_refused(method: str, path: str, body: Any) -> None:
    with pytest.raises(NotOurs):
        gate_of(parse(MODEL)).amazon("eu", method, path, body, START)


OUTBOUND = "/fba/outbound/2020-07-01/fulfillmentOrders"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/anything", None),
        ("POST", "/reports/2021-06-30/reports", {"reportType": "X"}),
        ("POST", f"{OUTBOUND}/preview", {}),
        ("POST", OUTBOUND, {"sellerFulfillmentOrderId": "S-1"}),
        ("PUT", f"{OUTBOUND}/S-1/cancel", None),
        ("POST", "/orders/v0/orders/202-1/shipmentConfirmation", {}),
        ("POST", "/feeds/2021-06-30/feeds", {"feedType": "JSON_LISTINGS_FEED"}),
        ("PATCH", "/listings/2021-08-01/items/A1/MUG", {"patches": [{"path": "/attributes/purchasable_offer"}]}),
    ],
)
def test_what_is_ours_on_amazon_passes(method: str, path: str, body: Any) -> None:
    gate_of(parse(MODEL)).amazon("eu", method, path, body, START)


def test_the_price_of_a_sku_that_a_repricer_manages_is_refused() -> None:
    gate = Gate(claims_of(DECLARED), strict=True)
    body = {"patches": [{"op": "merge", "path": "/attributes/purchasable_offer", "value": []}]}
    gate.amazon("eu", "PATCH", "/listings/2021-08-01/items/A1/MUG", body, START)
    with pytest.raises(NotOurs, match="a repricer owns it"):
        gate.amazon("eu", "PATCH", "/listings/2021-08-01/items/A1/REPRICED-1", body, START)
    feed = {"messages": [{"sku": "REPRICED-1", "operationType": "PATCH", **body}]}
    with pytest.raises(NotOurs, match="a repricer owns it"):
        gate.listings_feed("eu", json.dumps(feed).encode(), START)


def shop(stand: ShopStand) -> GraphQL:
    """The shop's endpoint behind the gate of a brand."""
    gate = gate_of(parse(MODEL))
    names = {LEEDS: "Leeds", MIRROR: "Amazon FBA EU", OTHER: "Bristol"}
    gate.saw_locations(
        Location(location_id=key, name=name, is_active=True, fulfills_online_orders=True, is_fulfillment_service=False)
        for key, name in names.items()
    )
    return GraphQL(
        ShopifyAccess(SHOP, access_token="sample-not-a-token"), manual_clock(), httpx.MockTransport(stand), gate=gate
    )


def levels(*locations: str) -> dict[str, Any]:
    rows = [
        {"inventoryItemId": "gid://shopify/InventoryItem/1", "locationId": place, "quantity": 1} for place in locations
    ]
    return {"input": {"name": "available", "reason": "correction", "quantities": rows}}


def test_units_go_to_the_mirror() -> None:
    stand = ShopStand(SetUnits=data({"inventorySetQuantities": {"userErrors": []}}))
    shop(stand).call(SET, levels(MIRROR))
    assert stand.operations == ["SetUnits"]


@pytest.mark.parametrize("places", [(LEEDS,), (OTHER,), (MIRROR, LEEDS), ("gid://shopify/Location/99",), ()])
def test_units_of_any_other_location_are_refused_before_http(places: tuple[str, ...]) -> None:
    stand = ShopStand()
    with pytest.raises(NotOurs, match="the available of stock level inventorySetQuantities at"):
        shop(stand).call(SET, levels(*places))
    assert stand.asked == []


@pytest.mark.parametrize(
    "document",
    [
        "mutation P { productVariantsBulkUpdate(productId: 1) { x } }",
        "mutation P { renamed: productUpdate(input: {}) { x } }",
        "mutation P { themeDelete(id: 1) { x } }",
        "mutation P { locationAdd(input: {}) { x } }",
        'mutation P { bulkOperationRunMutation(mutation: "mutation { productUpdate }") { x } }',
    ],
)
def test_the_catalogue_and_what_nobody_declared_are_never_written(document: str) -> None:
    stand = ShopStand()
    with pytest.raises(NotOurs):
        shop(stand).call(document)
    assert stand.asked == []


RING = """
fragment Rest on Mutation { ...More }
fragment More on Mutation { ...Rest productUpdate(input: {}) { x } }
"""
ORDER = "ours: orderUpdate(input: {}) { x }"


@pytest.mark.parametrize(
    "document",
    [
        f"mutation P {{ {ORDER} productUpdate(input: {{}}) {{ x }} }}",
        f"mutation P {{ {ORDER} orderUpdate: productUpdate(input: {{}}) {{ x }} }}",
        f"mutation P {{ {ORDER} ... {{ ... on Mutation {{ productUpdate(input: {{}}) {{ x }} }} }} }}",
        f"mutation P {{ {ORDER} ...Rest }} {RING}",
        f"fragment Rest on Mutation {{ productUpdate(input: {{}}) {{ x }} }} mutation P {{ {ORDER} ...Rest }}",
        f"query Q {{ shop {{ id }} }} mutation P {{ {ORDER} productUpdate(input: {{}}) {{ x }} }}",
        f"mutation P($on: Boolean!) {{ {ORDER} productUpdate(input: {{}}) @include(if: $on) {{ x }} }}",
    ],
    ids=[
        "second",
        "alias of another",
        "inline fragments",
        "fragments in a ring",
        "fragment first",
        "second operation",
        "left out by a directive",
    ],
)
def test_every_field_that_a_document_would_write_is_judged(document: str) -> None:
    with pytest.raises(NotOurs, match="product productUpdate on Shopify is not ours"):
        gate_of(parse(MODEL)).shopify(document, {"on": False})
    gate_of(parse(MODEL)).shopify(f"mutation P {{ {ORDER} again: orderUpdate(input: {{}}) {{ x }} }}", {})


@pytest.mark.parametrize("document", ["mutation P { orderUpdate(", "mutation P { ...Nowhere }"])
def test_a_document_that_cannot_be_read_is_refused(document: str) -> None:
    with pytest.raises(NotOurs, match="cannot be read"):
        gate_of(parse(MODEL)).shopify(document, {})


def test_a_location_counts_for_the_field_that_it_is_given_to() -> None:
    gate = gate_of(parse(MODEL))
    gate.saw_locations(
        Location(location_id=key, name=name, is_active=True, fulfills_online_orders=True, is_fulfillment_service=False)
        for key, name in {LEEDS: "Leeds", MIRROR: "Amazon FBA EU"}.items()
    )
    both = """
    mutation Both($input: InventorySetQuantitiesInput!, $place: ID! = "%s") {
      mine: inventorySetQuantities(input: $input) { x }
      also: inventoryActivate(inventoryItemId: "1", locationId: $place) { x }
    }
    """
    gate.shopify(both % MIRROR, levels(MIRROR))
    for document in (both % LEEDS, both.replace("$place)", f'"{LEEDS}")') % MIRROR):
        with pytest.raises(NotOurs, match="inventoryActivate at Leeds"):
            gate.shopify(document, levels(MIRROR))
    with pytest.raises(NotOurs, match="inventoryActivate at no location"):
        gate.shopify(both.replace("$place)", "null)") % MIRROR, levels(MIRROR))


def test_only_a_declared_location_is_made_or_changed() -> None:
    document = "mutation AddLocation($input: LocationAddInput!) { locationAdd(input: $input) { x } }"
    stand = ShopStand(AddLocation=data({"locationAdd": {"userErrors": []}}))
    shop(stand).call(document, {"input": {"name": "Amazon FBA EU"}})
    with pytest.raises(NotOurs):
        shop(stand).call(document, {"input": {"name": "Leeds 2"}})
    edit = "mutation EditLocation($id: ID!) { locationEdit(id: $id) { x } }"
    with pytest.raises(NotOurs):
        shop(stand).call(edit, {"id": LEEDS})
    assert stand.operations == ["AddLocation"]


def test_the_door_itself_learns_which_location_an_id_is() -> None:
    connections = Connections(parse(MODEL), {"TOKEN": "sample-not-a-token", "REFRESH": "x"})
    place = {"id": MIRROR, "name": "Amazon FBA EU", "isActive": True, "fulfillsOnlineOrders": False}
    found = connection([{**place, "isFulfillmentService": False}])
    stand = ShopStand(Locations=data({"locations": found}))
    door = Shopify(
        ShopifyAccess(SHOP, access_token="sample-not-a-token"),
        manual_clock(),
        httpx.MockTransport(stand),
        gate=connections.gate,
    )
    with pytest.raises(NotOurs):
        connections.gate.shopify(SET, levels(MIRROR))
    door.locations()
    connections.gate.shopify(SET, levels(MIRROR))


def test_a_refusal_certainly_changed_nothing() -> None:
    assert issubclass(NotOurs, Rejected)
