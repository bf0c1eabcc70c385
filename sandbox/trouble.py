"""Stock trouble, planted on purpose, each with what a good pipeline says of it.

`expected` names the table and the values a finding must have. `before_push` beside it: the cause it has until the
product has pushed. `drift_allowed`: causes of drift that are no invention for this SKU.
"""

from __future__ import annotations

from functools import partial

from sandbox.amazon.ordering import place_order
from sandbox.amazon.quantities import edit_in_seller_central, show
from sandbox.amazon.state import state_of
from sandbox.assortment import add_mixed
from sandbox.brand import Brand, shelves
from sandbox.world import Product, Variant

SKU_MAP = "reconcile.sku_map"
DRIFT = "reconcile.inventory_drift"
POSITION = "reconcile.stock_position"
STALE = {
    "BOWL/SET-4": -13,
    "COTTON-100%": -15,
    "TEE-GRÖSSE M": -8,
    "TEA+LEMON": 22,
    "RUNNER-LINEN": -4,
    "DOORMAT-COIR": 9,
}
"""SKU -> units by which Amazon shows too few (-) or too many: nobody has pushed yet."""
NEVER_APPLIED = {"HOOK-BRASS": 7, "HOOK-IRON": -6}
REJECTED = {"MIRROR-ROUND": 5, "MIRROR-OVAL": -5}
EDITED = {"CLOCK-WALL-OAK": (-3, 25), "CLOCK-WALL-ASH": (4, -6)}
"""SKU -> (stale by at the start, units by which a person moves it once a push was applied and seen)."""
UNTIL_PUSHED = {"before_push": "not_yet_pushed"}
SECONDS_TO_EDIT = 120
SECONDS_TO_EDIT_UNSEEN = 3 * 3600
"""Longer than a slow machine takes from one cycle to the next: what nobody has seen applied, a product sends again."""


def plant_trouble(brand: Brand) -> None:
    """Break things in the brand's first region and write the answer key."""
    home = brand.first_region
    product = brand.add_product("Household", tags=("household",))
    _stale(brand, home, product)
    _stubborn(brand, home, product)
    _edited(brand, home, product)
    _unmatched(brand, home, product)
    _counted_wrong(brand, home, product)
    _pending(brand, home, product)


def _mfn(brand: Brand, home: str, product: Product, sku: str, *, by: int, stock: dict[str, int] | None = None) -> int:
    """An MFN SKU that shows `by` units more than its target; answers the target."""
    variant = brand.add_variant(product, sku, title=sku.title(), stock=stock or shelves(12, 8))
    target = brand.target(home, variant)
    brand.list_mfn(home, sku, variant, shows=max(0, target + by), lead_time_days=5)
    return target


def _drift(brand: Brand, trouble: str, home: str, sku: str, target: int, by: int, told: str, **more: object) -> None:
    brand.plant(
        trouble,
        home,
        sku,
        told,
        **{
            "table": DRIFT,
            "cause": "not_yet_pushed",
            "direction": "over" if by > 0 else "under",
            "target": target,
            "shown": max(0, target + by),
            **more,
        },
    )


def _stale(brand: Brand, home: str, product: Product) -> None:
    for sku, by in STALE.items():
        target = _mfn(brand, home, product, sku, by=by)
        kind = "stale_high" if by > 0 else "stale_low"
        _drift(brand, kind, home, sku, target, by, f"Amazon shows {target + by}, it should show {target}")


def _stubborn(brand: Brand, home: str, product: Product) -> None:
    state = state_of(brand.world, brand.account(home))
    for sku, by in NEVER_APPLIED.items():
        target = _mfn(brand, home, product, sku, by=by)
        state.never_applied.add(sku)
        told = "every submission is accepted and none is applied"
        _drift(
            brand, "accepted_never_applied", home, sku, target, by, told, cause="accepted_not_applied", **UNTIL_PUSHED
        )
    for sku, by in REJECTED.items():
        target = _mfn(brand, home, product, sku, by=by)
        state.rejected.add(sku)
        told = "every submission is answered INVALID"
        _drift(brand, "push_rejected", home, sku, target, by, told, cause="push_rejected", **UNTIL_PUSHED)


def _edited(brand: Brand, home: str, product: Product) -> None:
    for sku, (by, _) in EDITED.items():
        target = _mfn(brand, home, product, sku, by=by)
        kind = "stale_high" if by > 0 else "stale_low"
        _drift(brand, kind, home, sku, target, by, f"Amazon shows {target + by}, it should show {target}")
    Meddler(brand, home)


