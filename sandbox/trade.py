"""The brand trades: buyers order on both channels, staff type Amazon orders into Shopify, orders leave.

Everything is put on the world's agenda with dice of its own, so a seed and a clock always tell the same story.
"""

from __future__ import annotations

import random
from decimal import Decimal
from functools import partial
from itertools import islice

from sandbox.amazon.finances import refund_order
from sandbox.amazon.ordering import cancel, cancel_units, fba_stock, place_order, release, ship
from sandbox.amazon.quantities import MFN
from sandbox.brand import Brand
from sandbox.history import KEYED_BY_HAND
from sandbox.order_life import retrack
from sandbox.people import Person
from sandbox.shopkeeping import book_order, cancel_order, parcel, ship_order
from sandbox.world import AmazonOrder, ShopOrder, Variant

MINUTE = 60.0
HOUR = 3600.0
SHARES = {"shop": 0.4, "mfn": 0.4, "fba": 0.2}
"""How orders spread over the channels."""
PENDING_MINUTES = (3, 30)
KEYED_AFTER_MINUTES = (5, 45)
SHIPPED_AFTER_HOURS = (3, 20)
CANCELLED_WHILE_PENDING = 0.06
CANCELLED_LATER = 0.02
REFUNDED_LATER = 0.06
READDRESSED = 0.05
REDUCED = 0.3
"""How many orders of several units lose one before they leave."""
SHIPPED_IN_PARTS = 0.3
RETRACKED = 0.05
TRIES = 6
PACKING_TRIES = 48
"""Hours for which the staff look for an order that nobody has brought to Shopify yet."""


