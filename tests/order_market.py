"""An Amazon and a Shopify in memory, at the HTTP boundary, between which orders are imported.

Every call has a fate: carried out, refused, put off, or cut off before or after it did something. `fated` plays fates
in their order; `dice` decides them where a test wants many. What no product may do is noted in `wrong`.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from resources.clock import ManualClock

UK, DE = "A1F83G8C2ARO7P", "A1PA6795UKMFR9"
CURRENCIES = {UK: "GBP", DE: "EUR"}
NAMES = {UK: "Amazon.co.uk", DE: "Amazon.de"}
SERVED = {"X-Shopify-API-Version": "2026-10", "Content-Type": "application/json; charset=utf-8"}
FATES = ("throttle", "lost_before", "lost_after", "failed_after", "token")
CANARY = "Quagmarrow"


def stamp(at: datetime) -> str:
    """An instant as both services write it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass
class ShopOrder:
    """An order in the shop: what was asked for, and what became of it."""

    number: int
    given: dict[str, Any]
    behaviour: str
    created_at: datetime
    updated_at: datetime
    metafields: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    cancelled_at: datetime | None = None
    fulfillment_status: str = "UNFULFILLED"
    left: Counter[str] = field(default_factory=Counter)
    holds: bool = False

    @property
    def gid(self) -> str:
        """Its global id."""
        return f"gid://shopify/Order/{self.number}"

    def line(self, place: int) -> str:
        """The global id of a line."""
        return f"gid://shopify/LineItem/{self.number}{place:03d}"

    @property
    def open_units(self) -> dict[str, int]:
        """Units of each line that have not left."""
        lines = self.given["lineItems"]
        return {
            self.line(place): line["quantity"] - self.left[self.line(place)]
            for place, line in enumerate(lines)
            if line.get("requiresShipping", True)
        }

    @property
    def amazon_order_id(self) -> str | None:
        """What it says of where it came from."""
        return self.given.get("sourceIdentifier")

    @property
    def total(self) -> Decimal:
        """What Shopify makes of its parts."""
        lines = sum((amount(line) * line["quantity"] for line in self.given["lineItems"]), Decimal(0))
        shipping = list(self.given.get("shippingLines", ()))
        total = lines + sum((amount(one) for one in shipping), Decimal(0))
        if not self.given.get("taxesIncluded"):
            taxes = [tax for part in (*self.given["lineItems"], *shipping) for tax in part.get("taxLines", ())]
            total += sum((amount(tax) for tax in taxes), Decimal(0))
        off = (self.given.get("discountCode") or {}).get("itemFixedDiscountCode")
        return total - (Decimal(off["amountSet"]["shopMoney"]["amount"]) if off else Decimal(0))


def amount(part: Mapping[str, Any]) -> Decimal:
    """The amount of a part of an order."""
    return Decimal(part["priceSet"]["shopMoney"]["amount"])


