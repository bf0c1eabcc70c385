"""orderCreate, orderUpdate and tags, with the defaults and the traps that the schema does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox import order_money as sums
from sandbox.order_life import PAYMENT, claimable, fulfill, route, touch
from sandbox.order_messages import announce_order
from sandbox.order_records import Payment, ShippingLine, TaxLine, Tracking
from sandbox.shopify import gids, metafields
from sandbox.shopify.context import Context
from sandbox.shopify.goods import invalid_id
from sandbox.shopify.problems import unsupported, user_error
from sandbox.world import Product, ShopOrder, ShopOrderLine, Variant

Payload = dict[str, Any]
Errors = list[dict[str, Any]]
MOST_TAGS = 250
TAG_LENGTH = 40
MINUTE = timedelta(minutes=1)
TOO_MANY = "Too many attempts. Please try again later."
TOLD_TO_REFUSE = "The sandbox was told to refuse this write."
ZERO = Decimal(0)
ADDRESS = {
    "firstName": "firstName",
    "lastName": "lastName",
    "company": "company",
    "address1": "address1",
    "address2": "address2",
    "city": "city",
    "province": "province",
    "provinceCode": "province_code",
    "zip": "zip",
    "country": "country",
    "countryCode": "countryCodeV2",
    "phone": "phone",
}
"""Fields of MailingAddressInput, and what the shop keeps them as."""


def create(context: Context, args: dict[str, Any]) -> Payload:
    """Make an order (orderCreate). Nothing but a unique metafield keeps the same one from being made twice."""
    given, options = args["order"], args.get("options") or {}
    behaviour = options.get("inventoryBehaviour") or "BYPASS"
    errors = _limit_errors(context) or _Check(context, given).errors()
    if not errors and behaviour == "DECREMENT_OBEYING_POLICY":
        errors = _claim_errors(context, given)
    if errors:
        return {"order": None, "userErrors": errors}
    order = _made(context, given)
    if context.fault("never_applied") is not None:
        return {"order": order, "userErrors": []}
    world = context.world
    world.shop.orders[order.id] = order
    for row in given.get("metafields") or ():
        if metafields.trouble_with(context, order, row) is None:
            metafields.put(context, order, row)
    route(world, order, claims=behaviour != "BYPASS")
    _shipped_already(context, order, given)
    announce_order(world, order, "orders/create")
    made_at: list[datetime] = world.shop.extra.setdefault("orders made", [])
    made_at.append(context.now)
    context.did(f"order {order.name} made, {behaviour}", [order.source_identifier or order.name])
    return {"order": order, "userErrors": []}


def _limit_errors(context: Context) -> Errors:
    if context.fault("invalid") is not None:
        return [user_error(["order"], TOLD_TO_REFUSE, "INVALID")]
    most = context.world.shop.settings.orders_per_minute
    if most is None:
        return []
    made_at: list[datetime] = context.world.shop.extra.setdefault("orders made", [])
    made_at[:] = [at for at in made_at if at > context.now - MINUTE]
    return [user_error(None, TOO_MANY)] if len(made_at) >= most else []


def _claim_errors(context: Context, given: dict[str, Any]) -> Errors:
    errors = []
    for at, row in enumerate(given["lineItems"]):
        if not claimable(context.world, _variant(context, row), row["quantity"]):
            where = ["order", "lineItems", str(at)]
            errors.append(user_error(where, "Unable to claim inventory for the line item.", "INVENTORY_CLAIM_FAILED"))
    return errors


def _variant(context: Context, row: dict[str, Any]) -> Variant | None:
    number = gids.number_of(row.get("variantId") or "", "ProductVariant")
    return context.world.shop.variants.get(number or 0)


class _Check:
    """Everything that is wrong with an OrderCreateOrderInput, in Shopify's codes."""

    def __init__(self, context: Context, given: dict[str, Any]) -> None:
        self._context = context
        self._given = given
        self._found: Errors = []
        self._currency = given.get("currency") or context.world.shop.currency

    def errors(self) -> Errors:
        """What is wrong; empty when the order can be made."""
        given = self._given
        known = self._context.world.shop.settings.currencies
        if known is not None and self._currency not in known:
            self._say(["currency"], f"Currency {self._currency} is not enabled for this shop")
        self._lines(given.get("lineItems") or ())
        for at, row in enumerate(given.get("shippingLines") or ()):
            self._money(["shippingLines", str(at), "priceSet"], row["priceSet"])
            self._taxes(["shippingLines", str(at)], row)
        for at, row in enumerate(given.get("transactions") or ()):
            self._money(["transactions", str(at), "amountSet"], row["amountSet"])
        self._taxes([], given)
        on_lines = any(row.get("taxLines") for row in given.get("lineItems") or ())
        if given.get("taxLines") and on_lines:
            self._say(["taxLines"], "Tax lines can be specified on the order or the line items but not both")
        self._tags(given.get("tags") or ())
        self._metafields(given.get("metafields") or ())
        codes = given.get("discountCode") or {}
        if len([each for each in codes.values() if each]) > 1:
            self._say(["discountCode"], "Only one discount code can be set for each order")
        fixed = (codes.get("itemFixedDiscountCode") or {}).get("amountSet")
        if fixed:
            self._money(["discountCode", "itemFixedDiscountCode", "amountSet"], fixed)
        if (given.get("customer") or {}).get("toAssociate"):
            raise unsupported("customers to associate with an order")
        return self._found

    def _say(self, field: Sequence[str], message: str, code: str = "INVALID") -> None:
        self._found.append(user_error(["order", *field], message, code))

    def _lines(self, rows: Sequence[dict[str, Any]]) -> None:
        if not rows:
            self._say(["lineItems"], "Line items must have at least one line item")
        for at, row in enumerate(rows):
            where = ["lineItems", str(at)]
            if row["quantity"] < 1:
                self._say([*where, "quantity"], "Quantity must be greater than 0")
            if row.get("variantId") and _variant(self._context, row) is None:
                self._say([*where, "variantId"], "Product variant could not be found")
            if not row.get("variantId"):
                if not row.get("title"):
                    self._say([*where, "title"], "Title can't be blank")
                if not row.get("priceSet"):
                    self._say([*where, "priceSet"], "Price can't be blank")
            if row.get("priceSet"):
                self._money([*where, "priceSet"], row["priceSet"])
            self._taxes(where, row)

    def _money(self, where: list[str], bag: dict[str, Any]) -> None:
        amount = Decimal(bag["shopMoney"]["amount"])
        if bag["shopMoney"]["currencyCode"] != self._currency:
            self._say([*where, "shopMoney", "currencyCode"], "Currency must be the currency of the order")
        if amount < 0:
            self._say([*where, "shopMoney", "amount"], "Amount must be greater than or equal to 0")
        if bag.get("presentmentMoney") and not self._given.get("presentmentCurrency"):
            self._say(["presentmentCurrency"], "Presentment currency can't be blank when presentment money is used")

    def _taxes(self, where: list[str], row: dict[str, Any]) -> None:
        for at, tax in enumerate(row.get("taxLines") or ()):
            if tax.get("priceSet"):
                self._money([*where, "taxLines", str(at), "priceSet"], tax["priceSet"])

    def _tags(self, tags: Sequence[str]) -> None:
        if len(tags) > MOST_TAGS:
            self._say(["tags"], f"Tags exceeded the maximum of {MOST_TAGS}")
        if any(len(tag) > TAG_LENGTH for tag in tags):
            self._say(["tags"], f"Tag is too long (maximum is {TAG_LENGTH} characters)")

    def _metafields(self, rows: Sequence[dict[str, Any]]) -> None:
        for at, row in enumerate(rows):
            trouble = metafields.trouble_with(self._context, None, row)
            if trouble is None or (trouble[2] == "TAKEN" and not self._context.world.shop.settings.unique_marks):
                continue
            self._say(["metafields", str(at), trouble[0]], trouble[1])