class Trade:
    """Orders as they come, `orders_per_hour` of sandbox time on all channels together; 0 stands still."""

    def __init__(self, brand: Brand, *, orders_per_hour: float) -> None:
        self.brand = brand
        self.world = brand.world
        self.dice = random.Random(f"{brand.world.seed}/trade")
        self.keyed_by_hand = brand.plan.keyed_by_hand
        """Whether the staff type Amazon orders into Shopify; else somebody else brings them there, or nobody."""
        self._by_source: dict[str, ShopOrder] = {}
        self._looked_through = 0
        self.orders_per_hour = 0.0
        self._paused_at = orders_per_hour
        self._generation = 0
        self._variants: list[Variant] = []
        self._skus: dict[str, list[tuple[str, str]]] = {"mfn": [], "fba": []}
        self.set_rate(orders_per_hour)

    def set_rate(self, orders_per_hour: float) -> None:
        """Trade at another rate from now on; orders under way go on."""
        if orders_per_hour < 0:
            raise ValueError(f"orders_per_hour is {orders_per_hour}, expected 0 or more")
        with self.world.lock:
            self.orders_per_hour = orders_per_hour
            self._generation += 1
            if orders_per_hour:
                self._look_round()
                for stream in SHARES:
                    self._next(stream, self._generation)

    def pause(self) -> None:
        """No new orders until `resume`."""
        if self.orders_per_hour:
            self._paused_at = self.orders_per_hour
        self.set_rate(0.0)

    def resume(self) -> None:
        """Trade again as before the pause."""
        if not self.orders_per_hour:
            self.set_rate(self._paused_at)

    def _look_round(self) -> None:
        brand = self.brand
        self._variants = [
            variant
            for variant in self.world.shop.variants.values()
            if variant.sku and variant.tracked and variant.id not in brand.quiet_variants
        ]
        self._skus = {"mfn": [], "fba": []}
        for region, sku in brand.variant_of:
            channels = brand.account(region).listings[sku].channels
            if (region, sku) not in brand.quiet and len(channels) == 1:
                self._skus["mfn" if channels == [MFN] else "fba"].append((region, sku))

    def _next(self, stream: str, generation: int) -> None:
        per_second = self.orders_per_hour * SHARES[stream] / HOUR
        self.world.after(self.dice.expovariate(per_second), partial(self._come, stream, generation))

    def _come(self, stream: str, generation: int) -> None:
        if generation != self._generation:
            return
        self._next(stream, generation)
        if stream == "shop":
            self._shop_order()
        else:
            self._amazon_order(stream)

    def _units(self) -> int:
        return 1 if self.dice.random() < 0.85 else self.dice.randint(2, 3)

    def _between(self, bounds: tuple[int, int], unit: float) -> float:
        return self.dice.uniform(*bounds) * unit

    def _shop_order(self) -> None:
        units = self._units()
        for _ in range(TRIES):
            variant = self.dice.choice(self._variants)
            if (self.brand.available(variant) or 0) >= units:
                break
        else:
            return
        order = book_order(self.brand, [(variant, units)])
        if self.dice.random() < CANCELLED_LATER:
            self.world.after(self._between((10, 60), MINUTE), lambda: cancel_order(self.brand, order))
        else:
            self.world.after(self._between(SHIPPED_AFTER_HOURS, HOUR), lambda: ship_order(self.brand, order))

    def _amazon_order(self, stream: str) -> None:
        units = self._units()
        skus = self._skus[stream]
        for _ in range(TRIES if skus else 0):
            region, sku = self.dice.choice(skus)
            account = self.brand.account(region)
            listing = account.listings[sku]
            marketplace_id = self.dice.choice(list(listing.statuses))
            stock = fba_stock(account, listing, marketplace_id)
            there = listing.quantity if stream == "mfn" else stock.fulfillable if stock else 0
            # Somebody may have made the offer FBA, or both, since we looked round.
            if there >= units and len(listing.channels) == 1:
                break
        else:
            return
        order = place_order(self.world, account, [(sku, units)], marketplace_id=marketplace_id)
        pending = self._between(PENDING_MINUTES, MINUTE)
        if self.dice.random() < CANCELLED_WHILE_PENDING:
            self.world.after(pending, lambda: cancel(self.world, account, order))
        else:
            self.world.after(pending, partial(self._released, region, order))

    def _released(self, region: str, order: AmazonOrder) -> None:
        if not release(self.world, order):
            return
        if order.fulfilled_by == "AMAZON":
            account = self.brand.account(region)
            self.world.after(self._between((2, 12), HOUR), lambda: ship(self.world, account, order))
            if not self.keyed_by_hand and self.dice.random() < REFUNDED_LATER:
                self.world.after(self._between((24, 72), HOUR), partial(self._refunded, region, order))
            return
        if not self.keyed_by_hand:
            self._left_to_others(region, order)
            return
        self.world.after(self._between(KEYED_AFTER_MINUTES, MINUTE), partial(self.key_in, region, order))

    def key_in(self, region: str, order: AmazonOrder) -> ShopOrder | None:
        """The staff type an Amazon order into Shopify, which takes its units from the shelves; it leaves later."""
        if order.status not in ("UNSHIPPED", "PARTIALLY_SHIPPED"):
            return None
        variants = self.world.shop.variants
        sold = [
            (variants[self.brand.variant_of[region, item.sku]], item.quantity)
            for item in order.items
            if (region, item.sku) in self.brand.variant_of
        ]
        if not sold:
            return None
        booked = book_order(
            self.brand,
            sold,
            source_identifier=order.id,
            source_name="amazon",
            processed_at=order.created_at,
            tags=(KEYED_BY_HAND,),
        )
        if self.dice.random() < CANCELLED_LATER:
            self.world.after(self._between((20, 90), MINUTE), partial(self._cancelled, region, order, booked))
        else:
            self.world.after(self._between(SHIPPED_AFTER_HOURS, HOUR), partial(self._shipped, region, order, booked))
        return booked

    def _left_to_others(self, region: str, order: AmazonOrder) -> None:
        """Nobody types it in: the staff ship what stands in Shopify for it, and Amazon hears of it from others.

        Buyers change their minds meanwhile, as they do; what was typed in by hand never hears of that.
        """
        account = self.brand.account(region)
        if self.dice.random() < CANCELLED_LATER:
            self.world.after(self._between((20, 90), MINUTE), lambda: cancel(self.world, account, order))
            return
        if self.dice.random() < READDRESSED:
            self.world.after(self._between((20, 90), MINUTE), partial(self._readdressed, order))
        if order.items[0].quantity > 1 and self.dice.random() < REDUCED:
            self.world.after(self._between((20, 90), MINUTE), partial(self._reduced, region, order))
        self.world.after(self._between(SHIPPED_AFTER_HOURS, HOUR), partial(self._packed, region, order, 0))

    def _readdressed(self, order: AmazonOrder) -> None:
        if order.status == "UNSHIPPED" and order.address is not None:
            country = order.address["countryCode"]
            order.address = Person(self.world.next_id()).amazon_address(country)
            order.updated_at = self.world.now()

    def _reduced(self, region: str, order: AmazonOrder) -> None:
        item = order.items[0]
        if order.status == "UNSHIPPED" and item.left > 1:
            cancel_units(self.world, self.brand.account(region), order, {item.id: 1})

    def _packed(self, region: str, order: AmazonOrder, tries: int) -> None:
        """The staff ship the order's counterpart in Shopify; while there is none they look again later."""
        booked = self._counterpart(order.id)
        if booked is None:
            if tries < PACKING_TRIES and order.status == "UNSHIPPED":
                self.world.after(HOUR, partial(self._packed, region, order, tries + 1))
            return
        if booked.cancelled_at is not None or order.status == "CANCELLED":
            return
        in_parts = len(booked.fulfillments) == 0 and self.dice.random() < SHIPPED_IN_PARTS
        if not ship_order(self.brand, booked, units=1 if in_parts else None):
            return
        if any(each.is_open for each in booked.fulfillment_orders):
            self.world.after(self._between((1, 6), HOUR), partial(self._packed, region, order, 0))
        if self.dice.random() < RETRACKED:
            self.world.after(self._between((20, 120), MINUTE), partial(self._retracked, booked))
        if self.dice.random() < REFUNDED_LATER:
            self.world.after(self._between((24, 72), HOUR), partial(self._refunded, region, order))

    def _counterpart(self, amazon_order_id: str) -> ShopOrder | None:
        """The newest order of the shop that says it came from this one; only new orders are looked through."""
        orders = self.world.shop.orders
        for each in islice(orders.values(), self._looked_through, None):
            if each.source_identifier is not None:
                self._by_source[each.source_identifier] = each
        self._looked_through = len(orders)
        return self._by_source.get(amazon_order_id)

    def _retracked(self, booked: ShopOrder) -> None:
        """The label was printed anew."""
        if booked.cancelled_at is None:
            retrack(self.world, booked, booked.fulfillments[-1], [parcel(booked)])

    def _refunded(self, region: str, order: AmazonOrder) -> None:
        """The buyer sends it back, or gets something for a scratch."""
        if order.status != "SHIPPED":
            return
        account, item = self.brand.account(region), order.items[0]
        if self.dice.random() < 0.7:
            refund_order(self.world, account, order, {item.id: 1})
        else:
            refund_order(self.world, account, order, {}, goodwill=Decimal(self.dice.randint(1, 3)))
        order.updated_at = self.world.now()

    def _shipped(self, region: str, order: AmazonOrder, booked: ShopOrder) -> None:
        if ship_order(self.brand, booked):
            ship(self.world, self.brand.account(region), order)

    def _cancelled(self, region: str, order: AmazonOrder, booked: ShopOrder) -> None:
        if cancel(self.world, self.brand.account(region), order):
            later = self._between((5, 30), MINUTE)
            self.world.after(later, lambda: cancel_order(self.brand, booked))
