"""Units sold on Amazon are off sale from the moment they are known, and are counted once, however things are read."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from integration_assets.contracts.amazon import Availability
from integration_assets.contracts.reconcile import SKU_MAP, SkuMap
from integration_assets.contracts.shopify import Variant
from integration_assets.stock.positions import Positions
from tests.assets.order_desk import REGION, VARIANTS, Desk, order_desk
from tests.assets.rows import make, store

BUFFER = 2
STEPS = ("import", "read_shop_orders", "read_levels")


def promised(desk: Desk, sku: str = "MUG") -> tuple[int | None, int]:
    """What Amazon would be told to show, and the units held for orders."""
    store(desk.warehouse, make(Availability, seller_sku=sku, quantity=300, read_at=desk.clock.now()))
    found = Positions(model=desk.model, warehouse=desk.warehouse, ledger=desk.ledger, clock=desk.clock).compute(
        skus=[sku]
    )
    [position] = [row for row in found if row.seller_sku == sku]
    return position.target, position.held_for_orders


def carry_out(desk: Desk, step: str) -> None:
    """One part of the product's work, a minute after the one before."""
    desk.clock.advance(60)
    if step == "import":
        desk.cycle().run(REGION)
    else:
        getattr(desk, step)()


def test_whatever_is_read_before_or_after_the_import_sold_units_never_come_back_and_are_counted_once(
    tmp_path: Path,
) -> None:
    with order_desk(tmp_path) as desk:
        desk.market.stock[VARIANTS["MUG"]] = left = 300
        desk.read_levels()
        desk.read_shop_orders()
        for steps in permutations(STEPS):
            desk.market.place(("MUG", 3, "1.00"))
            left -= 3
            desk.clock.advance(151)
            desk.read_amazon()
            assert promised(desk)[0] == left - BUFFER, "held as soon as Amazon tells of it"
            for step in steps:
                carry_out(desk, step)
                target, _ = promised(desk)
                assert target is not None
                assert target <= left - BUFFER, f"{step} of {steps} puts sold units back on sale"
            carry_out(desk, "read_levels")
            carry_out(desk, "read_shop_orders")
            assert promised(desk) == (left - BUFFER, 0), f"{steps} counts them twice"
        assert desk.stock["MUG"] == left


def test_a_pending_order_is_held_and_then_taken_once_it_is_made(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 4, "1.00"), status="PENDING")
        desk.take_in()
        assert (promised(desk), desk.market.shop) == ((10 - 4 - BUFFER, 4), {})
        desk.clock.advance(60)
        desk.market.release(order_id)
        desk.take_in()
        assert promised(desk) == (10 - 4 - BUFFER, 4)
        desk.observe()
        assert promised(desk) == (10 - 4 - BUFFER, 0)


def test_the_units_of_a_line_that_no_product_stood_for_stay_held_until_the_order_is_edited(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("NOVELTY", 3, "1.00"))
        desk.take_in()
        row = make(
            SkuMap,
            seller_sku="NOVELTY",
            variant_id="gid://shopify/ProductVariant/9",
            inventory_item_id="item of MUG",
        )
        desk.warehouse.replace(SKU_MAP, [row])
        store(
            desk.warehouse, make(Variant, variant_id="gid://shopify/ProductVariant/9", inventory_item_id="item of MUG")
        )
        desk.observe()
        assert promised(desk, "NOVELTY") == (10 - 3 - BUFFER, 3)
        (made,) = desk.market.of(order_id)
        made.given["lineItems"][0] |= {"variantId": VARIANTS["MUG"]}
        desk.market.stock[VARIANTS["MUG"]] -= 3
        desk.observe()
        assert promised(desk, "NOVELTY") == (10 - 3 - BUFFER, 0)


@pytest.mark.parametrize("status", ["UNSHIPPED", "SHIPPED"])
def test_an_order_amazon_ships_never_touches_what_the_merchant_has(tmp_path: Path, status: str) -> None:
    with order_desk(tmp_path) as desk:
        desk.market.place(("MUG", 4, "1.00"), fulfilled_by="AMAZON", status=status)
        desk.take_in()
        desk.observe()
        assert (promised(desk), desk.stock["MUG"]) == ((10 - BUFFER, 0), 10)
