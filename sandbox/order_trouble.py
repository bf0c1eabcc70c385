"""Order trouble, planted on purpose, each with what a good pipeline says of it.

`expected` names the table, the Amazon order and the values a finding must have. `until` beside it says what the product
does that ends it: a finding may be gone then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.amazon.finances import catch_up, refund_order
from sandbox.amazon.marketplaces import BY_COUNTRY
from sandbox.amazon.ordering import place_order
from sandbox.amazon.quantities import show
from sandbox.brand import Brand, shelves
from sandbox.shopkeeping import book_order, claim_past, ship_order
from sandbox.world import AmazonOrder, Product, ShopOrder, Variant

MATCH = "reconcile.order_match"
LAG = "reconcile.fulfilment_lag"
REFUNDS = "actions.order_refund"
CONNECTOR = "amz-connector"
"""What an earlier connector called itself in the orders that it made."""
TAG = "amazon-import"
PRICE = Decimal("24.00")


def plant_order_trouble(brand: Brand) -> None:
    """Break orders in the brand's first region and write the answer key."""
    planter = _Planter(brand, brand.add_product("Orders gone wrong", tags=("household",)))
    planter.missing()
    planter.shipped_but_not_confirmed()
    planter.near_its_ship_by()
    planter.amounts_differ()
    planter.made_twice()
    planter.made_by_a_connector()
    planter.cancelled_on_amazon_only()
    planter.refund_not_recorded()