class Market:
    """Both services. `stock` is what the shop has of each variant; the shop takes `currencies` and no others."""

    def __init__(self, clock: ManualClock, *, seed: int = 7, trouble: float = 0.0) -> None:
        self.clock = clock
        self.dice = random.Random(seed)
        self.trouble = trouble
        self.amazon_orders: dict[str, dict[str, Any]] = {}
        self.shop: dict[str, ShopOrder] = {}
        self.stock: dict[str, int] = {}
        self.currencies = {"GBP", "EUR"}
        self.mark_is_defined = False
        self.page = 100
        self.fates: dict[str, list[str]] = defaultdict(list)
        self.calls: Counter[str] = Counter()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.wrong: list[str] = []
        self.on_call: Callable[[str], None] = lambda _: None
        self.on_done: Callable[[str], None] = lambda _: None
        self._numbers = iter(range(1, 10_000_000))

    def fated(self, operation: str, *fates: str) -> None:
        """What becomes of the next calls of an operation: one of FATES, or `refuse FIELD CODE`."""
        self.fates[operation] += fates

    # --- what buyers and people do --------------------------------------------------------------------------------

    def place(
        self,
        *wanted: tuple[str, int, str],
        status: str = "UNSHIPPED",
        marketplace: str = UK,
        fulfilled_by: str = "MERCHANT",
        channel: str = "AMAZON",
        address: bool = True,
        **more: Any,
    ) -> str:
        """Somebody orders (SKU, units, price of one); the id of the order."""
        number = next(self._numbers)
        order_id = f"202-{number:07d}-{number * 7 % 10_000_000:07d}"
        currency = CURRENCIES[marketplace]
        items = [
            self._item(f"{number}{place:03d}", sku, units, Decimal(price), currency, status)
            for place, (sku, units, price) in enumerate(wanted)
        ]
        total = sum((Decimal(item["proceeds"]["proceedsTotal"]["amount"]) for item in items), Decimal(0))
        now = stamp(self.clock.now())
        self.amazon_orders[order_id] = {
            "orderId": order_id,
            "createdTime": now,
            "lastUpdatedTime": now,
            "salesChannel": {
                "channelName": channel,
                "marketplaceId": marketplace,
                "marketplaceName": NAMES[marketplace],
            },
            "proceeds": {"grandTotal": {"amount": str(total), "currencyCode": currency}},
            "fulfillment": {
                "fulfillmentStatus": status,
                "fulfilledBy": fulfilled_by,
                "fulfillmentServiceLevel": "STANDARD",
                "shipByWindow": {"latestDateTime": stamp(self.clock.now() + timedelta(days=2))},
            },
            "orderItems": items,
            "recipient": {"deliveryAddress": self.address(number)} if address and fulfilled_by == "MERCHANT" else None,
            **more,
        }
        if status in ("PENDING", "PENDING_AVAILABILITY"):
            self._hide_money(order_id)
        return order_id

    def address(self, number: int) -> dict[str, str]:
        """An address with a canary in every line."""
        return {
            "name": f"Robin {CANARY}-{number}",
            "addressLine1": f"{number} {CANARY} Lane",
            "city": f"{CANARY}ton",
            "postalCode": "QM1 1AA",
            "countryCode": "GB",
            "phone": "01632960000",
        }

    def change(self, order_id: str, status: str | None = None, **more: Any) -> None:
        """Something about an order changes on Amazon."""
        order = self.amazon_orders[order_id]
        order.update(more)
        order["lastUpdatedTime"] = stamp(self.clock.now())
        if status is not None:
            order["fulfillment"]["fulfillmentStatus"] = status
            for item in order["orderItems"]:
                shipped = item["quantityOrdered"] if status == "SHIPPED" else 0
                still = 0 if status in ("SHIPPED", "CANCELLED") else item["quantityOrdered"]
                item["fulfillment"] |= {"quantityFulfilled": shipped, "quantityUnfulfilled": still}

    def part_shipped(self, order_id: str, *units: int) -> None:
        """So many units of each item have left, by Amazon's word."""
        self.change(order_id, "PARTIALLY_SHIPPED")
        for item, left in zip(self.amazon_orders[order_id]["orderItems"], units, strict=True):
            still = item["quantityOrdered"] - left
            item["fulfillment"] |= {"quantityFulfilled": left, "quantityUnfulfilled": still}

    def of(self, order_id: str) -> list[ShopOrder]:
        """The shop's orders for an Amazon order."""
        return [order for order in self.shop.values() if order.amazon_order_id == order_id]

    def key_in(self, name: str, **given: Any) -> ShopOrder:
        """Somebody else makes an order in the shop."""
        line = {"quantity": 1, "priceSet": {"shopMoney": {"amount": "9.99", "currencyCode": "GBP"}}, "title": "Mug"}
        return self._book({"name": name, "currency": "GBP", "lineItems": [line], **given}, "BYPASS")

    # --- the services ----------------------------------------------------------------------------------------------

    def amazon(self, request: httpx.Request) -> httpx.Response:
        """Amazon, as a transport."""
        path = request.url.path
        if path.endswith("/auth/o2/token"):
            return httpx.Response(200, json={"access_token": "Atza|x", "token_type": "bearer", "expires_in": 3600})
        operation = "getOrder" if path.startswith("/orders/2026-01-01/orders/") else "searchOrders"
        fate = self._fate(operation)
        if fate == "throttle":
            return _amazon_error(429, "QuotaExceeded")
        if fate in ("lost_before", "lost_after"):
            raise httpx.ReadTimeout("timed out")
        if fate == "failed_after":
            return httpx.Response(503, text="<html>Service Unavailable</html>")
        if fate == "token":
            return _amazon_error(403, "Unauthorized")
        if fate.startswith("refuse"):
            return _amazon_error(400, "InvalidInput")
        if operation == "getOrder":
            order = self.amazon_orders.get(path.rpartition("/")[2])
            return _amazon_error(404, "NotFound") if order is None else _amazon({"order": _told(order, request)})
        since = datetime.fromisoformat(request.url.params["lastUpdatedAfter"])
        until = datetime.fromisoformat(request.url.params["lastUpdatedBefore"])
        found = [
            order
            for order in self.amazon_orders.values()
            if since <= datetime.fromisoformat(order["lastUpdatedTime"]) <= until
        ]
        found.sort(key=lambda order: (order["lastUpdatedTime"], order["orderId"]))
        start = int(request.url.params.get("paginationToken", "0"))
        body: dict[str, Any] = {"orders": [_told(order, request) for order in found[start : start + self.page]]}
        if len(found) > start + self.page:
            body["pagination"] = {"nextToken": str(start + self.page)}
        return _amazon(body)

    def shopify(self, request: httpx.Request) -> httpx.Response:
        """Shopify, as a transport."""
        asked = json.loads(request.content)
        operation, variables = asked["operationName"], asked["variables"]
        self.asked.append((operation, variables))
        fate = self._fate(operation)
        if fate == "throttle":
            return _shopify({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]})
        if fate == "lost_before":
            raise httpx.ReadTimeout("timed out")
        if fate == "token":
            return httpx.Response(401, json={"errors": "[API] Invalid API key or access token"}, headers=SERVED)
        if fate.startswith("refuse"):
            _, where, code = fate.split(" ", 2)
            message = f"{where} of Robin {CANARY} is not acceptable"
            return _refused(operation, [{"code": code, "field": where.split("."), "message": message}])
        handler: Callable[[dict[str, Any]], httpx.Response] = getattr(self, f"_on_{operation}")
        answer = handler(variables)
        self.on_done(operation)
        if fate == "lost_after":
            raise httpx.ReadError("reset")
        if fate == "failed_after":
            return httpx.Response(502, text="<html>Bad Gateway</html>", headers=SERVED)
        return answer

    def _fate(self, operation: str) -> str:
        self.calls[operation] += 1
        self.on_call(operation)
        if self.fates[operation]:
            return self.fates[operation].pop(0)
        if self.trouble and self.dice.random() < self.trouble:
            return self.dice.choice(FATES[:4])
        return ""

    def _on_OrderMarkDefine(self, _: dict[str, Any]) -> httpx.Response:  # noqa: N802 - named as Shopify's documents
        if self.mark_is_defined:
            taken = {"code": "TAKEN", "field": ["definition", "key"], "message": "Key is in use."}
            return _refused("metafieldDefinitionCreate", [taken])
        self.mark_is_defined = True
        return _shopify({"data": {"metafieldDefinitionCreate": {"createdDefinition": {"id": "x"}, "userErrors": []}}})

    def _on_OrdersByMark(self, variables: dict[str, Any]) -> httpx.Response:  # noqa: N802
        if not self.mark_is_defined:
            return _undefined()
        marked = self._marked()
        found = {f"o{place[1:]}": marked.get(value) for place, value in variables.items()}
        return _shopify({"data": {place: order and {"id": order.gid} for place, order in found.items()}})

    def _on_OrderByMark(self, variables: dict[str, Any]) -> httpx.Response:  # noqa: N802
        if not self.mark_is_defined:
            return _undefined()
        order = self._marked().get(variables["value"])
        return _shopify({"data": {"orderByIdentifier": order and _node(order)}})

    def _on_OrderCreate(self, variables: dict[str, Any]) -> httpx.Response:  # noqa: N802
        given, options = variables["order"], variables["options"]
        if given["currency"] not in self.currencies:
            wrong = {"code": "INVALID", "field": ["order", "currency"], "message": "Currency is not enabled."}
            return _refused("orderCreate", [wrong])
        for place, line in enumerate(given["lineItems"]):
            if line.get("variantId") and line["variantId"] not in self.stock:
                at = ["order", "lineItems", str(place), "variantId"]
                return _refused("orderCreate", [{"code": "INVALID", "field": at, "message": "Variant is gone."}])
        if not self.mark_is_defined:
            return _undefined()
        order = self._book(given, options["inventoryBehaviour"])
        mark = {"value": order.metafields.get("amazon_order_id")}
        return _shopify({"data": {"orderCreate": {"order": {"id": order.gid, "mark": mark}, "userErrors": []}}})

    def _on_OrderParts(self, variables: dict[str, Any]) -> httpx.Response:  # noqa: N802
        order = self.shop.get(variables["id"])
        if order is None:
            return _shopify({"data": {"order": None}})
        nodes = [
            {
                "id": order.line(place),
                "quantity": line["quantity"],
                "customAttributes": [
                    {"key": each["name"], "value": each["value"]} for each in line.get("properties", ())
                ],
            }
            for place, line in enumerate(order.given["lineItems"])
        ]
        return _shopify({"data": {"order": {"id": order.gid, "lineItems": _page(*nodes)}}})

    def _on_FulfillmentState(self, variables: dict[str, Any]) -> httpx.Response:  # noqa: N802
        order = self.shop[variables["id"]]
        nodes = [
            {"id": f"gid://shopify/FulfillmentOrderLineItem/{line.rpartition('/')[2]}", "remainingQuantity": units}
            | {"lineItem": {"id": line}}
            for line, units in order.open_units.items()
        ]
        to_ship = {
            "id": f"gid://shopify/FulfillmentOrder/{order.number}",
            "status": "ON_HOLD" if order.holds else "OPEN",
            "assignedLocation": {"location": {"id": "gid://shopify/Location/1"}},
            "lineItems": _page(*nodes),
        }
        gone = [
            {"id": f"gid://shopify/FulfillmentLineItem/{place}", "quantity": units, "lineItem": {"id": line}}
            for place, (line, units) in enumerate(order.left.items(), 1)
        ]
        package = {"id": "gid://shopify/Fulfillment/1", "status": "SUCCESS", "trackingInfo": []}
        state = {
            "id": order.gid,
            "cancelledAt": None,
            "fulfillments": [{**package, "fulfillmentLineItems": _page(*gone)}] if gone else [],
            "fulfillmentOrders": _page(to_ship),
        }
        return _shopify({"data": {"order": state}})

    def _on_FulfillmentCreate(self, variables: dict[str, Any]) -> httpx.Response:  # noqa: N802
        given = variables["fulfillment"]
        if given["notifyCustomer"]:
            self.wrong.append("a buyer was told")
        [group] = given["lineItemsByFulfillmentOrder"]
        order = self.shop[f"gid://shopify/Order/{group['fulfillmentOrderId'].rpartition('/')[2]}"]
        for each in group["fulfillmentOrderLineItems"]:
            line = f"gid://shopify/LineItem/{each['id'].rpartition('/')[2]}"
            if order.open_units[line] < each["quantity"]:
                self.wrong.append(f"{line} left twice")
            order.left[line] += each["quantity"]
        order.fulfillment_status = "PARTIALLY_FULFILLED" if any(order.open_units.values()) else "FULFILLED"
        order.updated_at = self.clock.now()
        made = {"id": "gid://shopify/Fulfillment/1", "status": "SUCCESS"}
        return _shopify({"data": {"fulfillmentCreate": {"fulfillment": made, "userErrors": []}}})

    def _on_OrderReaddress(self, variables: dict[str, Any]) -> httpx.Response:  # noqa: N802
        given = variables["input"]
        order = self.shop[given["id"]]
        order.given["shippingAddress"] = given["shippingAddress"]
        order.metafields |= {each["key"]: each["value"] for each in given["metafields"]}
        order.updated_at = self.clock.now()
        return _shopify({"data": {"orderUpdate": {"order": _node(order), "userErrors": []}}})

    def _on_OrderMark(self, variables: dict[str, Any]) -> httpx.Response:  # noqa: N802
        order = self.shop[variables["id"]]
        order.metafields |= {each["key"]: each["value"] for each in variables["metafields"]}
        order.tags = sorted({*order.tags, *variables["tags"]})
        order.updated_at = self.clock.now()
        done = {"metafieldsSet": {"metafields": [], "userErrors": []}, "tagsAdd": {"node": None, "userErrors": []}}
        return _shopify({"data": done})

    def _on_OrderNotes(self, variables: dict[str, Any]) -> httpx.Response:  # noqa: N802
        nodes = [{"id": one, "note": self.shop[one].given.get("note")} for one in variables["ids"]]
        return _shopify({"data": {"nodes": nodes}})

    def _on_VariantsThere(self, variables: dict[str, Any]) -> httpx.Response:  # noqa: N802
        return _shopify({"data": {"nodes": [{"id": one} if one in self.stock else None for one in variables["ids"]]}})

    def _marked(self) -> dict[str, ShopOrder]:
        found = {order.metafields.get("amazon_order_id"): order for order in self.shop.values()}
        return {mark: order for mark, order in found.items() if mark is not None}

    def _book(self, given: dict[str, Any], behaviour: str) -> ShopOrder:
        now = self.clock.now()
        number = 6_100_000_000_000 + next(self._numbers)
        order = ShopOrder(number, given, behaviour, now, now, tags=sorted(given.get("tags", ())))
        order.metafields = {each["key"]: each["value"] for each in given.get("metafields", ())}
        mark = order.metafields.get("amazon_order_id")
        if mark is not None and mark in self._marked():
            self.wrong.append(f"{mark} was made twice")
        if given.get("fulfillmentStatus") == "FULFILLED":
            order.fulfillment_status = "FULFILLED"
        if behaviour != "BYPASS":
            for line in given["lineItems"]:
                if line.get("variantId"):
                    self.stock[line["variantId"]] -= line["quantity"]
        self.shop[order.gid] = order
        return order

    def _item(self, item_id: str, sku: str, units: int, price: Decimal, currency: str, status: str) -> dict[str, Any]:
        total = {"amount": str(price * units), "currencyCode": currency}
        return {
            "orderItemId": item_id,
            "quantityOrdered": units,
            "product": {
                "asin": "B000000001",
                "title": f"The {sku}",
                "sellerSku": sku,
                "price": {"unitPrice": {"amount": str(price), "currencyCode": currency}},
            },
            "proceeds": {"proceedsTotal": total, "breakdowns": [{"type": "ITEM", "subtotal": total}]},
            "fulfillment": {
                "quantityFulfilled": units if status == "SHIPPED" else 0,
                "quantityUnfulfilled": 0 if status == "SHIPPED" else units,
            },
        }

    def _hide_money(self, order_id: str) -> None:
        order = self.amazon_orders[order_id]
        order["hidden"] = order.pop("proceeds")

    def release(self, order_id: str) -> None:
        """Payment is through: a pending order is to be shipped, and has a price."""
        order = self.amazon_orders[order_id]
        order["proceeds"] = order.pop("hidden")
        self.change(order_id, "UNSHIPPED")