class Meddler:
    """A person who changes chosen SKUs in Seller Central once a push of theirs was applied.

    They wait until somebody has read the number back and two minutes more; when nobody looks, three hours.
    """

    def __init__(self, brand: Brand, region: str) -> None:
        self.brand = brand
        self.region = region
        self.waiting: dict[str, int] = {}
        self.done: set[str] = set()
        state = state_of(brand.world, brand.account(region))
        state.on_applied.append(self.applied)
        state.on_shown.append(self.shown)

    def applied(self, sku: str, quantity: int) -> None:
        """A push was applied."""
        if sku in EDITED and sku not in self.done and sku not in self.waiting:
            self.waiting[sku] = quantity
            self.brand.world.after(SECONDS_TO_EDIT_UNSEEN, partial(self.edit, sku))

    def shown(self, skus: list[str]) -> None:
        """Somebody has read availability."""
        account = self.brand.account(self.region)
        for sku in skus:
            if sku in self.waiting and account.listings[sku].quantity == self.waiting[sku]:
                self.brand.world.after(SECONDS_TO_EDIT, partial(self.edit, sku))

    def edit(self, sku: str) -> None:
        """Type another number, once, and note it in the answer key."""
        if sku in self.done or sku not in self.waiting:
            return
        self.done.add(sku)
        applied = self.waiting.pop(sku)
        account = self.brand.account(self.region)
        wanted = max(0, applied + EDITED[sku][1])
        before = edit_in_seller_central(self.brand.world, account, sku, wanted)
        self.brand.plant(
            "quantity_edited_in_seller_central",
            self.region,
            sku,
            f"a person changed {before} to {wanted} in Seller Central after a push was applied",
            table=DRIFT,
            cause="ownership_leak",
            direction="over" if wanted > before else "under",
            target=before,
            shown=wanted,
            leak_units=wanted - before,
        )


def _unmatched(brand: Brand, home: str, product: Product) -> None:
    brand.list_mfn(home, "OLD-LAMP-2019", None, shows=9)
    told = "Shopify knows no such SKU"
    brand.plant("unmapped", home, "OLD-LAMP-2019", told, table=SKU_MAP, status="unmapped")
    brand.plant("unmapped", home, "OLD-LAMP-2019", told, table=DRIFT, cause="unmapped", direction="unmapped", shown=9)
    brand.list_fba(home, "OLD-VASE-2018", None, units=12)
    brand.plant("unmapped", home, "OLD-VASE-2018", told, table=SKU_MAP, status="unmapped", drift_allowed=["unmapped"])

    twin = brand.add_variant(product, "ENAMEL-MUG-BLUE", title="Mug", stock=shelves(9, 2))
    brand.list_mfn(home, "Enamel-Mug-Blue", twin)
    told = "only letter case tells it from Shopify's ENAMEL-MUG-BLUE"
    brand.plant(
        "case_twin", home, "Enamel-Mug-Blue", told, table=SKU_MAP, status="case_twin", drift_allowed=["unmapped"]
    )

    first = brand.add_variant(product, "LINEN-TOTE", title="Tote", stock=shelves(11, 0))
    brand.add_variant(product, "LINEN-TOTE", title="Tote (old)", stock=shelves(4, 0))
    brand.list_mfn(home, "LINEN-TOTE", first)
    told = "two Shopify variants have this SKU"
    brand.plant(
        "duplicate_sku", home, "LINEN-TOTE", told, table=SKU_MAP, status="ambiguous", drift_allowed=["unmapped"]
    )

    wrap = brand.add_variant(product, "GIFT-WRAP", title="Gift wrap", tracked=False, stock=shelves(0, 0))
    brand.list_mfn(home, "GIFT-WRAP", wrap, shows=25)
    told = "Shopify does not count it: its quantities mean nothing"
    brand.plant("untracked", home, "GIFT-WRAP", told, table=SKU_MAP, status="untracked", drift_allowed=["unmapped"])

    throw = brand.add_variant(product, "THROW-WOOL", title="Throw", stock=shelves(20, 0))
    add_mixed(brand, home, "THROW-WOOL", throw, shows=4, units=15)
    told = "the offer has both channels at once: a quantity must not be sent to it"
    brand.plant("mixed_channel", home, "THROW-WOOL", told, table=SKU_MAP, kind="mixed", fulfillment="mixed")


def _counted_wrong(brand: Brand, home: str, product: Product) -> None:
    target = _mfn(brand, home, product, "NAPKIN-RED", by=6, stock=shelves(-4, 0))
    told = "Shopify has sold more than there was: there is nothing to promise"
    _drift(brand, "negative_stock", home, "NAPKIN-RED", target, 6, told)

    cup = brand.add_variant(product, "CUP-DUO", title="Cup", stock=shelves(9, 0))
    brand.list_mfn(home, "CUP-DUO", cup)
    pair = brand.add_variant(brand.add_product("Cup Duo"), "BUNDLE-DUO", components=[(cup.id, 2)])
    brand.list_mfn(home, "BUNDLE-DUO", pair, shows=brand.target(home, pair) + 10)
    told = "7 of 9 cups may be promised: that makes 3 pairs"
    _drift(brand, "bundle", home, "BUNDLE-DUO", brand.target(home, pair), 10, told)


def _pending(brand: Brand, home: str, product: Product) -> None:
    for sku, there, ordered in (("KETTLE-STEEL", 12, 3), ("KETTLE-COPPER", 3, 1)):
        variant: Variant = brand.add_variant(product, sku, title=sku.title(), stock=shelves(there, 0))
        listing = brand.list_mfn(home, sku, variant)
        account = brand.account(home)
        place_order(brand.world, account, [(sku, ordered)], marketplace_id=account.marketplace_ids[0], minutes_ago=12)
        target = brand.target(home, variant, held=ordered)
        show(listing, target, at=listing.updated_at)
        brand.plant(
            "oversell_pending",
            home,
            sku,
            f"{ordered} units are in a pending order that Shopify does not know: they are not for sale",
            table=POSITION,
            kind="held_for_orders",
            held_for_orders=ordered,
            target=target,
            shown=listing.quantity,
            verdict="in_step",
        )