class _Planter:
    """Plants one trouble after another, each on a SKU of its own that nobody buys."""

    def __init__(self, brand: Brand, product: Product) -> None:
        self.brand = brand
        self.product = product
        self.home = brand.first_region
        self.account = brand.account(self.home)
        self.place = BY_COUNTRY[brand.plan.marketplaces[self.home][0]]

    def _order(
        self, sku: str, status: str, *, hours_ago: float, units: int = 1, due_in: float | None = None
    ) -> tuple[AmazonOrder, Variant]:
        """An order of the past on a SKU of its own; Amazon shows what is right for it."""
        variant = self.brand.add_variant(self.product, sku, title=sku.title(), price=PRICE, stock=shelves(12, 4))
        self.brand.list_mfn(self.home, sku, variant)
        order = place_order(
            self.brand.world,
            self.account,
            [(sku, units)],
            marketplace_id=self.place.id,
            status=status,
            minutes_ago=hours_ago * 60,
            takes_stock=False,
        )
        if due_in is not None:
            order.ship_by = self._at(-due_in)
        return order, variant

    def _at(self, hours_ago: float) -> datetime:
        return self.brand.world.now() - timedelta(hours=hours_ago)

    def _booked(
        self,
        order: AmazonOrder,
        variant: Variant,
        *,
        source: bool = True,
        name: str | None = None,
        note: str | None = None,
        tags: tuple[str, ...] = (),
        unit_price: Decimal | None = None,
        shipped_hours_ago: float | None = None,
        hours_later: float = 0.5,
    ) -> ShopOrder:
        """The order in Shopify, as an earlier connector made it."""
        at = order.created_at + timedelta(hours=hours_later)
        booked = book_order(
            self.brand,
            [(variant, order.items[0].quantity)],
            source_identifier=order.id if source else None,
            source_name=CONNECTOR,
            processed_at=order.created_at,
            at=at,
            moves_stock=False,
            tags=tags,
            name=name,
            note=note,
            unit_price=unit_price if unit_price is not None else order.items[0].unit_price,
        )
        if shipped_hours_ago is not None:
            ship_order(self.brand, booked, at=self._at(shipped_hours_ago))
        claim_past(self.brand, booked)
        return booked

    def _plant(self, kind: str, order: AmazonOrder, told: str, **expected: object) -> None:
        self.brand.plant(kind, self.home, order.items[0].sku, told, amazon_order_id=order.id, **expected)

    def missing(self) -> None:
        """Paid on Amazon since yesterday, and nowhere in Shopify; its units are held back."""
        order, variant = self._order("TEAPOT-STONE", "UNSHIPPED", hours_ago=26, units=2, due_in=22)
        self._held(order, variant)
        told = "it was paid yesterday, and Shopify does not have it"
        self._plant("order_missing", order, told, table=MATCH, verdict="missing", until="imported")

    def _held(self, order: AmazonOrder, variant: Variant) -> None:
        listing = self.account.listings[order.items[0].sku]
        target = self.brand.target(self.home, variant, held=order.items[0].quantity)
        show(listing, target, at=listing.updated_at)
        listing.attribute_quantity = target

    def shipped_but_not_confirmed(self) -> None:
        """It left in Shopify three hours ago, and Amazon was never told."""
        order, variant = self._order("TEAPOT-CLAY", "UNSHIPPED", hours_ago=30, due_in=18)
        self._booked(order, variant, shipped_hours_ago=3)
        told = "it left three hours ago, and Amazon still waits for it"
        self._plant("shipped_not_confirmed", order, told, table=LAG, cause="not_confirmed", until="confirmed")

    def near_its_ship_by(self) -> None:
        """It must leave within five hours and has not."""
        order, variant = self._order("TEAPOT-GLASS", "UNSHIPPED", hours_ago=43, due_in=5)
        self._booked(order, variant)
        told = "it must leave within five hours"
        self._plant("near_ship_by", order, told, table=LAG, cause="not_shipped", endangers="late_shipment")

    def amounts_differ(self) -> None:
        """Shopify has it for five less a piece than the buyer paid."""
        order, variant = self._order("TEAPOT-BRASS", "SHIPPED", hours_ago=100)
        price = order.items[0].unit_price - 5
        self._booked(order, variant, unit_price=price, shipped_hours_ago=70)
        told = "Shopify has it for 5.00 less than the buyer paid"
        self._plant("amounts_differ", order, told, table=MATCH, verdict="amounts_differ", difference="-5.00")

    def made_twice(self) -> None:
        """The connector made it a second time after a timeout."""
        order, variant = self._order("TEAPOT-WOOD", "SHIPPED", hours_ago=120)
        first = self._booked(order, variant, shipped_hours_ago=90)
        second = self._booked(order, variant, shipped_hours_ago=89, hours_later=0.6)
        self._plant(
            "duplicate",
            order,
            f"Shopify has it twice, as {first.name} and {second.name}",
            table=MATCH,
            verdict="duplicate",
            shopify_orders=2,
        )

    def made_by_a_connector(self) -> None:
        """Orders that carry Amazon's id in the name, a tag or the note only: to be adopted, never made again."""
        for sku, where in (("CARAFE-NAME", "name"), ("CARAFE-TAG", "tag"), ("CARAFE-NOTE", "note")):
            order, variant = self._order(sku, "SHIPPED", hours_ago=140)
            self._booked(
                order,
                variant,
                source=False,
                name=order.id if where == "name" else None,
                tags=(TAG, order.id) if where == "tag" else (TAG,),
                note=f"Amazon order {order.id}" if where == "note" else None,
                shipped_hours_ago=110,
            )
            told = f"an earlier connector made it; only its {where} says so"
            self._plant(
                "made_by_connector", order, told, table=MATCH, verdict="missing", found_by=where, until="adopted"
            )

    def cancelled_on_amazon_only(self) -> None:
        """The buyer cancelled on Amazon; the staff would still ship it."""
        order, variant = self._order("TEAPOT-STEEL", "CANCELLED", hours_ago=20)
        order.updated_at = self._at(10)
        self._booked(order, variant)
        told = "Amazon cancelled it ten hours ago, and Shopify would still ship it"
        self._plant("cancelled_on_amazon", order, told, table=MATCH, verdict="state_differs", until="cancelled")

    def refund_not_recorded(self) -> None:
        """Amazon gave the buyer the money back the day before yesterday."""
        order, variant = self._order("TEAPOT-IRON", "SHIPPED", hours_ago=150)
        order.updated_at = self._at(120)
        self._booked(order, variant, shipped_hours_ago=120)
        catch_up(self.brand.world, self.account)
        item = order.items[0]
        refund_order(self.brand.world, self.account, order, {item.id: item.quantity}, at=self._at(48))
        self._plant(
            "refund_not_recorded",
            order,
            f"Amazon refunded {item.unit_price} two days ago, and Shopify does not know",
            table=REFUNDS,
            amount=str(item.unit_price),
            currency=order.currency,
        )
