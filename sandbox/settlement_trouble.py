"""Trouble in settlements, planted on purpose, each with what a good pipeline says of it.

`expected` names the table and the values a finding must have, or the kind of exception and what it is about. It is
planted on request and in the past, so that trade and stock go on as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sandbox.amazon.marketplaces import Marketplace
from sandbox.amazon.ordering import place_order
from sandbox.amazon.payouts import DELAY, PERIOD, offer, settled
from sandbox.amazon.quantities import MFN
from sandbox.amazon.settlement import Line, Settlement, settlement_text
from sandbox.amazon.state import state_of
from sandbox.brand import Brand
from sandbox.history import key_past
from sandbox.world import AmazonOrder, Planted

SETTLEMENTS = "amazon.settlements"
DRIFT = "reconcile.settlement_drift"
UNBALANCED_BY = Decimal("0.37")
UNKNOWN_FEE = ("AmazonFees", "Brand Gateway Programme Fee", "Base fee")
DAYS_AGO = 5
"""When the orders of the trouble were bought: in the newest period that has been settled, which ended two days ago."""


def plant_settlement_trouble(brand: Brand) -> list[Planted]:
    """Break settlements of the brand's first marketplace and add to the answer key what was broken."""
    planted = [*_earlier_payouts(brand), *_orders(brand), *_never_in_shopify(brand)]
    brand.world.answers.extend(planted)
    return planted


def _planted(brand: Brand, trouble: str, told: str, /, **expected: object) -> Planted:
    return Planted(trouble, brand.first_region, None, dict(expected), told, brand.world.now())


def _earlier_payouts(brand: Brand) -> Iterable[Planted]:
    """Three payouts before the known ones: one that does not balance, one that cannot be read, and a good one."""
    world, account, place = brand.world, brand.account(brand.first_region), brand.places(brand.first_region)[0]
    first = min(end for marketplace, end in state_of(world, account).settlements if marketplace == place.id) - PERIOD

    unbalanced = settled(world, account, place.id, first)
    offer(world, account, unbalanced, settlement_text(unbalanced, off_by=UNBALANCED_BY), at=unbalanced.end + DELAY)
    told = f"its total is {UNBALANCED_BY} more than its lines"
    yield _planted(
        brand,
        "unbalanced_settlement",
        told,
        table=SETTLEMENTS,
        settlement_id=unbalanced.id,
        status="unbalanced",
        difference=str(-UNBALANCED_BY),
    )

    doubtful = settled(world, account, place.id, first - PERIOD)
    content = _with_two_decimal_signs(settlement_text(doubtful), place)
    report = offer(world, account, doubtful, content, at=doubtful.end + DELAY)
    told = "one of its amounts has another decimal sign than the others"
    yield _planted(
        brand,
        "unreadable_settlement",
        told,
        table=SETTLEMENTS,
        settlement_id=doubtful.id,
        report_id=report.id,
        status="quarantined",
    )

    oldest = settled(world, account, place.id, first - 2 * PERIOD)
    offer(world, account, oldest, settlement_text(oldest), at=oldest.end + DELAY)
    told = "the payout between the two could not be read"
    yield _planted(
        brand, "missing_settlement", told, exception="missing_settlement", before=oldest.id, after=unbalanced.id
    )


def _with_two_decimal_signs(content: bytes, place: Marketplace) -> bytes:
    sign = place.dialect.decimal.encode()
    other = b"," if sign == b"." else b"."
    head, amount, rest = content.rpartition(b"\t-")
    return head + amount + rest.replace(sign, other, 1)


