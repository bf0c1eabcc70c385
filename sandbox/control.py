"""The control door under /sandbox: the clock, the answer key, the request log, faults, and a person at each system.

Goods (bodies are JSON):
  POST /sandbox/amazon/quantity          {"sku": "007-ROPE", "quantity": 5, "region": "eu"}: typed in Seller Central
  GET  /sandbox/amazon/listing?region=&sku=
  POST /sandbox/amazon/listing           {"sku", "region"} with "mend": true (what is planted at the listing ends),
      "fulfilled_by": "MERCHANT" or "AMAZON" (converted to one way only), or "delete": true
  POST /sandbox/amazon/settlement_trouble
  POST /sandbox/amazon/settlements/{id}/correct    a file of it that is right comes under a new report
  GET  /sandbox/shopify/variants?sku=
  POST /sandbox/shopify/variants         {"sku" or "item_id" or "variant_id"} with "new_sku": "…" or "tracked": true
  GET  /sandbox/shopify/stock?sku= or ?item_id=
  POST /sandbox/shopify/stock            {"sku" or "item_id", "location": "Manchester", "available": 9}: counted

Orders, beside what each method says (bodies are JSON, every field optional unless the text needs it):
  POST /sandbox/amazon/orders            {"sku": "007-ROPE", "units": 2, "region": "eu", "country": "DE",
      "status": "UNSHIPPED", "minutes_ago": 30, "ship_by_hours": 5, "address": false, "echo": true, "tip": "1.00",
      "takes_stock": false} or with "items": [{"sku", "units", "price" (of one), "shipping", "gift_wrap", "promotion",
      "shipping_promotion", "tax", "shipping_tax", "gift_wrap_tax", "collected_by_amazon", "promotion_ids",
      "gift_message", "gift_level", "points", "unlisted", "title"}, …]; "address" is false for none, a number for a
      person, or the fields of Amazon's address
  GET  /sandbox/amazon/orders/{id}
  POST /sandbox/amazon/orders/{id}/release | key-in | release-money (deferred becomes DEFERRED_RELEASED)
  POST /sandbox/amazon/orders/{id}/ship            {"sku", "units"}: a part of it, or all that is left
  POST /sandbox/amazon/orders/{id}/cancel          {"by": "AMAZON", "reason": "…"}
  POST /sandbox/amazon/orders/{id}/cancel-units    {"sku", "units": 1, "by": "BUYER"}
  POST /sandbox/amazon/orders/{id}/request-cancel  {"sku", "reason"}: the buyer asks, nothing is cancelled
  POST /sandbox/amazon/orders/{id}/change          {"address": 4711, "sku", "quantity": 1, "status", "ship_by_hours"}
  POST /sandbox/amazon/orders/{id}/refund          {"full": true} or {"sku", "units": 1, "shipping": true or "1.50",
      "goodwill": "2.00", "deferred": true, "minutes_ago": 5}
  POST /sandbox/amazon/finances                    {"lag_hours": 48, "page": 20, "region": "eu"}
  GET  /sandbox/shopify/orders?source_identifier=&tag=   and /sandbox/shopify/orders/{name, id or Amazon order id}
  POST /sandbox/shopify/orders/{name}/ship         {"carrier": "DHL", "tracking": "…" or ["…", "…"], "sku", "units": 1}
  POST /sandbox/shopify/orders/{name}/track        {"fulfillment": 5200000000001, "carrier", "tracking"}
  POST /sandbox/shopify/orders/{name}/unship       {"fulfillment"}: the fulfillment is cancelled
  POST /sandbox/shopify/orders/{name}/cancel       {"restock": true, "refund": true, "reason": "CUSTOMER", "note"}
  POST /sandbox/shopify/orders/{name}/refund       {"full": true} or {"sku", "units": 1, "restock": "RETURN",
      "shipping": "3.99", "amount": "10.00", "note"}
  POST /sandbox/shopify/orders/{name}/reprice      {"sku", "price": "24.00" (of a piece), "add_shipping": "4.50",
      "add_tax": "3.10", "add_discount": "1.50"}: what the order costs is edited
  POST /sandbox/shopify/settings                   {"orders_per_minute": 5, "search_lag_seconds": 10,
      "currencies": ["GBP"], "unique_marks": false, "job_seconds": 1}
  POST /sandbox/trading                            {"keyed_by_hand": false}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.amazon.quantities import edit_in_seller_central
from sandbox.brand import Brand
from sandbox.control_goods import GoodsDesk
from sandbox.control_orders import OrderDesk
from sandbox.faults import KINDS, add_fault
from sandbox.settlement_trouble import plant_settlement_trouble
from sandbox.trade import Trade
from sandbox.world import AmazonAccount, AmazonOrder, Variant, World


class Mistake(Exception):
    """What the caller asked for cannot be done; the message says why."""


class Control:
    """Answers /sandbox."""

    def __init__(self, world: World, brand: Brand, trade: Trade) -> None:
        self.world = world
        self.brand = brand
        self.trade = trade
        self.desk = OrderDesk(world, brand, trade)
        self.goods = GoodsDesk(world)

    def routes(self) -> list[Route]:
        """Every route of the door."""
        return [
            self._route("/sandbox/state", ["GET"], self.state),
            self._route("/sandbox/clock", ["GET"], self.clock),
            self._route("/sandbox/clock", ["POST"], self.set_clock),
            self._route("/sandbox/answers", ["GET"], self.answers),
            self._route("/sandbox/requests", ["GET"], self.requests),
            self._route("/sandbox/faults", ["GET"], self.faults),
            self._route("/sandbox/faults", ["POST"], self.add_fault),
            self._route("/sandbox/faults", ["DELETE"], self.clear_faults),
            self._route("/sandbox/faults/{id:int}", ["DELETE"], self.clear_fault),
            self._route("/sandbox/trading", ["GET"], self.trading),
            self._route("/sandbox/trading", ["POST"], self.set_trading),
            self._route("/sandbox/amazon/quantity", ["POST"], self.edit_quantity),
            self._route("/sandbox/amazon/listing", ["GET"], self.listing),
            self._route("/sandbox/amazon/listing", ["POST"], self.edit_listing),
            self._route("/sandbox/amazon/settlements/{id}/correct", ["POST"], self.correct_settlement),
            self._route("/sandbox/shopify/variants", ["GET"], self.variants),
            self._route("/sandbox/shopify/variants", ["POST"], self.edit_variant),
            self._route("/sandbox/amazon/orders", ["POST"], self.order),
            self._route("/sandbox/amazon/orders/{id}", ["GET"], self.amazon_order),
            self._route("/sandbox/amazon/orders/{id}/{step}", ["POST"], self.order_step),
            self._route("/sandbox/amazon/finances", ["POST"], self.finances),
            self._route("/sandbox/shopify/orders", ["GET"], self.shop_orders),
            self._route("/sandbox/shopify/orders/{name}", ["GET"], self.shop_order),
            self._route("/sandbox/shopify/orders/{name}/{step}", ["POST"], self.shop_step),
            self._route("/sandbox/shopify/settings", ["GET"], self.settings),
            self._route("/sandbox/shopify/settings", ["POST"], self.settings),
            self._route("/sandbox/amazon/settlement_trouble", ["POST"], self.settlement_trouble),
            self._route("/sandbox/shopify/stock", ["GET"], self.stock),
            self._route("/sandbox/shopify/stock", ["POST"], self.set_stock),
        ]

    def _route(self, path: str, methods: list[str], answer: Callable[[Request, dict[str, Any]], Any]) -> Route:
        async def endpoint(request: Request) -> JSONResponse:
            try:
                body = _object(await request.json() if await request.body() else {})
                with self.world.lock:
                    self.world.catch_up()
                    return JSONResponse(readable(answer(request, body)))
            except (Mistake, ValueError, TypeError) as mistake:
                return JSONResponse({"error": str(mistake)}, status_code=400)
            except KeyError as missing:
                return JSONResponse({"error": f"{missing.args[0]!r} is missing or unknown"}, status_code=400)

        return Route(path, endpoint, methods=methods)

    def state(self, _request: Request, _body: dict[str, Any]) -> dict[str, Any]:
        """A summary of the world."""
        shop = self.world.shop
        return {
            "seed": self.world.seed,
            **self._time(),
            "orders_per_hour": self.trade.orders_per_hour,
            "shopify": {
                "domain": shop.domain,
                "variants": len(shop.variants),
                "locations": [place.name for place in shop.locations.values()],
                "orders": len(shop.orders),
                "subscriptions": len(shop.subscriptions),
            },
            "amazon": {region: _account_summary(account) for region, account in self.world.accounts.items()},
            "requests": self.world.requests[-1].seq if self.world.requests else 0,
            "faults": len(self.world.faults),
            "answers": len(self.world.answers),
        }

    def _time(self) -> dict[str, Any]:
        return {"now": self.world.now(), "speed": self.world.clock.speed}

    def clock(self, _request: Request, _body: dict[str, Any]) -> dict[str, Any]:
        """The present and how many seconds of it pass in one of the wall clock."""
        return self._time()

    def set_clock(self, _request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Jump ahead by `advance` seconds, or run at another `speed`; what falls due meanwhile happens."""
        if not body.keys() & {"advance", "speed"}:
            raise Mistake("expected advance (seconds) or speed (a factor)")
        if "advance" in body:
            self.world.clock.advance(float(body["advance"]))
        if "speed" in body:
            self.world.clock.set_speed(float(body["speed"]))
        self.world.catch_up()
        return self._time()

    def answers(self, _request: Request, _body: dict[str, Any]) -> list[dict[str, Any]]:
        """The answer key: what has been planted so far."""
        return [asdict(planted) for planted in self.world.answers]

    def settlement_trouble(self, _request: Request, _body: dict[str, Any]) -> list[dict[str, Any]]:
        """Plant trouble in the settlements of the first account and answer what was planted."""
        return [asdict(planted) for planted in plant_settlement_trouble(self.brand)]

    def requests(self, request: Request, _body: dict[str, Any]) -> list[dict[str, Any]]:
        """The calls after number `since`, oldest first; of one service, operation, outcome or subject when named."""
        since = int(request.query_params.get("since", 0))
        wanted = {name: request.query_params.get(name) for name in ("service", "operation", "outcome", "subject")}
        return [
            asdict(record)
            for record in self.world.requests
            if record.seq > since
            and all(value is None or getattr(record, name) == value for name, value in wanted.items())
        ]

    def faults(self, _request: Request, _body: dict[str, Any]) -> dict[str, Any]:
        """The faults that are on, and every kind there is."""
        return {"on": [asdict(fault) for fault in self.world.faults.values()], "kinds": KINDS}

    def add_fault(self, _request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Switch a fault on: {match, kind, times?, probability?, params?}."""
        fault = add_fault(
            self.world,
            match=str(body.get("match", "*")),
            kind=str(body["kind"]),
            times=body.get("times"),
            probability=float(body.get("probability", 1.0)),
            params=body.get("params"),
        )
        return asdict(fault)

    def clear_faults(self, _request: Request, _body: dict[str, Any]) -> dict[str, Any]:
        """Switch every fault off."""
        count = len(self.world.faults)
        self.world.faults.clear()
        return {"removed": count}

    def clear_fault(self, request: Request, _body: dict[str, Any]) -> dict[str, Any]:
        """Switch one fault off."""
        removed = self.world.faults.pop(int(request.path_params["id"]), None)
        return {"removed": int(removed is not None)}

    def trading(self, _request: Request, _body: dict[str, Any]) -> dict[str, Any]:
        """Whether buyers order, and how many orders an hour."""
        return {
            "on": self.trade.orders_per_hour > 0,
            "orders_per_hour": self.trade.orders_per_hour,
            "keyed_by_hand": self.trade.keyed_by_hand,
        }

    def set_trading(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Trade at another rate, {orders_per_hour}, or stop and go on: {on}. Orders under way are not stopped.

        {keyed_by_hand} says whether the staff type Amazon orders into Shopify: not where a product imports them.
        """
        if "keyed_by_hand" in body:
            self.trade.keyed_by_hand = bool(body["keyed_by_hand"])
            if not body.keys() & {"orders_per_hour", "on"}:
                return self.trading(request, body)
        if "orders_per_hour" in body:
            self.trade.set_rate(float(body["orders_per_hour"]))
        elif body["on"]:
            self.trade.resume()
        else:
            self.trade.pause()
        return self.trading(request, body)

    def _account(self, region: str) -> AmazonAccount:
        if region not in self.world.accounts:
            raise Mistake(f"region {region!r} is unknown; this sandbox has {', '.join(self.world.accounts)}")
        return self.world.accounts[region]

    def edit_quantity(self, _request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """A person types a quantity in Seller Central: {region, sku, quantity}."""
        account = self._account(body.get("region", self.brand.first_region))
        before = edit_in_seller_central(self.world, account, body["sku"], int(body["quantity"]))
        return {"before": before, "quantity": account.listings[body["sku"]].quantity}

    def listing(self, request: Request, _body: dict[str, Any]) -> dict[str, Any]:
        """The truth about a listing: ?region=&sku=."""
        account = self._account(request.query_params.get("region", self.brand.first_region))
        return asdict(account.listings[request.query_params["sku"]])

    def edit_listing(self, _request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """A person mends, converts or deletes a listing in Seller Central."""
        return self.goods.edit_listing(self._account(body.get("region", self.brand.first_region)), body)

    def correct_settlement(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Amazon makes a settlement's file anew, and right."""
        account = self._account(body.get("region", self.brand.first_region))
        return self.goods.correct_settlement(account, request.path_params["id"])

    def variants(self, request: Request, _body: dict[str, Any]) -> list[dict[str, Any]]:
        """The variants that carry ?sku=."""
        return self.goods.variants(request.query_params["sku"])

    def edit_variant(self, _request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """A person edits a variant in Shopify."""
        return self.goods.edit_variant(body)

    def order(self, _request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """A buyer orders on Amazon. Nothing more happens to the order by itself."""
        region = body.get("region", self.brand.first_region)
        return self.desk.place(region, self._account(region), body)

    def amazon_order(self, request: Request, _body: dict[str, Any]) -> dict[str, Any]:
        """The truth about an Amazon order."""
        return self.desk.amazon_order(self._amazon_order(request.path_params["id"])[2])

    def _amazon_order(self, number: str) -> tuple[str, AmazonAccount, AmazonOrder]:
        for region, account in self.world.accounts.items():
            if number in account.orders:
                return region, account, account.orders[number]
        raise Mistake(f"no account has the order {number}")

    def order_step(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Take an Amazon order a step on."""
        region, account, order = self._amazon_order(request.path_params["id"])
        done = self.desk.amazon_step(region, account, order, request.path_params["step"], body)
        return {"done": done, "status": order.status}

    def finances(self, _request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """How late Amazon's transactions are told: {lag_hours?, page?, region?}."""
        return self.desk.money_lag(self._account(body.get("region", self.brand.first_region)), body)

    def shop_order(self, request: Request, _body: dict[str, Any]) -> dict[str, Any]:
        """The truth about an order of the shop."""
        return self.desk.shop_view(self.desk.shop_order(request.path_params["name"]))

    def shop_orders(self, request: Request, _body: dict[str, Any]) -> list[dict[str, Any]]:
        """Orders of the shop, oldest first: ?source_identifier= and ?tag= narrow them down."""
        source, tag = request.query_params.get("source_identifier"), request.query_params.get("tag")
        return [
            self.desk.shop_view(order)
            for order in self.world.shop.orders.values()
            if (source is None or order.source_identifier == source) and (tag is None or tag in order.tags)
        ]

    def shop_step(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """A person ships, corrects tracking, cancels, refunds or edits in Shopify."""
        order = self.desk.shop_order(request.path_params["name"])
        if request.path_params["step"] == "reprice":
            self.goods.reprice(order, body)
        else:
            self.desk.shop_step(order, request.path_params["step"], body)
        return self.desk.shop_view(order)

    def settings(self, _request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """How the shop behaves; POST changes what is named."""
        return self.desk.settings(body)

    def _variant(self, sku: str | None, item_id: int | None) -> Variant:
        for variant in self.world.shop.variants.values():
            if variant.item_id == item_id or (item_id is None and variant.sku == sku):
                return variant
        raise Mistake(f"Shopify has no variant with sku {sku!r}, item_id {item_id!r}")

    def stock(self, request: Request, _body: dict[str, Any]) -> dict[str, Any]:
        """The truth about a variant's stock: ?sku= or ?item_id=, units available per location."""
        number = request.query_params.get("item_id")
        variant = self._variant(request.query_params.get("sku"), int(number) if number else None)
        names = {place.id: place.name for place in self.world.shop.locations.values()}
        levels = [level for key, level in self.world.shop.levels.items() if key[0] == variant.item_id]
        return {
            "item_id": variant.item_id,
            "tracked": variant.tracked,
            "pool": self.brand.available(variant),
            "available": {names[level.location_id]: level.available for level in levels},
        }

    def set_stock(self, _request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """A person counts stock in Shopify: {sku or item_id, location (a name), available}."""
        variant = self._variant(body.get("sku"), body.get("item_id"))
        name = body.get("location", "Manchester")
        if name not in self.brand.locations:
            raise Mistake(f"location {name!r} is unknown; this shop has {', '.join(self.brand.locations)}")
        place = self.brand.locations[name]
        before = self.world.level(variant.item_id, place).available
        self.world.set_available(variant.item_id, place, int(body["available"]))
        return {"item_id": variant.item_id, "before": before, "available": int(body["available"])}


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Mistake("the body is not a JSON object")
    return body


def _account_summary(account: AmazonAccount) -> dict[str, Any]:
    return {
        "seller_id": account.seller_id,
        "marketplaces": account.marketplace_ids,
        "listings": len(account.listings),
        "orders": dict(Counter(order.status for order in account.orders.values())),
    }


def readable(value: Any) -> Any:
    """A value as JSON can hold it: instants in ISO 8601, amounts as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(name): readable(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [readable(each) for each in value]
    return value
