"""Resolvers of orders, their lines, customers and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.money import bag
from sandbox.shopify.paging import Listing
from sandbox.shopify.registry import Connections, Fields
from sandbox.world import Product, ShopOrder, ShopOrderLine, Variant


@dataclass(frozen=True)
class Person:
    """Someone an order knows: the order, and what is told of them."""

    order: ShopOrder
    told: Mapping[str, str]


class Customer(Person):
    """The buyer of an order."""


class Address(Person):
    """Where an order goes."""


def _told(person: Person, *names: str) -> str | None:
    """What the person's record says under the first of these names that it has."""
    return next((person.told[name] for name in names if person.told.get(name)), None)


def _first_name(person: Person) -> str | None:
    known = _told(person, "first_name", "firstName")
    return known or ((_told(person, "name") or "").partition(" ")[0] or None)


def _last_name(person: Person) -> str | None:
    known = _told(person, "last_name", "lastName")
    return known or ((_told(person, "name") or "").partition(" ")[2] or None)


def _full_name(person: Person) -> str:
    return _told(person, "name") or " ".join(part for part in (_first_name(person), _last_name(person)) if part)


def _formatted(address: Address, _context: Context, *, withName: bool = False, withCompany: bool = True) -> list[str]:  # noqa: N803 - Shopify's argument names
    lines = [
        _full_name(address) if withName else None,
        _told(address, "company") if withCompany else None,
        _told(address, "address1", "line1"),
        _told(address, "address2", "line2"),
        " ".join(part for part in (_told(address, "city"), _told(address, "zip", "postal_code")) if part),
        _told(address, "country"),
    ]
    return [line for line in lines if line]


def _total(order: ShopOrder, *, current: bool) -> Decimal:
    amounts = (line.unit_price * (line.current_quantity if current else line.quantity) for line in order.lines)
    return sum(amounts, Decimal(0))


def _current_total(order: ShopOrder, _context: Context) -> dict[str, Any]:
    return bag(_total(order, current=True), order.currency)


def _first_total(order: ShopOrder, _context: Context) -> dict[str, Any]:
    return bag(_total(order, current=False), order.currency)


def _customer(order: ShopOrder, _context: Context) -> Customer | None:
    return Customer(order, order.customer) if order.customer else None


def _address(order: ShopOrder, _context: Context) -> Address | None:
    return Address(order, order.address) if order.address else None


def _variant(pair: tuple[ShopOrder, ShopOrderLine], context: Context) -> Variant | None:
    number = pair[1].variant_id
    return None if number is None else context.world.shop.variants.get(number)


def _product(pair: tuple[ShopOrder, ShopOrderLine], context: Context) -> Product | None:
    variant = _variant(pair, context)
    return None if variant is None else context.world.shop.products.get(variant.product_id)


def _lines(order: ShopOrder, _context: Context, args: dict[str, Any]) -> Listing:
    lines = {line.id: (order, line) for line in order.lines}
    return Listing(sorted(lines), lines.__getitem__, None, bool(args.get("reverse")))


def _email(person: Person) -> str | None:
    return _told(person, "email") or person.order.email


FIELDS: Fields = {
    "Order": {
        "id": lambda order, _: gids.gid("Order", order.id),
        "legacyResourceId": lambda order, _: order.id,
        "name": lambda order, _: order.name,
        "sourceIdentifier": lambda order, _: order.source_identifier,
        "sourceName": lambda order, _: order.source_name,
        "createdAt": lambda order, _: order.created_at,
        "processedAt": lambda order, _: order.processed_at,
        "updatedAt": lambda order, _: order.updated_at,
        "cancelledAt": lambda order, _: order.cancelled_at,
        "closed": lambda _order, _: False,
        "closedAt": lambda _order, _: None,
        "confirmed": lambda _order, _: True,
        "test": lambda _order, _: False,
        "currencyCode": lambda order, _: order.currency,
        "presentmentCurrencyCode": lambda order, _: order.currency,
        "currentTotalPriceSet": _current_total,
        "currentSubtotalPriceSet": _current_total,
        "totalPriceSet": _first_total,
        "subtotalPriceSet": _first_total,
        "currentSubtotalLineItemsQuantity": lambda order, _: sum(line.current_quantity for line in order.lines),
        "subtotalLineItemsQuantity": lambda order, _: sum(line.quantity for line in order.lines),
        "displayFinancialStatus": lambda order, _: order.financial_status,
        "displayFulfillmentStatus": lambda order, _: order.fulfillment_status,
        "tags": lambda order, _: sorted(order.tags),
        "note": lambda _order, _: None,
        "email": lambda order, _: order.email,
        "phone": lambda order, _: order.customer.get("phone"),
        "customer": _customer,
        "shippingAddress": _address,
        "billingAddress": _address,
    },
    "LineItem": {
        "id": lambda pair, _: gids.gid("LineItem", pair[1].id),
        "name": lambda pair, _: pair[1].title,
        "title": lambda pair, _: pair[1].title,
        "variantTitle": lambda pair, context: getattr(_variant(pair, context), "title", None),
        "sku": lambda pair, _: pair[1].sku,
        "quantity": lambda pair, _: pair[1].quantity,
        "currentQuantity": lambda pair, _: pair[1].current_quantity,
        "unfulfilledQuantity": lambda pair, _: (
            0 if pair[0].fulfillment_status == "FULFILLED" else pair[1].current_quantity
        ),
        "requiresShipping": lambda _pair, _: True,
        "variant": _variant,
        "product": _product,
        "originalUnitPriceSet": lambda pair, _: bag(pair[1].unit_price, pair[0].currency),
        "discountedUnitPriceSet": lambda pair, _: bag(pair[1].unit_price, pair[0].currency),
        "originalTotalSet": lambda pair, _: bag(pair[1].unit_price * pair[1].quantity, pair[0].currency),
    },
    "Customer": {
        "id": lambda person, _: gids.gid("Customer", person.order.id),
        "legacyResourceId": lambda person, _: person.order.id,
        "displayName": lambda person, _: _full_name(person),
        "firstName": lambda person, _: _first_name(person),
        "lastName": lambda person, _: _last_name(person),
        "email": lambda person, _: _email(person),
        "phone": lambda person, _: _told(person, "phone"),
        "defaultEmailAddress": lambda person, _: person if _email(person) else None,
    },
    "CustomerEmailAddress": {"emailAddress": lambda person, _: _email(person)},
    "MailingAddress": {
        "id": lambda address, _: gids.gid("MailingAddress", address.order.id),
        "name": lambda address, _: _full_name(address) or None,
        "firstName": lambda address, _: _first_name(address),
        "lastName": lambda address, _: _last_name(address),
        "company": lambda address, _: _told(address, "company"),
        "address1": lambda address, _: _told(address, "address1", "line1"),
        "address2": lambda address, _: _told(address, "address2", "line2"),
        "city": lambda address, _: _told(address, "city"),
        "province": lambda address, _: _told(address, "province"),
        "provinceCode": lambda address, _: _told(address, "province_code"),
        "zip": lambda address, _: _told(address, "zip", "postal_code"),
        "country": lambda address, _: _told(address, "country"),
        "countryCodeV2": lambda address, _: _told(address, "countryCodeV2", "country_code", "countryCode"),
        "phone": lambda address, _: _told(address, "phone"),
        "formatted": _formatted,
    },
}
CONNECTIONS: Connections = {"Order": {"lineItems": _lines}}