def _made(context: Context, given: dict[str, Any]) -> ShopOrder:
    """The order as it was asked for, not yet in the shop."""
    world, now = context.world, context.now
    shop = world.shop
    currency = given.get("currency") or shop.currency
    included = bool(given.get("taxesIncluded"))
    customer = dict((given.get("customer") or {}).get("toUpsert") or {})
    asked = given.get("processedAt")
    number = world.next_id()
    order = ShopOrder(
        id=6_100_000_000_000 + number,
        name=given.get("name") or f"#{1000 + len(shop.orders)}",
        source_identifier=given.get("sourceIdentifier"),
        source_name=given.get("sourceName") or str(shop.client_id),
        created_at=now,
        # A date in the future is clamped since 2026-07.
        processed_at=min(datetime.fromisoformat(asked), now) if asked else now,
        updated_at=now,
        currency=currency,
        lines=[_line(context, row, currency, included=included) for row in given["lineItems"]],
        tags=tidy(given.get("tags") or ()),
        email=given.get("email") or customer.get("email"),
        customer=customer,
        address=address_of(given.get("shippingAddress")),
        billing_address=address_of(given.get("billingAddress")),
        phone=given.get("phone"),
        note=given.get("note"),
        po_number=given.get("poNumber"),
        source_url=given.get("sourceUrl"),
        test=bool(given.get("test")),
        closed_at=datetime.fromisoformat(given["closedAt"]) if given.get("closedAt") else None,
        taxes_included=included,
        attributes=[(each["key"], each["value"]) for each in given.get("customAttributes") or ()],
        financial_status=None,
    )
    order.shipping = [
        ShippingLine(world.next_id(), row["title"], amount_of(row["priceSet"]), row.get("code"), [])
        for row in given.get("shippingLines") or ()
    ]
    for line, row in zip(order.shipping, given.get("shippingLines") or (), strict=True):
        line.taxes = _taxes(row, line.amount, included=included, currency=currency)
    _discount(order, given.get("discountCode") or {})
    order.order_taxes = _taxes(given, sums.subtotal(order), included=included, currency=currency)
    order.payments = [_payment(context, row) for row in given.get("transactions") or ()]
    order.financial_status = given.get("financialStatus") or sums.financial_status(order)
    if not any(line.requires_shipping for line in order.lines):
        order.fulfillment_status = "FULFILLMENT_NOT_REQUIRED"
    return order