def _told(order: Mapping[str, Any], request: httpx.Request) -> dict[str, Any]:
    """An order with the data that was asked for."""
    included = request.url.params.get("includedData", "").split(",")
    pending = order["fulfillment"]["fulfillmentStatus"] in ("PENDING", "PENDING_AVAILABILITY")
    told = {name: value for name, value in order.items() if name not in ("hidden", "recipient")}
    if "RECIPIENT" in included and order.get("recipient") and not pending:
        told["recipient"] = order["recipient"]
    return told


def _node(order: ShopOrder) -> dict[str, Any]:
    address = order.metafields.get("amazon_address")
    return {
        "id": order.gid,
        "cancelledAt": None if order.cancelled_at is None else stamp(order.cancelled_at),
        "displayFulfillmentStatus": order.fulfillment_status,
        "tags": order.tags,
        "address": None if address is None else {"value": address},
    }


def _page(*nodes: Mapping[str, Any]) -> dict[str, Any]:
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": False, "endCursor": None}}


def _amazon(body: Mapping[str, Any]) -> httpx.Response:
    return httpx.Response(200, json=body, headers={"x-amzn-RequestId": "req-1"})


def _amazon_error(status: int, code: str) -> httpx.Response:
    body = {"errors": [{"code": code, "message": code, "details": ""}]}
    return httpx.Response(status, json=body, headers={"x-amzn-RequestId": "req-1"})


def _shopify(body: Mapping[str, Any]) -> httpx.Response:
    return httpx.Response(200, json=body, headers=SERVED)


def _refused(operation: str, errors: Iterable[Mapping[str, Any]]) -> httpx.Response:
    return _shopify({"data": {operation: {"userErrors": list(errors)}}})


def _undefined() -> httpx.Response:
    error = {"message": "Metafield definition of type 'id' is required", "extensions": {"code": "NOT_FOUND"}}
    return _shopify({"data": None, "errors": [error]})
