"""What the fulfilment service's location shows: never more than an order could be shipped from."""

from __future__ import annotations

import pytest

from integration_assets.rules.mcf import Route
from integration_assets.rules.mcf_stock import Choice, PoolStock, on_hand, reserved_units, to_show


def route(region: str = "eu", pool: str = "UK", **more: object) -> Route:
    known: dict[str, object] = {"action": "ship", "marketplace_id": "M", "speed": "Standard", **more}
    return Route(region=region, pool=pool, **known)  # type: ignore[arg-type]


UK, EU = PoolStock("eu", "UK", "item", "JUG", 7), PoolStock("eu", "EU", "item", "JUG", 3)
GB, DE = frozenset({"GB"}), frozenset({"DE"})


@pytest.mark.parametrize(("choice", "shown"), [("least", 3), ("most", 7)])
def test_pools_are_never_added_up(choice: Choice, shown: int) -> None:
    routes = [route(countries=GB), route(pool="EU", countries=DE)]
    assert to_show([UK, EU], routes, choice) == {"item": shown}


@pytest.mark.parametrize(
    ("routes", "shown"),
    [
        ([route()], {"item": 7}),
        ([route(keep_units=4)], {"item": 3}),
        ([route(keep_units=9)], {"item": 0}),
        ([route(countries=GB, keep_units=4), route(countries=DE)], {"item": 3}),
        ([route(countries=GB), route(keep_units=4)], {"item": 3}),
        ([route(), route(keep_units=4)], {"item": 7}),
        ([route(action="reject")], {}),
        ([route(action="reject", tag="wholesale"), route()], {"item": 7}),
        ([route(action="hold", sku_pattern="J*"), route()], {}),
        ([route(action="hold", sku_pattern="X*"), route()], {"item": 7}),
        ([route(sku_pattern="X*")], {}),
        ([], {}),
    ],
)
def test_only_what_a_route_ships_is_shown_without_what_it_keeps_back(
    routes: list[Route], shown: dict[str, int]
) -> None:
    assert to_show([UK], routes, "least") == shown


def test_what_amazon_holds_for_orders_is_on_hand_and_not_taken_off_twice() -> None:
    reserved = reserved_units([{"item": 2}, {"item": 1, "other": 4}])
    assert reserved == {"item": 3, "other": 4}
    assert on_hand(5, reserved["item"]) == 8
