"""An Amazon and a Shopify in memory, at the HTTP boundary, where packages leave and things are taken back.

They enforce what the real ones do: a package is accepted once, a refund fits into what was paid, an idempotency key
is honoured. Every call has a fate: `fated` plays fates in their order, `dice` decides them where a test wants many.
What no product may do is noted in `wrong`.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from resources.clock import ManualClock

UK = "A1F83G8C2ARO7P"
SERVED = {"X-Shopify-API-Version": "2026-10", "Content-Type": "application/json; charset=utf-8"}
AMBIGUOUS = ("lost_before", "lost_after", "html_before", "html_after")
CARRIERS = frozenset({"UPS", "DPD", "Royal Mail", "DHL", "Other"})
HTML = "<html><body>Service Unavailable</body></html>"


class Killed(BaseException):
    """The process ends here, as if by SIGKILL: nothing that comes after it is done."""


def stamp(at: datetime) -> str:
    """An instant as both services write it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Package:
    """A package that Amazon has accepted."""

    carrier: str
    tracking: str
    items: dict[str, int]
    ship_at: datetime
    accepted_at: datetime


@dataclass
class OnAmazon:
    """An order as Amazon has it. `items` are units by order item id."""

    order_id: str
    created_at: datetime
    ship_by_at: datetime
    items: dict[str, int]
    skus: dict[str, str]
    fulfilled_by: str = "MERCHANT"
    cancelled: dict[str, int] = field(default_factory=dict)
    cancelled_by: str = "BUYER"
    packages: dict[str, Package] = field(default_factory=dict)
    updated_at: datetime | None = None
    shipped_by_amazon: int = 0

    def fulfilled(self, item: str) -> int:
        """Units of an item that have left."""
        if self.fulfilled_by == "AMAZON":
            return min(self.items[item], self.shipped_by_amazon)
        return sum(package.items.get(item, 0) for package in self.packages.values())

    def left(self, item: str) -> int:
        """Units of an item that are still to leave."""
        return self.items[item] - self.cancelled.get(item, 0) - self.fulfilled(item)

    @property
    def status(self) -> str:
        """How far it is."""
        if all(self.cancelled.get(item, 0) == units for item, units in self.items.items()):
            return "CANCELLED"
        if not any(self.left(item) for item in self.items):
            return "SHIPPED"
        return "PARTIALLY_SHIPPED" if any(self.fulfilled(item) for item in self.items) else "UNSHIPPED"


@dataclass
class Left:
    """A fulfillment in the shop."""

    number: int
    lines: dict[str, int]
    company: str | None
    tracking: str | None
    created_at: datetime
    updated_at: datetime
    status: str = "SUCCESS"


@dataclass
class Back:
    """A refund in the shop."""

    number: int
    note: str
    amount: Decimal
    shipping: Decimal
    lines: list[dict[str, Any]]
    processed_at: str


@dataclass
class InShop:
    """An order as the shop has it. `lines` are units by order line, `price` what one unit cost."""

    number: int
    amazon_order_id: str
    lines: dict[str, int]
    variants: dict[str, str]
    price: Decimal
    paid: Decimal
    created_at: datetime
    cancelled_at: datetime | None = None
    restocked: int = 0
    left: dict[int, Left] = field(default_factory=dict)
    back: list[Back] = field(default_factory=list)
    holds: bool = False

    @property
    def gid(self) -> str:
        """Its global id."""
        return f"gid://shopify/Order/{self.number}"

    def shipped(self, line: str) -> int:
        """Units of a line that have left."""
        return sum(each.lines.get(line, 0) for each in self.left.values() if each.status == "SUCCESS")

    def taken_off(self, line: str) -> int:
        """Units of a line that refunds took."""
        return sum(each["quantity"] for back in self.back for each in back.lines if each["lineItemId"] == line)

    def current(self, line: str) -> int:
        """Units of a line that are still on the order."""
        return 0 if self.cancelled_at else self.lines[line] - self.taken_off(line)

    def open(self, line: str) -> int:
        """Units of a line that can still leave."""
        return max(0, self.current(line) - self.shipped(line))

    @property
    def refunded(self) -> Decimal:
        """What was given back."""
        return sum((back.amount for back in self.back), Decimal(0))


