"""Which orders of the shop Amazon ships: routes by country, tag, SKU and stock, in the order of the brand's word."""

from __future__ import annotations

from typing import Any

import pytest

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.rules.marketplaces import by_country
from integration_assets.rules.mcf import (
    Offer,
    Request,
    RequestLine,
    Route,
    is_all_told,
    judge,
    order_number,
    reason_of_preview,
)
from resources.operating_model import parse
from resources.operating_model_parts.mcf import McfSettings
from tests.unit.test_operating_model import SMALLEST

UK, DE = by_country("UK"), by_country("DE")
OFFERS = {("eu", "UK", "jug"): Offer("JUG-FBA", 10), ("eu", "EU", "jug"): Offer("JUG-EU", 3)}
JUG = RequestLine("1", "jug", "JUG", 2)
BRITAIN = Route("ship", "eu", UK.marketplace_id, "UK", "Standard", countries=frozenset({"GB"}))
GERMANY = Route("ship", "eu", DE.marketplace_id, "EU", "Expedited", countries=frozenset({"DE"}))


def asked(**more: Any) -> Request:
    given = {"country": "GB", "tags": frozenset({"gift"}), "lines": (JUG,), "is_mixed": False, **more}
    return Request(**given)


@pytest.mark.parametrize(
    ("request_", "routes", "action", "reason"),
    [
        (asked(), [BRITAIN, GERMANY], "ship", ""),
        (asked(country="DE"), [BRITAIN, GERMANY], "ship", ""),
        (asked(country="FR"), [BRITAIN, GERMANY], "reject", "UNDELIVERABLE_DESTINATION"),
        (asked(has_address=False), [BRITAIN], "reject", "INCORRECT_ADDRESS"),
        (asked(lines=()), [BRITAIN], "hold", ""),
        (asked(lines=(RequestLine("2", "rope", "ROPE", 1),)), [BRITAIN], "reject", "INELIGIBLE_PRODUCT"),
        (asked(is_mixed=True), [BRITAIN], "ship", ""),
        (asked(), [Route("reject", "eu", "", "UK", "Standard", tag="GIFT"), BRITAIN], "reject", "OTHER"),
        (asked(), [Route("hold", "eu", "", "UK", "Standard", sku_pattern="JUG*"), BRITAIN], "hold", ""),
        (asked(), [Route("hold", "eu", "", "UK", "Standard", sku_pattern="ROPE*"), BRITAIN], "ship", ""),
        (asked(), [Route("ship", "eu", "", "UK", "Standard", keep_units=8)], "ship", ""),
        (asked(), [Route("ship", "eu", "", "UK", "Standard", keep_units=9)], "reject", "INVENTORY_OUT_OF_STOCK"),
    ],
)
def test_what_becomes_of_a_request(request_: Request, routes: list[Route], action: str, reason: str) -> None:
    verdict = judge(request_, routes, OFFERS, mixed="split")
    assert (verdict.action, verdict.reason if action == "reject" else "") == (action, reason)


def test_units_come_from_the_pool_of_the_route() -> None:
    assert judge(asked(), [BRITAIN], OFFERS, mixed="split").offers == {"1": "JUG-FBA"}
    assert judge(asked(country="DE"), [BRITAIN, GERMANY], OFFERS, mixed="split").offers == {"1": "JUG-EU"}


def test_a_mixed_order_is_held_where_the_brand_says_so() -> None:
    assert judge(asked(is_mixed=True), [BRITAIN], OFFERS, mixed="hold").action == "hold"


def test_our_number_is_always_the_same_and_safe_in_a_path() -> None:
    assert order_number("gid://shopify/FulfillmentOrder/7300000000001") == "INSTEP-7300000000001"
    with pytest.raises(ValueError, match="is not the id of a fulfilment order"):
        order_number("gid://shopify/FulfillmentOrder/7+3")


@pytest.mark.parametrize(
    ("unreachable", "missing", "reason"),
    [
        (True, True, "UNDELIVERABLE_DESTINATION"),
        (False, True, "INVENTORY_OUT_OF_STOCK"),
        (False, False, "OTHER"),
    ],
)
def test_a_preview_becomes_a_reason(unreachable: bool, missing: bool, reason: str) -> None:
    assert reason_of_preview(unreachable=unreachable, missing=missing) == reason


def test_without_routes_each_marketplace_ships_to_its_own_country() -> None:
    routes = McfSettings(service="Amazon MCF").as_routes({"eu": (UK, DE)})
    assert [(route.pool, sorted(route.countries)) for route in routes] == [("UK", ["GB"]), ("EU", ["DE"])]


def test_a_route_names_its_account_and_marketplace() -> None:
    model = parse(SMALLEST + '\n[mcf]\nservice = "Amazon MCF"\n[[mcf.route]]\ncountries = ["IE"]\nmarketplace = "UK"\n')
    [route] = model.mcf.as_routes({region: model.marketplaces(region) for region in model.amazon})
    assert (route.region, route.marketplace_id, route.countries) == ("eu", UK.marketplace_id, frozenset({"IE"}))


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ('region = "fe"', 'mcf.route[#1].region: found "fe", expected a declared account: eu'),
        ('marketplace = "US"', 'mcf.route[#1].marketplace: found "US", expected a marketplace of amazon.eu'),
        ('countries = ["Germany"]', 'mcf.route[#1].countries[#1]: found "Germany", expected a country code'),
    ],
)
def test_a_route_that_leads_nowhere_is_a_mistake(route: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as found:
        parse(SMALLEST + f'\n[mcf]\nservice = "Amazon MCF"\n[[mcf.route]]\n{route}\n')
    assert told in str(found.value)


@pytest.mark.parametrize(
    ("status", "parcels", "told"),
    [
        ("Complete", [(1, True), (1, True)], True),
        ("Complete", [(1, True), (1, False)], False),
        ("CompletePartialled", [(1, True)], True),
        ("Processing", [(2, True)], True),
        ("Processing", [(1, True)], False),
        ("Planning", [], False),
    ],
)
def test_all_is_told_once_the_shop_knows_every_parcel(status: str, parcels: list[tuple[int, bool]], told: bool) -> None:
    assert is_all_told(status, parcels, units=2) is told