def _orders(brand: Brand) -> Iterable[Planted]:
    """The newest payout comes again, revised, and tells of orders that Shopify has otherwise or not at all."""
    world, account, place = brand.world, brand.account(brand.first_region), brand.places(brand.first_region)[0]
    end = max(end for marketplace, end in state_of(world, account).settlements if marketplace == place.id)
    number = state_of(world, account).settlements[place.id, end]
    cent = Decimal(1).scaleb(-place.digits)
    orders = {
        name: _bought(brand, place, in_shopify=name != "missing_order")
        for name in ("agreed", "missing_order", "price", "shipping", "tax", "promotion", "refund")
    }
    more: list[Line] = []
    base = settled(world, account, place.id, end, number=number)

    def goods(name: str) -> Line:
        return next(
            line for line in base.lines if line.order_id == orders[name].id and line.amount_description == "Principal"
        )

    off = {
        "price": replace(goods("price"), amount=200 * cent, quantity=None),
        "shipping": replace(goods("shipping"), amount_description="Shipping", amount=450 * cent, quantity=None),
        "tax": replace(goods("tax"), amount_description="Tax", amount=310 * cent, quantity=None),
        "promotion": replace(goods("promotion"), amount_type="Promotion", amount=-150 * cent, quantity=None),
        "refund": replace(goods("refund"), transaction_type="Refund", amount=-goods("refund").amount, quantity=None),
    }
    for name, line in off.items():
        more.append(line)
        told = f"the settlement says {line.amount} {place.currency} more of the order than Shopify: {name}"
        yield _drift(brand, name, orders[name], line.amount, told)
    told = "Shopify has no such order"
    yield _drift(brand, "missing_order", orders["missing_order"], goods("missing_order").amount, told)
    yield _planted(
        brand,
        "agreed_order",
        "both sides say the same of the order: nothing is to be found",
        table=DRIFT,
        order_ref=orders["agreed"].id,
        absent=True,
    )

    fee = Line(*UNKNOWN_FEE, -777 * cent, end - timedelta(hours=1), marketplace_name=place.name)
    told = "nobody has said what this fee is"
    yield _planted(
        brand, "unmapped_fee", told, exception="unmapped_fee", kind=" / ".join(UNKNOWN_FEE), amount=str(fee.amount)
    )

    revised = Settlement(number, place, base.start, base.end, (*base.lines, *more, fee))
    offer(world, account, revised, settlement_text(revised), at=world.now() - timedelta(hours=1))
    told = "a revised file of the settlement came under a new report"
    yield _planted(
        brand, "revised_settlement", told, table=SETTLEMENTS, settlement_id=number, version=2, status="taken"
    )


def _never_in_shopify(brand: Brand) -> Iterable[Planted]:
    """What Amazon shipped by itself was never typed into Shopify, and is paid for all the same.

    `allowed` has what each is worth. Which of them a pipeline finds depends on how far back it reads.
    """
    world, account = brand.world, brand.account(brand.first_region)
    known = {order.source_identifier for order in world.shop.orders.values()}
    worth: dict[str, Decimal] = defaultdict(Decimal)
    for (marketplace, end), number in state_of(world, account).settlements.items():
        for line in settled(world, account, marketplace, end, number=number).lines:
            of_the_shop = line.order_id in known or line.merchant_order_id
            if line.order_id and not of_the_shop and line.amount_type in ("ItemPrice", "Promotion"):
                worth[line.order_id] += line.amount
    yield _planted(
        brand,
        "never_in_shopify",
        "Amazon shipped them in the past, and nobody typed them into Shopify",
        table=DRIFT,
        main_cause="missing_order",
        allowed={order: str(amount) for order, amount in worth.items()},
    )


def _drift(brand: Brand, name: str, order: AmazonOrder, amount: Decimal, told: str) -> Planted:
    return _planted(
        brand,
        f"settled_{name}" if name != "missing_order" else name,
        told,
        table=DRIFT,
        order_ref=order.id,
        main_cause=name,
        difference=str(amount),
    )


def _bought(brand: Brand, place: Marketplace, *, in_shopify: bool) -> AmazonOrder:
    """An order of one unit that Amazon has shipped and that nobody sends back, with its twin in the shop."""
    world, account = brand.world, brand.account(brand.first_region)
    sku = next(
        sku
        for sku, listing in account.listings.items()
        if MFN not in listing.channels
        and place.id in listing.statuses
        and (brand.first_region, sku) in brand.variant_of
        and (brand.first_region, sku) not in brand.quiet
    )
    order = place_order(
        world,
        account,
        [(sku, 1)],
        marketplace_id=place.id,
        status="SHIPPED",
        minutes_ago=DAYS_AGO * 1440,
        takes_stock=False,
    )
    order.updated_at = order.created_at + timedelta(hours=20)
    if in_shopify:
        key_past(brand, brand.first_region, order, is_open=False)
    return order
