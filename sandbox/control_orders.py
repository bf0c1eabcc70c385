"""The part of the control door that handles orders: Amazon's own doings, and the staff at the shop's back office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox import order_money as sums
from sandbox.amazon.finances import moves_of, refund_order
from sandbox.amazon.ordering import cancel, cancel_units, release, ship, shipped
from sandbox.amazon.orders import STATUSES
from sandbox.amazon.special import address_of, item_named, place_special
from sandbox.amazon.state import state_of
from sandbox.brand import Brand
from sandbox.order_life import CannotBe, TakenBack, fulfill, refund, refund_payment, retrack, unfulfill
from sandbox.order_life import cancel as cancel_in_shop
from sandbox.order_records import Fulfillment, Tracking
from sandbox.shopkeeping import parcel
from sandbox.trade import Trade
from sandbox.world import AmazonAccount, AmazonOrder, ShopOrder, ShopOrderLine, World

Told = Mapping[str, Any]
AMAZON_STEPS = (
    "release",
    "ship",
    "cancel",
    "key-in",
    "change",
    "cancel-units",
    "request-cancel",
    "refund",
    "release-money",
)
SHOP_STEPS = ("ship", "track", "unship", "cancel", "refund")


class OrderDesk:
    """Carries out what the door is told of orders. Raises ValueError and KeyError for what cannot be."""

    def __init__(self, world: World, brand: Brand, trade: Trade) -> None:
        self.world = world
        self.brand = brand
        self.trade = trade

    def place(self, region: str, account: AmazonAccount, told: Told) -> dict[str, Any]:
        """A buyer orders on Amazon."""
        country = str(told.get("country", self.brand.plan.marketplaces[region][0]))
        order = place_special(self.world, account, country, told)
        return self.amazon_order(order)

    def amazon_order(self, order: AmazonOrder) -> dict[str, Any]:
        """An Amazon order as it is, without its buyer."""
        return {
            "id": order.id,
            "status": order.status,
            "created_at": order.created_at,
            "updated_at": order.updated_at,
            "marketplace_id": order.marketplace_id,
            "currency": order.currency,
            "items": [
                {"id": item.id, "sku": item.sku, "units": item.quantity, "shipped": item.shipped, "left": item.left}
                for item in order.items
            ],
            "packages": [asdict(package) for package in order.packages.values()],
        }

    def amazon_step(self, region: str, account: AmazonAccount, order: AmazonOrder, step: str, told: Told) -> bool:
        """Take an Amazon order a step on; False where its state does not allow it."""
        if step == "release":
            return release(self.world, order)
        if step == "ship":
            return self._ship(account, order, told)
        if step == "cancel":
            by, reason = str(told.get("by", "BUYER")), str(told.get("reason", "Changed mind"))
            return cancel(self.world, account, order, by=by, reason=reason)
        if step == "key-in":
            return self.trade.key_in(region, order) is not None
        if step == "change":
            self._change(order, told)
        elif step == "cancel-units":
            item = item_named(order, told)
            by, reason = str(told.get("by", "BUYER")), str(told.get("reason", "Changed mind"))
            cancel_units(self.world, account, order, {item.id: int(told.get("units", 1))}, by=by, reason=reason)
        elif step == "request-cancel":
            item_named(order, told).cancel_request = str(told.get("reason", "No longer needed"))
            order.updated_at = self.world.now()
        elif step == "refund":
            self._refund_on_amazon(account, order, told)
        elif step == "release-money":
            return self._release_money(account, order)
        else:
            raise ValueError(f"step {step!r} is unknown; expected {', '.join(AMAZON_STEPS)}")
        return True

    def _ship(self, account: AmazonAccount, order: AmazonOrder, told: Told) -> bool:
        if "units" not in told:
            return ship(self.world, account, order)
        item, units = item_named(order, told), int(told["units"])
        if order.status not in ("UNSHIPPED", "PARTIALLY_SHIPPED") or not 0 < units <= item.left:
            return False
        item.shipped += units
        shipped(self.world, order)
        return True

    def _change(self, order: AmazonOrder, told: Told) -> None:
        if "address" in told:
            order.address = address_of(told["address"])
        if "quantity" in told:
            item = item_named(order, told)
            if int(told["quantity"]) < item.shipped + item.cancelled:
                raise ValueError(f"quantity is {told['quantity']}, but {item.shipped} units have left")
            item.quantity = int(told["quantity"])
        if "status" in told:
            if told["status"] not in STATUSES:
                raise ValueError(f"status is {told['status']!r}, expected one of {', '.join(STATUSES)}")
            order.status = str(told["status"])
        if "ship_by_hours" in told:
            order.ship_by = self.world.now() + timedelta(hours=float(told["ship_by_hours"]))
        order.updated_at = self.world.now()

    def _refund_on_amazon(self, account: AmazonAccount, order: AmazonOrder, told: Told) -> None:
        if told.get("full"):
            units = {item.id: item.quantity - item.cancelled for item in order.items}
        elif "units" in told:
            units = {item_named(order, told).id: int(told["units"])}
        else:
            units = {}
        refund_order(
            self.world,
            account,
            order,
            units,
            shipping=bool(told.get("full") or told.get("shipping") is True),
            shipping_amount=Decimal(str(told["shipping"])) if isinstance(told.get("shipping"), str) else Decimal(0),
            goodwill=Decimal(str(told.get("goodwill", 0))),
            at=self.world.now() - timedelta(minutes=float(told.get("minutes_ago", 0))),
            deferred=bool(told.get("deferred")),
        )

    def _release_money(self, account: AmazonAccount, order: AmazonOrder) -> bool:
        now = self.world.now()
        held = [
            move
            for move in moves_of(account).values()
            if move.order_id == order.id and move.deferred_until is not None and move.deferred_until > now
        ]
        for move in held:
            move.deferred_until = now
        return bool(held)

    def money_lag(self, account: AmazonAccount, told: Told) -> dict[str, Any]:
        """How late listTransactions is, and how many transactions a page has."""
        state = state_of(self.world, account)
        if "lag_hours" in told:
            state.finances_lag = timedelta(hours=float(told["lag_hours"]))
        if "page" in told:
            state.finances_page = int(told["page"])
        return {"lag_hours": state.finances_lag / timedelta(hours=1), "page": state.finances_page}

    def shop_order(self, name: str) -> ShopOrder:
        """The shop's order that an id, a name, or the Amazon order id it was made of tells. The newest of several."""
        found = [
            order
            for order in self.world.shop.orders.values()
            if name in (str(order.id), order.name, order.name.removeprefix("#"), order.source_identifier)
        ]
        if not found:
            raise ValueError(f"the shop has no order {name!r}; expected an id, a name or a source identifier")
        return found[-1]

    def shop_view(self, order: ShopOrder) -> dict[str, Any]:
        """A shop order as it is, without its buyer."""
        return {
            "id": f"gid://shopify/Order/{order.id}",
            "name": order.name,
            "source_identifier": order.source_identifier,
            "source_name": order.source_name,
            "tags": order.tags,
            "created_at": order.created_at,
            "processed_at": order.processed_at,
            "cancelled_at": order.cancelled_at,
            "currency": order.currency,
            "financial_status": order.financial_status,
            "fulfillment_status": order.fulfillment_status,
            "total": sums.total(order),
            "current_total": sums.current_total(order),
            "received": sums.received(order),
            "refunded": sums.refunded(order),
            "metafields": {f"{space}.{key}": each.value for (space, key), each in order.metafields.items()},
            "lines": [
                {
                    "id": line.id,
                    "sku": line.sku,
                    "quantity": line.quantity,
                    "current": line.current_quantity,
                    "fulfilled": line.fulfilled,
                    "unit_price": line.unit_price,
                }
                for line in order.lines
            ],
            "fulfillments": [
                {
                    "id": each.id,
                    "status": each.status,
                    "units": sum(line.quantity for line in each.lines),
                    "tracking": [asdict(one) for one in each.tracking],
                    "told_buyer": each.told_buyer,
                }
                for each in order.fulfillments
            ],
            "refunds": [
                {
                    "id": each.id,
                    "note": each.note,
                    "paid_back": each.paid_back,
                    "shipping": each.shipping,
                    "processed_at": each.processed_at,
                    "units": {line.line_id: (line.quantity, line.restock_type) for line in each.lines},
                }
                for each in order.refunds
            ],
        }

    def shop_step(self, order: ShopOrder, step: str, told: Told) -> None:
        """A person at the shop's back office ships, corrects tracking, cancels or refunds."""
        try:
            if step == "ship":
                self._ship_in_shop(order, told)
            elif step == "track":
                retrack(self.world, order, _chosen(order, told), _tracking(told))
            elif step == "unship":
                unfulfill(self.world, order, _chosen(order, told))
            elif step == "cancel":
                cancel_in_shop(
                    self.world,
                    order,
                    restock=bool(told.get("restock", True)),
                    gives_back=bool(told.get("refund", True)),
                    reason=str(told.get("reason", "CUSTOMER")),
                    note=told.get("note"),
                )
            elif step == "refund":
                self._refund_in_shop(order, told)
            else:
                raise ValueError(f"step {step!r} is unknown; expected {', '.join(SHOP_STEPS)}")
        except CannotBe as reason:
            raise ValueError(f"Shopify says: {reason}") from None

    def _ship_in_shop(self, order: ShopOrder, told: Told) -> None:
        """Ship all that is left, or `units` of the line that `sku` names; `tracking` lists several packages of one."""
        wanted: dict[int, dict[int, int]] = {}
        line = _line(order, told["sku"]) if "sku" in told else None
        left = int(told["units"]) if "units" in told else None
        for chosen in order.fulfillment_orders:
            for share in chosen.lines if chosen.is_open else ():
                if line is not None and share.line_id != line.id:
                    continue
                some = share.remaining if left is None else min(share.remaining, left)
                left = None if left is None else left - some
                if some:
                    wanted.setdefault(chosen.id, {})[share.id] = some
        if not wanted or left:
            raise ValueError(f"order {order.name} has not that much left to ship")
        tracking = _tracking(told) or [parcel(order)]
        told_buyer = bool(told.get("notify", True))
        for number, shares in wanted.items():
            fulfill(self.world, order, {number: shares}, tracking=tracking, told_buyer=told_buyer)

    def _refund_in_shop(self, order: ShopOrder, told: Told) -> None:
        restock = str(told.get("restock", "NO_RESTOCK"))
        lines: list[TakenBack] = []
        if told.get("full"):
            lines = [TakenBack(each, each.current_quantity, restock) for each in order.lines if each.current_quantity]
        elif "units" in told:
            line = _line(order, told["sku"]) if "sku" in told else order.lines[0]
            if not 0 < int(told["units"]) <= line.current_quantity:
                raise ValueError(f"{told['units']} units cannot be refunded; the line has {line.current_quantity}")
            lines = [TakenBack(line, int(told["units"]), restock)]
        shares = [sums.share_of(order, each.line, each.quantity) for each in lines]
        shipping = Decimal(str(told.get("shipping", 0)))
        if told.get("full"):
            shipping = sums.shipping_total(order) - order.shipping_discount
        worth = sum((sums.worth(order, each) for each in shares), Decimal(0)) + shipping
        amount = Decimal(str(told["amount"])) if "amount" in told else worth
        paid = next((each for each in order.payments if each.is_paid), None)
        left = sums.received(order) - sums.refunded(order)
        if amount and (paid is None or amount > left):
            raise ValueError(f"order {order.name} has {left} left to give back, not {amount}")
        payments = [refund_payment(self.world, paid, amount)] if paid is not None and amount else []
        refund(self.world, order, lines, payments=payments, shipping=shipping, note=told.get("note"))

    def settings(self, told: Told) -> dict[str, Any]:
        """Change the shop's ways, and tell how they are."""
        settings = self.world.shop.settings
        for name, value in told.items():
            if not hasattr(settings, name):
                raise ValueError(f"setting {name!r} is unknown; the shop has {', '.join(vars(settings))}")
            setattr(settings, name, value)
        return dict(vars(settings))


def _line(order: ShopOrder, sku: str) -> ShopOrderLine:
    for line in order.lines:
        if sku in (line.sku, str(line.id)):
            return line
    raise ValueError(f"order {order.name} has no line {sku!r}")


def _chosen(order: ShopOrder, told: Told) -> Fulfillment:
    """The fulfillment that `fulfillment` (its number) names; else the newest."""
    number = told.get("fulfillment")
    found = [each for each in order.fulfillments if number is None or each.id == int(number)]
    if not found:
        raise ValueError(f"order {order.name} has no such fulfillment")
    return found[-1]


def _tracking(told: Told) -> list[Tracking]:
    """`carrier` with `tracking`: a number, or a list of them."""
    numbers = told.get("tracking")
    if numbers is None:
        return []
    carrier = told.get("carrier", "Royal Mail")
    return [Tracking(str(each), carrier) for each in ([numbers] if isinstance(numbers, str) else numbers)]
