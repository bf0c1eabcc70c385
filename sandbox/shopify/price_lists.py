"""Price lists of markets: fixed prices, and for the rest an adjustment of the shop's own, in the list's currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.money import money
from sandbox.shopify.paging import Listing
from sandbox.shopify.registry import Connections, Fields
from sandbox.world import Shop, Variant, World


@dataclass
class PriceList:
    """A price list. `rate` is what one unit of the shop's currency is in its own, for prices that are not fixed.

    Without `percent` only what is fixed has a price; above zero it adds, below it takes off.
    """

    id: int
    name: str
    currency: str
    fixed: dict[int, Decimal] = field(default_factory=dict)
    """Variant id -> price."""
    percent: Decimal | None = None
    rate: Decimal = Decimal(1)


@dataclass(frozen=True)
class Price:
    """The price of a variant on a list."""

    price_list: PriceList
    variant: Variant
    amount: Decimal
    origin: str


def price_lists_of(shop: Shop) -> dict[int, PriceList]:
    """The shop's price lists, made at first use."""
    found: dict[int, PriceList] = shop.extra.setdefault("price_lists", {})
    return found


def open_price_list(world: World, name: str, currency: str, **more: Any) -> PriceList:
    """Make a price list."""
    made = PriceList(30_000_000_000 + world.next_id(), name, currency, **more)
    price_lists_of(world.shop)[made.id] = made
    return made


def price_on(shown: PriceList, variant: Variant) -> Price | None:
    """What a variant costs on a list; None where it says nothing of it."""
    if variant.id in shown.fixed:
        return Price(shown, variant, shown.fixed[variant.id], "FIXED")
    if shown.percent is None:
        return None
    amount = variant.price * shown.rate * (100 + shown.percent) / 100
    return Price(shown, variant, amount.quantize(Decimal("0.01"), ROUND_HALF_UP), "RELATIVE")


def _all(_root: Any, context: Context, args: dict[str, Any]) -> Listing:
    found = price_lists_of(context.world.shop)
    return Listing(sorted(found), found.get, None, bool(args.get("reverse")))


def _one(_root: Any, context: Context, *, id: str) -> PriceList | None:  # noqa: A002 - Shopify's argument name
    return price_lists_of(context.world.shop).get(gids.number_of(id, "PriceList") or 0)


def _prices(shown: PriceList, context: Context, args: dict[str, Any]) -> Listing:
    wanted = args.get("originType")
    every = {each.id: price_on(shown, each) for each in context.world.shop.variants.values()}
    found = {number: each for number, each in every.items() if each and wanted in (None, each.origin)}
    return Listing(sorted(found), found.get, None, bool(args.get("reverse")))


def _parent(shown: PriceList, _context: Context) -> dict[str, Any] | None:
    if shown.percent is None:
        return None
    kind = "PERCENTAGE_INCREASE" if shown.percent >= 0 else "PERCENTAGE_DECREASE"
    return {"adjustment": {"type": kind, "value": float(abs(shown.percent))}}


FIELDS: Fields = {
    "QueryRoot": {"priceList": _one},
    "PriceList": {
        "id": lambda shown, _: gids.gid("PriceList", shown.id),
        "name": lambda shown, _: shown.name,
        "currency": lambda shown, _: shown.currency,
        "fixedPricesCount": lambda shown, _: len(shown.fixed),
        "parent": _parent,
    },
    "PriceListPrice": {
        "compareAtPrice": lambda _price, _: None,
        "originType": lambda price, _: price.origin,
        "price": lambda price, _: money(price.amount, price.price_list.currency),
        "variant": lambda price, _: price.variant,
    },
}
CONNECTIONS: Connections = {"QueryRoot": {"priceLists": _all}, "PriceList": {"prices": _prices}}
