"""Resolvers of orders, their lines, customers and addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox import order_money as sums
from sandbox.order_records import TaxLine
from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.money import bag
from sandbox.shopify.paging import Listing
from sandbox.shopify.registry import Connections, Fields, Of, Resolver
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


def _money(figure: Callable[[ShopOrder], Decimal]) -> Resolver:
    """A field that is an amount of the order."""
    return lambda order, _context: bag(figure(order), order.currency)


def _taxes(order: ShopOrder, taxes: Iterable[TaxLine]) -> list[Of]:
    return [Of(order, each) for each in taxes]


def _all_taxes(order: ShopOrder, _context: Context) -> list[Of]:
    own = [tax for line in order.lines for tax in line.taxes]
    return _taxes(order, [*own, *(tax for each in order.shipping for tax in each.taxes), *order.order_taxes])


def _current_shipping(order: ShopOrder) -> Decimal:
    return sums.shipping_total(order) - order.shipping_discount - sums.refunded_shipping(order)


def _current_discounts(order: ShopOrder) -> Decimal:
    kept = sum(
        (line.discount * line.current_quantity / line.quantity for line in order.lines if line.quantity), Decimal(0)
    )
    return sums.rounded(kept, order.currency) + order.shipping_discount


def _outstanding(order: ShopOrder) -> Decimal:
    return sums.current_total(order) - sums.received(order) + sums.refunded(order)


def _attributes(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs]


def _gateways(order: ShopOrder, _context: Context) -> list[str]:
    return list(dict.fromkeys(each.gateway for each in order.payments))


def _unit_after_all(pair: tuple[ShopOrder, ShopOrderLine], _context: Context) -> dict[str, Any]:
    order, line = pair
    off = line.discount / line.quantity if line.quantity else Decimal(0)
    return bag(sums.rounded(line.unit_price - off, order.currency), order.currency)


def _discounted(
    pair: tuple[ShopOrder, ShopOrderLine],
    _context: Context,
    *,
    withCodeDiscounts: bool = False,  # noqa: N803 - Shopify's argument name
) -> dict[str, Any]:
    order, line = pair
    off = line.discount if withCodeDiscounts else Decimal(0)
    return bag(line.unit_price * line.quantity - off, order.currency)


def _open_units(pair: tuple[ShopOrder, ShopOrderLine], _context: Context) -> int:
    order, line = pair
    # An order of somebody's hand may say that it is shipped without a fulfillment that says so.
    return 0 if order.fulfillment_status == "FULFILLED" else max(0, line.unfulfilled)


def _line_status(pair: tuple[ShopOrder, ShopOrderLine], _context: Context) -> str:
    line = pair[1]
    if line.fulfilled and line.unfulfilled <= 0:
        return "fulfilled"
    return "partial" if line.fulfilled else "unfulfilled"


def _customer(order: ShopOrder, _context: Context) -> Customer | None:
    return Customer(order, order.customer) if order.customer else None


def _address(order: ShopOrder, _context: Context) -> Address | None:
    return Address(order, order.address) if order.address else None


def _billing(order: ShopOrder, _context: Context) -> Address | None:
    told = order.billing_address or order.address
    return Address(order, told) if told else None


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
        "closed": lambda order, _: order.closed_at is not None,
        "closedAt": lambda order, _: order.closed_at,
        "cancelReason": lambda order, _: order.cancel_reason,
        "confirmed": lambda _order, _: True,
        "test": lambda order, _: order.test,
        "currencyCode": lambda order, _: order.currency,
        "presentmentCurrencyCode": lambda order, _: order.currency,
        "currentTotalPriceSet": _money(sums.current_total),
        "currentSubtotalPriceSet": _money(sums.current_subtotal),
        "currentShippingPriceSet": _money(_current_shipping),
        "currentTotalDiscountsSet": _money(_current_discounts),
        "currentTotalTaxSet": _money(sums.current_tax),
        "totalPriceSet": _money(sums.total),
        "originalTotalPriceSet": _money(sums.total),
        "subtotalPriceSet": _money(sums.subtotal),
        "totalDiscountsSet": _money(sums.discounts_total),
        "totalShippingPriceSet": _money(sums.shipping_total),
        "totalTaxSet": _money(sums.tax_total),
        "totalReceivedSet": _money(sums.received),
        "totalRefundedSet": _money(sums.refunded),
        "totalRefundedShippingSet": _money(sums.refunded_shipping),
        "totalOutstandingSet": _money(_outstanding),
        "netPaymentSet": _money(lambda order: sums.received(order) - sums.refunded(order)),
        "fullyPaid": lambda order, _: sums.received(order) >= sums.total(order),
        "unpaid": lambda order, _: not sums.received(order),
        "refundable": lambda order, _: sums.received(order) > sums.refunded(order),
        "restockable": lambda order, _: any(line.current_quantity for line in order.lines),
        "fulfillable": lambda order, _: any(each.is_open for each in order.fulfillment_orders),
        "requiresShipping": lambda order, _: any(line.requires_shipping for line in order.lines),
        "taxesIncluded": lambda order, _: order.taxes_included,
        "taxLines": _all_taxes,
        "shippingLine": lambda order, _: Of(order, order.shipping[0]) if order.shipping else None,
        "discountCode": lambda order, _: order.discount_code,
        "discountCodes": lambda order, _: [order.discount_code] if order.discount_code else [],
        "customAttributes": lambda order, _: _attributes(order.attributes),
        "paymentGatewayNames": _gateways,
        "poNumber": lambda order, _: order.po_number,
        "registeredSourceUrl": lambda order, _: order.source_url,
        "currentSubtotalLineItemsQuantity": lambda order, _: sum(line.current_quantity for line in order.lines),
        "subtotalLineItemsQuantity": lambda order, _: sum(line.quantity for line in order.lines),
        "displayFinancialStatus": lambda order, _: order.financial_status,
        "displayFulfillmentStatus": lambda order, _: order.fulfillment_status,
        "tags": lambda order, _: sorted(order.tags),
        "note": lambda order, _: order.note,
        "email": lambda order, _: order.email,
        "phone": lambda order, _: order.phone or order.customer.get("phone"),
        "customer": _customer,
        "shippingAddress": _address,
        "billingAddress": _billing,
    },
    "LineItem": {
        "id": lambda pair, _: gids.gid("LineItem", pair[1].id),
        "name": lambda pair, _: pair[1].title,
        "title": lambda pair, _: pair[1].title,
        "variantTitle": lambda pair, context: pair[1].variant_title or getattr(_variant(pair, context), "title", None),
        "sku": lambda pair, _: pair[1].sku,
        "quantity": lambda pair, _: pair[1].quantity,
        "currentQuantity": lambda pair, _: pair[1].current_quantity,
        "unfulfilledQuantity": _open_units,
        "fulfillableQuantity": _open_units,
        "nonFulfillableQuantity": lambda pair, context: pair[1].quantity - _open_units(pair, context),
        "fulfillmentStatus": _line_status,
        "refundableQuantity": lambda pair, _: pair[1].current_quantity,
        "restockable": lambda pair, _: pair[1].current_quantity > 0,
        "requiresShipping": lambda pair, _: pair[1].requires_shipping,
        "taxable": lambda pair, _: pair[1].taxable,
        "taxLines": lambda pair, _, first=None: _taxes(pair[0], pair[1].taxes[:first]),
        "customAttributes": lambda pair, _: _attributes(pair[1].properties),
        "vendor": lambda pair, context: getattr(_product(pair, context), "vendor", None),
        "discountedTotalSet": _discounted,
        "discountedUnitPriceAfterAllDiscountsSet": _unit_after_all,
        "totalDiscountSet": lambda pair, _: bag(Decimal(0), pair[0].currency),
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
