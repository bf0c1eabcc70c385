"""Which orders of the shop Amazon ships, from which account and how; and what a Multi-Channel order's state means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

Action = Literal["ship", "reject", "hold"]
NOT_SHIPPED_YET = frozenset({"New", "Received", "Planning"})
FAILED = frozenset({"Cancelled", "Unfulfillable", "Invalid"})
SHIPPING = frozenset({"Processing", "Complete", "CompletePartialled"})
COMPLETE = frozenset({"Complete", "CompletePartialled"})
LONGEST_ID = 40


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A line that a service is asked to ship. `line_id` is the number of the order's line, which never changes."""

    line_id: str
    inventory_item_id: str
    sku: str
    units: int


@dataclass(frozen=True, slots=True)
class Request:
    """What routing looks at. `is_mixed` says that other lines of the order are shipped from elsewhere."""

    country: str
    tags: frozenset[str]
    lines: tuple[RequestLine, ...]
    is_mixed: bool
    has_address: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """A rule of the brand: orders that fit are treated so. An empty condition fits every order."""

    action: Action
    region: str
    marketplace_id: str
    pool: str
    speed: str
    countries: frozenset[str] = frozenset()
    tag: str = ""
    sku_pattern: str = ""
    keep_units: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """Units of an item that lie in a pool, and the SKU under which Amazon ships them."""

    seller_sku: str
    fulfillable: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a request. `reason` is Shopify's word for a rejection; `told` says it to a person."""

    action: Action
    told: str
    route: Route | None = None
    reason: str = ""
    offers: Mapping[str, str] | None = None
    """Line id -> SKU on Amazon, for what is shipped."""


def route_for(request: Request, routes: Sequence[Route]) -> Route | None:
    """The first route that fits the request."""
    return next((route for route in routes if _fits(request, route)), None)


def judge(
    request: Request,
    routes: Sequence[Route],
    offers: Mapping[tuple[str, str, str], Offer],
    *,
    mixed: Literal["split", "hold"],
) -> Verdict:
    """Decide on a request. `offers` are by region account, pool and inventory item, from the last reading.

    Whether Amazon ships it now is asked of Amazon afterwards; here is refused what can never be shipped, and what
    would take units that are to be kept back.
    """
    if not request.lines:
        return Verdict("hold", "it has no line that is still to be shipped")
    if not request.has_address:
        return Verdict("reject", "the address lacks a name, a street or a postal code", reason="INCORRECT_ADDRESS")
    route = route_for(request, routes)
    if route is None:
        where = request.country or "an unnamed country"
        return Verdict("reject", f"no route leads to {where}", reason="UNDELIVERABLE_DESTINATION")
    if route.action != "ship":
        return Verdict(route.action, f"the route for {route.region} says so", route, reason="OTHER")
    if request.is_mixed and mixed == "hold":
        return Verdict("hold", "other lines of the order are shipped from elsewhere", route)
    chosen: dict[str, str] = {}
    for line in request.lines:
        offer = offers.get((route.region, route.pool, line.inventory_item_id))
        if offer is None:
            told = f"{line.sku or line.inventory_item_id} has no FBA offer in {route.region}"
            return Verdict("reject", told, route, reason="INELIGIBLE_PRODUCT")
        if route.keep_units and offer.fulfillable - route.keep_units < line.units:
            told = f"{offer.seller_sku} would fall under the {route.keep_units} units that are kept for Amazon"
            return Verdict("reject", told, route, reason="INVENTORY_OUT_OF_STOCK")
        chosen[line.line_id] = offer.seller_sku
    return Verdict("ship", "", route, offers=chosen)


def reason_of_preview(*, unreachable: bool, missing: bool) -> str:
    """Shopify's word for what Amazon's preview says."""
    if unreachable:
        return "UNDELIVERABLE_DESTINATION"
    return "INVENTORY_OUT_OF_STOCK" if missing else "OTHER"


def is_all_told(status: str, parcels: Sequence[tuple[int, bool]], *, units: int) -> bool:
    """Whether Amazon has sent all that it will of `units`, and the shop knows of every parcel.

    `parcels` are the units in each, and whether the shop knows of it.
    """
    is_all = status in COMPLETE or sum(inside for inside, _ in parcels) >= units
    return is_all and all(is_told for _, is_told in parcels)


def order_number(fulfillment_order_id: str) -> str:
    """Our own id of a Multi-Channel order: always the same for a fulfilment order, in signs that every path takes."""
    number = fulfillment_order_id.rpartition("/")[2]
    if not number.isdigit() or len(number) > LONGEST_ID - len("INSTEP-"):
        raise ValueError(f"{fulfillment_order_id!r} is not the id of a fulfilment order")
    return f"INSTEP-{number}"


def _fits(request: Request, route: Route) -> bool:
    return (
        (not route.countries or request.country in route.countries)
        and (not route.tag or route.tag.casefold() in {tag.casefold() for tag in request.tags})
        and (not route.sku_pattern or all(fnmatchcase(line.sku, route.sku_pattern) for line in request.lines))
    )