def amount_of(bag: dict[str, Any]) -> Decimal:
    """The shop's side of a MoneyBagInput."""
    return Decimal(bag["shopMoney"]["amount"])


def _line(context: Context, row: dict[str, Any], currency: str, *, included: bool) -> ShopOrderLine:
    shop = context.world.shop
    variant = _variant(context, row)
    title = row.get("title")
    if variant is not None:
        title = title or shop.products[variant.product_id].title
    price = amount_of(row["priceSet"]) if row.get("priceSet") else variant.price if variant else ZERO
    return ShopOrderLine(
        id=15_500_000_000_000 + context.world.next_id(),
        variant_id=variant.id if variant else None,
        sku=row.get("sku") or (variant.sku if variant else None),
        title=title or "",
        quantity=row["quantity"],
        current_quantity=row["quantity"],
        unit_price=price,
        variant_title=row.get("variantTitle") or (variant.title if variant else None),
        requires_shipping=bool(row.get("requiresShipping")),
        taxable=row.get("taxable") is not False,
        taxes=_taxes(row, price * row["quantity"], included=included, currency=currency),
        properties=[(each["name"], each["value"]) for each in row.get("properties") or ()],
    )


def _taxes(row: dict[str, Any], worth: Decimal, *, included: bool, currency: str) -> list[TaxLine]:
    found = []
    for tax in row.get("taxLines") or ():
        rate = Decimal(str(tax["rate"]))
        if tax.get("priceSet"):
            amount = amount_of(tax["priceSet"])
        else:
            amount = sums.rounded(worth * rate / (1 + rate) if included else worth * rate, currency)
        found.append(TaxLine(tax["title"], rate, amount, bool(tax.get("channelLiable"))))
    return found