class Market:
    """Both services. `trouble` is the share of calls without a clear answer, `deaths` that of calls that kill."""

    def __init__(self, clock: ManualClock, *, seed: int = 7, trouble: float = 0.0, deaths: float = 0.0) -> None:
        self.clock = clock
        self.dice = random.Random(seed)
        self.trouble = trouble
        self.deaths = deaths
        self.takes_corrections = True
        self.idempotent = True
        self.amazon: dict[str, OnAmazon] = {}
        self.shop: dict[str, InShop] = {}
        self.transactions: list[dict[str, Any]] = []
        self.keys: dict[str, dict[str, Any]] = {}
        self.fates: dict[str, list[str]] = defaultdict(list)
        self.calls: Counter[str] = Counter()
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self.accepted: Counter[tuple[str, str]] = Counter()
        self.wrong: list[str] = []
        self._numbers = iter(range(1, 100_000_000))

    def fated(self, operation: str, *fates: str) -> None:
        """What becomes of the next calls of an operation."""
        self.fates[operation] += fates

    # --- what buyers, packers and clerks do -----------------------------------------------------------------------

    def place(
        self, *units: int, fulfilled_by: str = "MERCHANT", hours: float = 48, price: str = "10.00"
    ) -> tuple[OnAmazon, InShop]:
        """Somebody orders, and it is in the shop: one item and one line for each number of units."""
        number, now = next(self._numbers), self.clock.now()
        order_id = f"202-{number:07d}-{number * 7 % 10_000_000:07d}"
        items = {f"{number}{place:02d}": each for place, each in enumerate(units, 1)}
        lines = {f"gid://shopify/LineItem/{item}": each for item, each in items.items()}
        variants = {line: f"gid://shopify/ProductVariant/{place}" for place, line in enumerate(lines, 1)}
        skus = {item: f"SKU-{place}" for place, item in enumerate(items, 1)}
        order = OnAmazon(order_id, now, now + timedelta(hours=hours), items, skus, fulfilled_by, updated_at=now)
        each_price = Decimal(price)
        booked = InShop(number, order_id, lines, variants, each_price, each_price * sum(units), now)
        self.amazon[order_id] = order
        self.shop[booked.gid] = booked
        return order, booked

    def leave(self, booked: InShop, *units: int, company: str | None = "UPS", tracking: str | None = "") -> Left:
        """A package leaves, with so many units of each line."""
        number, now = next(self._numbers) + 5_000_000_000_000, self.clock.now()
        lines = {line: each for line, each in zip(booked.lines, units, strict=False) if each}
        told = f"T{number}" if tracking == "" else tracking
        left = Left(number, lines, company, told, now, now)
        booked.left[number] = left
        return left

    def refund(self, order: OnAmazon, *amounts: tuple[str, str], deferred: bool = False, item: int = 1) -> str:
        """Amazon gives money back to a buyer: (path, amount) from the seller's side."""
        number = next(self._numbers)
        name = f"tx-{number}"
        sku = list(order.skus.values())[item - 1]
        self.transactions.append(
            {
                "transactionId": name,
                "transactionType": "Refund",
                "transactionStatus": "DEFERRED" if deferred else "RELEASED",
                "postedDate": stamp(self.clock.now()),
                "relatedIdentifiers": [{"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": order.order_id}],
                "totalAmount": money(sum((float(amount) for _, amount in amounts), 0.0)),
                "items": [
                    {
                        "contexts": [{"contextType": "ProductContext", "sku": sku}],
                        "breakdowns": [nested(path.split("/"), amount) for path, amount in amounts],
                    }
                ],
            }
        )
        return name

    # --- the wire -------------------------------------------------------------------------------------------------

    def on_amazon(self, request: httpx.Request) -> httpx.Response:
        """Amazon answers."""
        path = request.url.path
        if path == "/auth/o2/token":
            self.calls["token"] += 1
            return httpx.Response(200, json={"access_token": "t", "expires_in": 3600, "token_type": "bearer"})
        if path.endswith("/shipmentConfirmation"):
            body = json.loads(request.content)
            return self._fated("confirmShipment", lambda: self._confirm(path.split("/")[4], body), body)
        if path.startswith("/orders/2026-01-01/orders/"):
            return self._fated("getOrder", lambda: self._order(path.rpartition("/")[2]), {})
        if path == "/finances/2024-06-19/transactions":
            query = dict(request.url.params)
            return self._fated("listTransactions", lambda: self._transactions(query), query)
        raise AssertionError(f"nobody asked for {path}")

    def on_shopify(self, request: httpx.Request) -> httpx.Response:
        """The shop answers."""
        asked = json.loads(request.content)
        operation, variables = asked["operationName"], asked["variables"]
        handler: Callable[[dict[str, Any]], dict[str, Any]] = getattr(self, f"_on_{operation}")

        def answer() -> httpx.Response:
            found = handler(variables)
            body = found if "errors" in found else {"data": found}
            return httpx.Response(200, json=body, headers=SERVED)

        return self._fated(operation, answer, variables, shop=True)

    def _fated(
        self, operation: str, answer: Callable[[], httpx.Response], body: dict[str, Any], *, shop: bool = False
    ) -> httpx.Response:
        self.calls[operation] += 1
        self.bodies.append((operation, body))
        fate = self.fates[operation].pop(0) if self.fates[operation] else self._dealt(operation)
        headers = SERVED if shop else {"x-amzn-RequestId": "req-1"}
        if fate == "killed_before":
            raise Killed
        if fate == "lost_before":
            raise httpx.ReadTimeout("timed out")
        if fate == "html_before":
            return httpx.Response(503, text=HTML, headers=headers)
        if fate == "throttle":
            return self._throttled(shop=shop)
        if fate == "token":
            denied = {"errors": [{"code": "Unauthorized", "message": "Access to requested resource is denied."}]}
            return httpx.Response(403, json=denied, headers=headers)
        found = answer()
        if fate == "killed_after":
            raise Killed
        if fate == "lost_after":
            raise httpx.ReadError("reset")
        if fate == "html_after":
            return httpx.Response(503, text=HTML, headers=headers)
        return found

    def _dealt(self, operation: str) -> str:
        """Only calls that change something are cut off: of a reading, nothing is ever in doubt."""
        if operation not in ("confirmShipment", "RefundCreate", "FulfillmentCreate", "OrderCancel"):
            return ""
        cast = self.dice.random()
        if cast < self.deaths:
            return self.dice.choice(("killed_before", "killed_after"))
        return self.dice.choice(AMBIGUOUS) if cast < self.deaths + self.trouble else ""

    def _throttled(self, *, shop: bool) -> httpx.Response:
        if not shop:
            body = {"errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota", "details": ""}]}
            return httpx.Response(429, json=body)
        return httpx.Response(429, headers={**SERVED, "Retry-After": "2.0"}, json={"errors": "Throttled"})

    # --- Amazon ---------------------------------------------------------------------------------------------------

    def _confirm(self, order_id: str, body: Mapping[str, Any]) -> httpx.Response:
        order, detail = self.amazon[order_id], body["packageDetail"]
        reference, items = detail["packageReferenceId"], detail["orderItems"]
        refusal = self._refusal(order, detail)
        known = order.packages.get(reference)
        if refusal is None and known is not None:
            if known.tracking == detail["trackingNumber"] or not self.takes_corrections:
                refusal = ("InvalidInput", "PackageToUpdateNotFound: the order is already fulfilled.")
            else:
                known.tracking, known.carrier = detail["trackingNumber"], detail["carrierCode"]
                order.updated_at = self.clock.now()
                return httpx.Response(204)
        if refusal is None and any(order.left(each["orderItemId"]) < each["quantity"] for each in items):
            refusal = ("InvalidInput", "PackageToUpdateNotFound: the order is already fulfilled.")
        if refusal is not None:
            code, message = refusal
            body = {"errors": [{"code": code, "message": message, "details": ""}]}
            return httpx.Response(400, json=body, headers={"x-amzn-RequestId": "req-400"})
        now = self.clock.now()
        order.packages[reference] = Package(
            detail.get("carrierName") or detail["carrierCode"],
            detail["trackingNumber"],
            {each["orderItemId"]: each["quantity"] for each in items},
            datetime.fromisoformat(detail["shipDate"]),
            now,
        )
        order.updated_at = now
        self.accepted[order_id, reference] += 1
        if self.accepted[order_id, reference] > 1:
            self.wrong.append(f"package {reference} of {order_id} was accepted twice")
        return httpx.Response(204, headers={"x-amzn-RequestId": "req-204"})

    def _refusal(self, order: OnAmazon, detail: Mapping[str, Any]) -> tuple[str, str] | None:
        shipped_at = datetime.fromisoformat(detail["shipDate"])
        if not (detail["packageReferenceId"].isdigit() and int(detail["packageReferenceId"]) > 0):
            return "InvalidInput", "packageReferenceId must be a positive number"
        if detail["carrierCode"] not in CARRIERS:
            return "InvalidInput", f"carrierCode {detail['carrierCode']} is not valid"
        if (detail["carrierCode"] == "Other") != ("carrierName" in detail):
            return "InvalidInput", "carrierName goes with Other"
        if not order.created_at - timedelta(seconds=1) <= shipped_at <= self.clock.now():
            return "InvalidInput", "shipDate must lie between the order and now"
        if order.status == "CANCELLED":
            return "InvalidInput", "The order is cancelled"
        return None

    def _order(self, order_id: str) -> httpx.Response:
        return httpx.Response(200, json={"order": self.body(self.amazon[order_id])})

    def body(self, order: OnAmazon) -> dict[str, Any]:
        """An order as Amazon tells it."""
        return {
            "orderId": order.order_id,
            "createdTime": stamp(order.created_at),
            "lastUpdatedTime": stamp(order.updated_at or order.created_at),
            "salesChannel": {"channelName": "AMAZON", "marketplaceId": UK, "marketplaceName": "Amazon.co.uk"},
            "fulfillment": {
                "fulfillmentStatus": order.status,
                "fulfilledBy": order.fulfilled_by,
                "shipByWindow": {"latestDateTime": stamp(order.ship_by_at)},
            },
            "orderItems": [self._item(order, item) for item in order.items],
            "packages": [
                {
                    "packageReferenceId": reference,
                    "createdTime": stamp(package.accepted_at),
                    "shipTime": stamp(package.ship_at),
                    "carrier": package.carrier,
                    "trackingNumber": package.tracking,
                    "packageStatus": {"status": "SHIPPED"},
                    "packageItems": [{"orderItemId": item, "quantity": units} for item, units in package.items.items()],
                }
                for reference, package in order.packages.items()
            ],
        }

    def _item(self, order: OnAmazon, item: str) -> dict[str, Any]:
        told: dict[str, Any] = {
            "orderItemId": item,
            "quantityOrdered": order.items[item],
            "product": {
                "sellerSku": order.skus[item],
                "price": {"unitPrice": {"amount": "10.00", "currencyCode": "GBP"}},
            },
            "proceeds": {"proceedsTotal": {"amount": f"{10 * order.items[item]}.00", "currencyCode": "GBP"}},
            "fulfillment": {
                "quantityFulfilled": order.fulfilled(item),
                "quantityUnfulfilled": max(0, order.left(item)),
            },
        }
        if order.cancelled.get(item):
            told["cancellation"] = {"cancellationExecution": {"cancelledBy": order.cancelled_by}}
        return told

    def _transactions(self, query: Mapping[str, str]) -> httpx.Response:
        since = datetime.fromisoformat(query["postedAfter"])
        until = datetime.fromisoformat(query["postedBefore"])
        if until - since > timedelta(days=180):
            self.wrong.append("a window of more than 180 days was asked for")
        found = [
            each
            for each in self.transactions
            if since <= datetime.fromisoformat(each["postedDate"]) < until
            and query.get("transactionStatus") in (None, each["transactionStatus"])
        ]
        return httpx.Response(200, json={"payload": {"transactions": found}})

    # --- the shop -------------------------------------------------------------------------------------------------

    def _on_FulfillmentState(self, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - as the documents are named
        booked = self.shop.get(variables["id"])
        if booked is None:
            return {"order": None}
        open_lines = [(line, booked.open(line)) for line in booked.lines]
        return {
            "order": {
                "id": booked.gid,
                "cancelledAt": None if booked.cancelled_at is None else stamp(booked.cancelled_at),
                "fulfillments": [_left(each) for each in booked.left.values()],
                "fulfillmentOrders": page(
                    {
                        "id": f"gid://shopify/FulfillmentOrder/{booked.number}",
                        "status": "ON_HOLD" if booked.holds else "OPEN",
                        "assignedLocation": {"location": {"id": "gid://shopify/Location/1"}},
                        "lineItems": page(
                            *(
                                {
                                    "id": f"gid://shopify/FulfillmentOrderLineItem/{line.rpartition('/')[2]}",
                                    "remainingQuantity": units,
                                    "lineItem": {"id": line},
                                }
                                for line, units in open_lines
                            )
                        ),
                    }
                ),
            }
        }

    def _on_FulfillmentCreate(self, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        given = variables["fulfillment"]
        if given["notifyCustomer"]:
            self.wrong.append("a buyer was told")
        [group] = given["lineItemsByFulfillmentOrder"]
        booked = self.shop[f"gid://shopify/Order/{group['fulfillmentOrderId'].rpartition('/')[2]}"]
        wanted = {
            f"gid://shopify/LineItem/{line['id'].rpartition('/')[2]}": line["quantity"]
            for line in group["fulfillmentOrderLineItems"]
        }
        if any(booked.open(line) < units for line, units in wanted.items()):
            message = "Fulfillment order has an unfulfillable status= closed."
            return {"fulfillmentCreate": {"fulfillment": None, "userErrors": [{"field": None, "message": message}]}}
        told = given.get("trackingInfo", {})
        left = Left(
            next(self._numbers), wanted, told.get("company"), told.get("number"), self.clock.now(), self.clock.now()
        )
        booked.left[left.number] = left
        made = {"id": f"gid://shopify/Fulfillment/{left.number}", "status": "SUCCESS"}
        return {"fulfillmentCreate": {"fulfillment": made, "userErrors": []}}

    def _on_MoneyState(self, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        booked = self.shop.get(variables["id"])
        if booked is None:
            return {"order": None}
        sale = {
            "id": f"gid://shopify/OrderTransaction/{booked.number}",
            "kind": "SALE",
            "status": "SUCCESS",
            "gateway": "Amazon",
        }
        return {
            "order": {
                "id": booked.gid,
                "cancelledAt": None if booked.cancelled_at is None else stamp(booked.cancelled_at),
                "transactions": [sale] if booked.paid else [],
                "refunds": [{"id": f"gid://shopify/Refund/{back.number}", "note": back.note} for back in booked.back],
                "lineItems": page(
                    *(
                        {
                            "id": line,
                            "quantity": units,
                            "currentQuantity": booked.current(line),
                            "unfulfilledQuantity": booked.open(line),
                        }
                        for line, units in booked.lines.items()
                    )
                ),
            }
        }

    def _on_SuggestedRefund(self, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        booked = self.shop[variables["id"]]
        amount = booked.price * sum(line["quantity"] for line in variables["lines"])
        told = {"presentmentMoney": {"amount": str(amount), "currencyCode": "GBP"}}
        return {"order": {"id": booked.gid, "suggestedRefund": {"amountSet": told}}}

    def _on_RefundCreate(self, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        given, key = variables["input"], variables["key"]
        if self.idempotent and key in self.keys:
            return self.keys[key]
        booked = self.shop[given["orderId"]]
        amount = sum((Decimal(each["amount"]) for each in given["transactions"]), Decimal(0))
        wrong = None
        if booked.refunded + amount > booked.paid:
            wrong = "The sum of the refunds is more than was paid."
        elif any(booked.current(line["lineItemId"]) < line["quantity"] for line in given["refundLineItems"]):
            wrong = "Quantity cannot refund more items than were purchased"
        if wrong:
            return {"refundCreate": {"refund": None, "userErrors": [{"field": None, "message": wrong}]}}
        if any(back.note == given["note"] for back in booked.back):
            self.wrong.append(f"{given['note']} was recorded twice")
        back = Back(
            next(self._numbers),
            given["note"],
            amount,
            Decimal(given.get("shipping", {}).get("amount", 0)),
            given["refundLineItems"],
            given["processedAt"],
        )
        booked.back.append(back)
        restocks = (line["quantity"] for line in back.lines if line["restockType"] != "NO_RESTOCK")
        booked.restocked += sum(restocks)
        made = {"id": f"gid://shopify/Refund/{back.number}", "note": back.note}
        self.keys[key] = {"refundCreate": {"refund": made, "userErrors": []}}
        return self.keys[key]

    def _on_OrderCancel(self, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        booked = self.shop[variables["orderId"]]
        if booked.cancelled_at is not None or any(booked.shipped(line) for line in booked.lines):
            refused = [{"code": "INVALID", "field": ["orderId"], "message": "Cannot cancel the order."}]
            return {"orderCancel": {"job": None, "orderCancelUserErrors": refused}}
        if variables["restock"]:
            booked.restocked += sum(booked.current(line) for line in booked.lines)
        booked.cancelled_at = self.clock.now()
        job = {"id": f"gid://shopify/Job/{booked.number}", "done": False}
        return {"orderCancel": {"job": job, "orderCancelUserErrors": []}}


def money(amount: float) -> dict[str, Any]:
    """Amazon's amount: a number, as JSON has them."""
    return {"currencyAmount": round(amount, 2), "currencyCode": "GBP"}


def nested(path: list[str], amount: str) -> dict[str, Any]:
    """An amount under its headings."""
    below = [nested(path[1:], amount)] if len(path) > 1 else []
    return {"breakdownType": path[0], "breakdownAmount": money(float(amount)), "breakdowns": below}


def page(*nodes: Mapping[str, Any]) -> dict[str, Any]:
    """A connection that fits on one page."""
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": False, "endCursor": None}}


def _left(left: Left) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Fulfillment/{left.number}",
        "status": left.status,
        "trackingInfo": [{"company": left.company, "number": left.tracking, "url": None}],
        "fulfillmentLineItems": page(
            *(
                {"id": f"gid://shopify/FulfillmentLineItem/{place}", "quantity": units, "lineItem": {"id": line}}
                for place, (line, units) in enumerate(left.lines.items(), 1)
            )
        ),
    }
