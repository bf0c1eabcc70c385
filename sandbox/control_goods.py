"""The part of the control door that handles goods: a person at a product page, at a listing, or with Seller Support."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sandbox.amazon.marketplaces import FBA_CHANNELS
from sandbox.amazon.payouts import offer, settled
from sandbox.amazon.quantities import MFN, show
from sandbox.amazon.settlement import settlement_text
from sandbox.amazon.state import state_of
from sandbox.order_messages import announce_order
from sandbox.order_records import ShippingLine, TaxLine
from sandbox.world import AmazonAccount, ShopOrder, Variant, World

Told = Mapping[str, Any]
CHARGES = ("price", "add_shipping", "add_tax", "add_discount")
"""What of an order's worth is edited: what a piece of a line costs, and what comes on top of it or off it."""


class GoodsDesk:
    """Carries out what the door is told of goods. Raises ValueError and KeyError for what cannot be."""

    def __init__(self, world: World) -> None:
        self.world = world

    def variant(self, told: Told) -> Variant:
        """The variant that `variant_id`, `item_id` or `sku` names. ValueError where several carry the SKU."""
        found = list(self.world.shop.variants.values())
        if "variant_id" in told:
            found = [each for each in found if each.id == int(told["variant_id"])]
        elif "item_id" in told:
            found = [each for each in found if each.item_id == int(told["item_id"])]
        else:
            found = [each for each in found if each.sku == told["sku"]]
        if len(found) != 1:
            several = ", ".join(f"variant_id {each.id}" for each in found)
            raise ValueError(f"expected one variant; found {several or 'none'}")
        return found[0]

    def variants(self, sku: str) -> list[dict[str, Any]]:
        """The variants that carry a SKU, letter by letter."""
        return [asdict(each) for each in self.world.shop.variants.values() if each.sku == sku]

    def edit_variant(self, told: Told) -> dict[str, Any]:
        """Somebody at the product page gives a variant another SKU, or switches `Track quantity`."""
        variant = self.variant(told)
        if not told.keys() & {"new_sku", "tracked"}:
            raise ValueError("expected new_sku (a text) or tracked (true or false)")
        if "new_sku" in told:
            variant.sku = str(told["new_sku"])
        if "tracked" in told:
            variant.tracked = bool(told["tracked"])
        variant.updated_at = self.world.now()
        self.world.shop.products[variant.product_id].updated_at = variant.updated_at
        return asdict(variant)

    def edit_listing(self, account: AmazonAccount, told: Told) -> dict[str, Any]:
        """Somebody in Seller Central mends a listing, converts it to one way of fulfilment, or deletes it."""
        listing, state = account.listings[told["sku"]], state_of(self.world, account)
        if not told.keys() & {"mend", "fulfilled_by", "delete"}:
            raise ValueError("expected mend (true), fulfilled_by (MERCHANT or AMAZON) or delete (true)")
        if told.get("mend"):
            state.never_applied.discard(listing.sku)
            state.rejected.discard(listing.sku)
            listing.issues.clear()
            listing.suppressed.clear()
        if "fulfilled_by" in told:
            channels = {"MERCHANT": MFN, "AMAZON": FBA_CHANNELS[account.region]}
            if told["fulfilled_by"] not in channels:
                raise ValueError(f"fulfilled_by is {told['fulfilled_by']!r}, expected {' or '.join(channels)}")
            listing.channels = [channels[told["fulfilled_by"]]]
            if told["fulfilled_by"] == "AMAZON":
                show(listing, 0, at=self.world.now())
        if told.get("delete"):
            del account.listings[listing.sku]
        listing.updated_at = self.world.now()
        return asdict(listing)

    def reprice(self, order: ShopOrder, told: Told) -> None:
        """Somebody edits what an order of the shop costs, before or after it was paid."""
        amounts = {name: Decimal(str(told[name])) for name in CHARGES if name in told}
        if not amounts:
            raise ValueError(f"expected one of {', '.join(CHARGES)}, each an amount")
        if "add_shipping" in amounts:
            order.shipping.append(ShippingLine(self.world.next_id(), "Shipping", amounts["add_shipping"]))
        if amounts.keys() & {"price", "add_tax", "add_discount"}:
            lines = [line for line in order.lines if "sku" not in told or line.sku == told["sku"]]
            if len(lines) != 1:
                raise ValueError(f"order {order.name} has {len(lines)} such lines, expected one: name its sku")
            [line] = lines
            line.unit_price = amounts.get("price", line.unit_price)
            line.discount += amounts.get("add_discount", Decimal(0))
            if "add_tax" in amounts:
                line.taxes.append(TaxLine("Tax", Decimal(0), amounts["add_tax"]))
        order.updated_at = self.world.now()
        announce_order(self.world, order, "orders/updated")

    def correct_settlement(self, account: AmazonAccount, number: str) -> dict[str, Any]:
        """Seller Support sees to a settlement: a file of it that is right comes under a new report."""
        for (place, end), known in state_of(self.world, account).settlements.items():
            if known == number:
                right = settled(self.world, account, place, end, number=number)
                report = offer(self.world, account, right, settlement_text(right), at=self.world.now())
                return {"settlement_id": number, "report_id": report.id, "total": right.total}
        raise ValueError(f"no settlement {number!r} was published")