def _discount(order: ShopOrder, codes: dict[str, Any]) -> None:
    """Spread the one discount code over the lines, largest remainder first; free shipping takes the shipping off."""
    fixed, percent, free = (
        codes.get(name) for name in ("itemFixedDiscountCode", "itemPercentageDiscountCode", "freeShippingDiscountCode")
    )
    chosen = fixed or percent or free
    if chosen is None:
        return
    order.discount_code = chosen["code"]
    whole = sums.lines_total(order)
    if free:
        order.shipping_discount = sums.shipping_total(order)
        return
    off = amount_of(fixed["amountSet"]) if fixed and fixed.get("amountSet") else ZERO
    if percent:
        off = sums.rounded(whole * Decimal(str(percent.get("percentage") or 0)) / 100, order.currency)
    off = min(off, whole)
    if not whole:
        return
    unit = Decimal(1).scaleb(-sums.DIGITS.get(order.currency, 2))
    exact = [off * line.unit_price * line.quantity / whole for line in order.lines]
    parts = [share // unit * unit for share in exact]
    left = int((off - sum(parts, ZERO)) / unit)
    for at in sorted(range(len(parts)), key=lambda each: parts[each] - exact[each])[:left]:
        parts[at] += unit
    for line, part in zip(order.lines, parts, strict=True):
        line.discount = part


def _payment(context: Context, row: dict[str, Any]) -> Payment:
    asked = row.get("processedAt")
    return Payment(
        id=PAYMENT + context.world.next_id(),
        kind=row.get("kind") or "SALE",
        status=row.get("status") or "SUCCESS",
        gateway=row.get("gateway") or "",
        amount=amount_of(row["amountSet"]),
        created_at=context.now,
        processed_at=datetime.fromisoformat(asked) if asked else context.now,
        receipt=row.get("receiptJson"),
        test=bool(row.get("test")),
    )


def _shipped_already(context: Context, order: ShopOrder, given: dict[str, Any]) -> None:
    """What `fulfillment` and `fulfillmentStatus` say has left before the order was made."""
    told, status = given.get("fulfillment"), given.get("fulfillmentStatus")
    if told is None and status != "FULFILLED":
        if status in ("PARTIAL", "RESTOCKED"):
            raise unsupported(f"orders made as {status}")
        return
    world = context.world
    if told is not None:
        place = gids.number_of(told["locationId"], "Location")
        if place not in world.shop.locations:
            raise invalid_id(told["locationId"])
        for chosen in order.fulfillment_orders:
            chosen.location_id = place
    numbers = list((told or {}).get("trackingNumbers") or ())
    if (told or {}).get("trackingNumber"):
        numbers.insert(0, (told or {})["trackingNumber"])
    tracking = [Tracking(number, (told or {}).get("trackingCompany")) for number in numbers]
    by_place: dict[int, dict[int, dict[int, int]]] = {}
    for chosen in order.fulfillment_orders:
        by_place.setdefault(chosen.location_id, {})[chosen.id] = {}
    for wanted in by_place.values():
        fulfill(world, order, wanted, tracking=tracking, at=context.now)
    if not by_place:
        for line in order.lines:
            line.fulfilled = line.current_quantity
        touch(world, order)


def address_of(given: dict[str, Any] | None) -> dict[str, str]:
    """A MailingAddressInput as the shop keeps it."""
    return {kept: str(given[name]) for name, kept in ADDRESS.items() if given.get(name)} if given else {}


def tidy(tags: Sequence[str]) -> list[str]:
    """Tags as Shopify keeps them: split at commas, trimmed, each once whatever its case."""
    found: dict[str, str] = {}
    for tag in (part.strip() for text in tags for part in text.split(",")):
        if tag:
            found.setdefault(tag.casefold(), tag)
    return list(found.values())


def update(context: Context, args: dict[str, Any]) -> Payload:
    """Change an order (orderUpdate): what is named is replaced whole, tags and attributes too."""
    given = args["input"]
    order = context.world.shop.orders.get(gids.number_of(given["id"], "Order") or 0)
    if order is None:
        return {"order": None, "userErrors": [user_error(["id"], "Order does not exist")]}
    errors = [user_error(["input"], TOLD_TO_REFUSE)] if context.fault("invalid") is not None else []
    for at, row in enumerate(given.get("metafields") or ()):
        if (trouble := metafields.trouble_with(context, order, row)) is not None:
            errors.append(user_error(["input", "metafields", str(at), trouble[0]], trouble[1]))
    if errors:
        return {"order": None, "userErrors": errors}
    if context.fault("never_applied") is None:
        _change(context, order, given)
    return {"order": order, "userErrors": []}


def _change(context: Context, order: ShopOrder, given: dict[str, Any]) -> None:
    for name, kept in (("email", "email"), ("note", "note"), ("phone", "phone"), ("poNumber", "po_number")):
        if name in given:
            setattr(order, kept, given[name])
    if "shippingAddress" in given:
        order.address = address_of(given["shippingAddress"])
    if "tags" in given:
        order.tags = tidy(given["tags"] or ())
    if "customAttributes" in given:
        order.attributes = [(each["key"], each["value"]) for each in given["customAttributes"] or ()]
    for row in given.get("metafields") or ():
        metafields.put(context, order, row)
    touch(context.world, order)
    announce_order(context.world, order, "orders/updated")
    context.did(f"order changed: {', '.join(sorted(set(given) - {'id'}))}", [order.source_identifier or order.name])


def add_tags(context: Context, args: dict[str, Any]) -> Payload:
    """Put tags on an order or a product (tagsAdd); those it has stay."""
    record = _tagged(context, args["id"])
    tags = tidy([*record.tags, *args["tags"]])
    if any(len(tag) > TAG_LENGTH for tag in tags) and isinstance(record, ShopOrder):
        message = f"Tag is too long (maximum is {TAG_LENGTH} characters)"
        return {"node": None, "userErrors": [user_error(["tags"], message)]}
    return _retagged(context, record, tags)


def remove_tags(context: Context, args: dict[str, Any]) -> Payload:
    """Take tags off an order or a product (tagsRemove)."""
    record = _tagged(context, args["id"])
    gone = {tag.casefold() for tag in tidy(args["tags"])}
    return _retagged(context, record, [tag for tag in record.tags if tag.casefold() not in gone])


def _tagged(context: Context, text: str) -> ShopOrder | Product:
    found = gids.parse(text)
    shop = context.world.shop
    record: ShopOrder | Product | None = None
    if found is not None and found.type == "Order":
        record = shop.orders.get(found.number)
    elif found is not None and found.type == "Product":
        record = shop.products.get(found.number)
    if record is None:
        raise invalid_id(text)
    return record


def _retagged(context: Context, record: ShopOrder | Product, tags: list[str]) -> Payload:
    if context.fault("invalid") is not None:
        return {"node": None, "userErrors": [user_error(["tags"], TOLD_TO_REFUSE)]}
    if context.fault("never_applied") is None and tags != record.tags:
        record.tags, record.updated_at = tags, context.now
        if isinstance(record, ShopOrder):
            announce_order(context.world, record, "orders/updated")
            context.did("tags changed", [record.source_identifier or record.name])
        else:
            context.did("tags changed", [record.title])
    return {"node": record, "userErrors": []}
