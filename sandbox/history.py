"""The month before the sandbox started: orders of both channels, shipped, cancelled and still open, and their payouts.

Stock was counted after all of it: no order of the past changes what is there now.
"""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

from sandbox.amazon.finances import catch_up, refund_order
from sandbox.amazon.marketplaces import Marketplace
from sandbox.amazon.ordering import place_order
from sandbox.amazon.payouts import PERIOD, publish_settlement, schedule_settlements
from sandbox.amazon.quantities import MFN
from sandbox.brand import Brand
from sandbox.people import Person
from sandbox.shopkeeping import book_order, claim_past, parts_of, ship_order
from sandbox.world import AmazonOrder, AmazonOrderItem, Variant

KEYED_BY_HAND = "amazon"
"""Tag of an Amazon order that the staff typed into Shopify."""
CENT = Decimal("0.01")
OPEN_ORDERS = 5
REFUND_CHANCE = 0.1
"""How many of the orders that Amazon ships come back."""
ECHOES = 4


def write_history(brand: Brand, dice: random.Random) -> None:
    """Make up the past of every account and of the shop."""
    for region in brand.plan.regions:
        _amazon_past(brand, region, dice)
        _half_shipped(brand, region, dice)
        _odd_orders(brand, region, dice)
        _sent_back(brand, region)
        _payouts(brand, region)
    variants = [
        variant
        for variant in brand.world.shop.variants.values()
        if variant.sku and variant.tracked and variant.id not in brand.quiet_variants
    ]
    for place in range(brand.plan.history_orders // 3):
        days = dice.uniform(1, brand.plan.history_days)
        _shop_past(brand, [(dice.choice(variants), dice.randint(1, 2))], days=days, is_open=place < OPEN_ORDERS)


def _tradable(brand: Brand, region: str) -> list[str]:
    return [
        sku
        for sku, listing in brand.account(region).listings.items()
        if (region, sku) not in brand.quiet and (region, sku) in brand.variant_of and len(listing.channels) == 1
    ]


def _amazon_past(brand: Brand, region: str, dice: random.Random) -> None:
    world, account = brand.world, brand.account(region)
    skus = _tradable(brand, region)
    for number in range(brand.plan.history_orders):
        sku = dice.choice(skus)
        listing = account.listings[sku]
        marketplace_id = dice.choice(list(listing.statuses))
        minutes = dice.uniform(3, brand.plan.history_days) * 1440
        is_open = number < OPEN_ORDERS and listing.channels == [MFN]
        status = "CANCELLED" if dice.random() < 0.04 else "SHIPPED"
        if is_open:
            minutes, status = dice.uniform(90, 900), "UNSHIPPED"
        units = 1 if dice.random() < 0.8 else dice.randint(2, 4)
        order = place_order(
            world,
            account,
            [(sku, units)],
            marketplace_id=marketplace_id,
            status=status,
            minutes_ago=minutes,
            takes_stock=False,
        )
        if status == "SHIPPED":
            order.updated_at = order.created_at + timedelta(hours=dice.uniform(6, 40))
        elif status == "CANCELLED":
            order.updated_at = order.created_at + timedelta(minutes=25)
        if order.fulfilled_by == "MERCHANT" and status != "CANCELLED":
            key_past(brand, region, order, is_open=is_open)


def _half_shipped(brand: Brand, region: str, dice: random.Random) -> None:
    """One order of three units of which the first has left."""
    account = brand.account(region)
    merchant = [sku for sku in _tradable(brand, region) if account.listings[sku].channels == [MFN]]
    if not merchant:
        return
    sku = dice.choice(merchant)
    order = place_order(
        brand.world,
        account,
        [(sku, 3)],
        marketplace_id=next(iter(account.listings[sku].statuses)),
        status="PARTIALLY_SHIPPED",
        minutes_ago=1500,
        takes_stock=False,
    )
    order.items[0].shipped = 1
    order.updated_at = order.created_at + timedelta(hours=20)
    key_past(brand, region, order, is_open=True)


def key_past(brand: Brand, region: str, order: AmazonOrder, *, is_open: bool) -> None:
    """An Amazon order of the past as the staff typed it into Shopify; unless it `is_open`, it has left there too."""
    item = order.items[0]
    variant = brand.world.shop.variants[brand.variant_of[region, item.sku]]
    units = sum(count for _, count in parts_of(brand, variant, item.quantity)) if is_open else item.quantity
    booked = book_order(
        brand,
        [(variant, item.quantity)],
        source_identifier=order.id,
        source_name="amazon",
        processed_at=order.created_at,
        at=order.created_at + timedelta(minutes=40),
        moves_stock=False,
        tags=(KEYED_BY_HAND,),
        unit_price=(item.unit_price * item.quantity / units).quantize(CENT),
        currency=order.currency,
        as_sold=not is_open,
    )
    if not is_open or item.shipped:
        ship_order(brand, booked, units=item.shipped if is_open else None, at=order.updated_at)
    claim_past(brand, booked)


def _shop_past(brand: Brand, sold: list[tuple[Variant, int]], *, days: float, is_open: bool) -> None:
    at = brand.founded_at - timedelta(days=days)
    booked = book_order(brand, sold, at=at, moves_stock=False)
    if is_open:
        claim_past(brand, booked)
    else:
        ship_order(brand, booked, at=at + timedelta(hours=18))


def _odd_orders(brand: Brand, region: str, dice: random.Random) -> None:
    """Statuses that are rare, and orders of the shop that Amazon shipped: they echo in Amazon's own orders."""
    world, account = brand.world, brand.account(region)
    fba = [sku for sku in _tradable(brand, region) if account.listings[sku].channels != [MFN]]
    if not fba:
        return
    home = brand.places(region)[0]
    for number in range(ECHOES):
        _echo(brand, region, home, dice.choice(fba), number, status="SHIPPED" if number else "UNFULFILLABLE")
    sku = dice.choice(fba)
    marketplace_id = next(iter(account.listings[sku].statuses))
    place_order(
        world,
        account,
        [(sku, 1)],
        marketplace_id=marketplace_id,
        status="PENDING_AVAILABILITY",
        minutes_ago=3000,
        takes_stock=False,
    )


def _echo(brand: Brand, region: str, place: Marketplace, sku: str, number: int, *, status: str) -> None:
    world, account = brand.world, brand.account(region)
    listing = account.listings[sku]
    at = world.now() - timedelta(days=5 + 4 * number)
    order = AmazonOrder(
        id=f"S01-{world.next_id():07d}-{1_000_000 + number:07d}",
        marketplace_id=place.echo_id,
        channel_name="NON_AMAZON",
        created_at=at,
        updated_at=at + timedelta(hours=20),
        status=status,
        fulfilled_by="AMAZON",
        items=[
            AmazonOrderItem(
                id=f"{world.next_id():014d}",
                sku=sku,
                asin=listing.asin,
                title=listing.title,
                quantity=1,
                shipped=1 if status == "SHIPPED" else 0,
                unit_price=Decimal(0),
            )
        ],
        currency=place.currency,
        merchant_order_id=f"MCF-{1000 + number}",
        buyer=Person(number).amazon_buyer(),
    )
    account.orders[order.id] = order


def _sent_back(brand: Brand, region: str) -> None:
    """Some of what Amazon has shipped comes back, and is paid back a few days later."""
    world, account = brand.world, brand.account(region)
    catch_up(world, account)
    for order in list(account.orders.values()):
        dice = random.Random(f"{world.seed}/refund/{order.id}")
        at = order.updated_at + timedelta(days=dice.uniform(3, 9))
        by_amazon = order.fulfilled_by == "AMAZON" and order.channel_name == "AMAZON" and order.status == "SHIPPED"
        if by_amazon and dice.random() < REFUND_CHANCE and at < world.now():
            refund_order(world, account, order, {order.items[0].id: 1}, at=at)


def _payouts(brand: Brand, region: str) -> None:
    """The settlements of the past month and all that are to come; each marketplace on days of its own."""
    account = brand.account(region)
    for number, place in enumerate(brand.places(region)):
        last = brand.founded_at - timedelta(days=2 + 3 * number)
        last = last.replace(hour=0, minute=0, second=0, microsecond=0)
        for end in (last - PERIOD, last):
            publish_settlement(brand.world, account, place.id, end)
        schedule_settlements(brand.world, account, place.id, last + PERIOD)
