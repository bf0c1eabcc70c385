"""What the brand sells: the ordinary goods by the dice, the odd ones by hand. Nothing here is broken."""

from __future__ import annotations

import random
from decimal import Decimal

from sandbox.amazon.marketplaces import FBA_CHANNELS
from sandbox.amazon.quantities import MFN
from sandbox.brand import CLOSED, EXTRA, MIRRORS, Brand, shelves
from sandbox.world import Variant

NOUNS = (
    "Mug",
    "Plate",
    "Bowl",
    "Jug",
    "Vase",
    "Lamp",
    "Tray",
    "Throw",
    "Cushion",
    "Candle",
    "Board",
    "Basket",
    "Towel",
    "Clock",
)
MATERIALS = ("Oak", "Ash", "Linen", "Wool", "Stone", "Glass", "Brass", "Enamel", "Cork", "Slate")
COLOURS = ("Sand", "Moss", "Ink", "Clay", "Snow", "Rust")
JAPANESE = {"Mug": "マグカップ", "Plate": "皿", "Bowl": "ボウル", "Lamp": "ランプ", "Vase": "花瓶"}


def ordinary_goods(brand: Brand, count: int, dice: random.Random) -> None:
    """`count` variants in products of one to four: most shipped by the brand, some by Amazon, some not on Amazon."""
    made = 0
    while made < count:
        noun, material = dice.choice(NOUNS), dice.choice(MATERIALS)
        product = brand.add_product(f"{material} {noun}", tags=(noun.lower(), material.lower()))
        price = Decimal(dice.randrange(790, 8990, 10)) / 100
        for colour in dice.sample(COLOURS, min(dice.randint(1, 4), count - made)):
            made += 1
            sku = f"{noun[:3]}-{material[:3]}-{colour[:2]}-{made:05d}".upper()
            _ordinary(brand, product_id=product.id, sku=sku, colour=colour, price=price, dice=dice, noun=noun)


def _ordinary(
    brand: Brand, *, product_id: int, sku: str, colour: str, price: Decimal, dice: random.Random, noun: str
) -> None:
    product = brand.world.shop.products[product_id]
    roll = dice.random()
    home = brand.first_region
    if roll < 0.18:
        units = dice.randint(0, 160)
        variant = brand.add_variant(product, sku, title=colour, price=price)
        brand.list_fba(home, sku, variant, units=units)
        mirror(brand, home, variant, sku)
    else:
        stock = shelves(_units(dice), _units(dice) if dice.random() < 0.7 else 0)
        variant = brand.add_variant(product, sku, title=colour, price=price, stock=stock)
        if roll < 0.22:
            return
        # One in fifty is sold in the home marketplace only.
        countries = brand.plan.marketplaces[home][:1] if roll < 0.24 else None
        listing = brand.list_mfn(
            home, sku, variant, countries=countries, lead_time_days=dice.choice((None, None, 2, 4))
        )
        if 0.24 < roll < 0.31:
            brand.list_fba(home, f"{sku}-FBA", variant, units=dice.randint(5, 80), asin=listing.asin)
            mirror(brand, home, variant, f"{sku}-FBA")
    for region in brand.plan.regions[1:]:
        if dice.random() < 0.4:
            _abroad(brand, region, sku, variant, noun, dice)


def _units(dice: random.Random) -> int:
    return 0 if dice.random() < 0.08 else dice.randint(1, 60)


def _abroad(brand: Brand, region: str, sku: str, variant: Variant, noun: str, dice: random.Random) -> None:
    title = f"{JAPANESE.get(noun, '雑貨')} {variant.title}" if region == "fe" else None
    if (brand.first_region, sku) in brand.variant_of and dice.random() < 0.4:
        brand.list_fba(region, sku, variant, units=dice.randint(0, 90), title=title)
        mirror(brand, region, variant, sku)
    else:
        brand.list_mfn(region, sku, variant, title=title)


def mirror(brand: Brand, region: str, variant: Variant, sku: str) -> None:
    """Make the location that mirrors the region's FBA stock hold what Amazon can ship."""
    account = brand.account(region)
    fnsku = account.listings[sku].fnsku or ""
    pools = {place.pool for place in brand.places(region)}
    units = sum(account.fba[pool, fnsku].fulfillable for pool in pools if (pool, fnsku) in account.fba)
    level = brand.world.level(variant.item_id, brand.mirror(region))
    level.available = units
    level.updated_at = variant.updated_at


def odd_goods(brand: Brand) -> None:
    """SKUs with odd characters, goods in odd places, bundles, variants nobody can match: all of them in step."""
    home = brand.first_region
    _odd_skus(brand, home)
    _odd_places(brand, home)
    _bundle(brand, home)
    twins = brand.add_product("Oak Candle")
    for sku, title in (("CANDLE-OAK", "Large"), ("Candle-Oak", "Small")):
        variant = brand.add_variant(twins, sku, title=title, stock=shelves(14, 6))
        brand.list_mfn(home, sku, variant)
    samples = brand.add_product("Sample Card", status="DRAFT")
    brand.add_variant(samples, None, title="Paper", stock=shelves(5, 0))
    brand.add_variant(samples, "", title="Cloth", stock=shelves(0, 0))
    old = brand.add_product("Old Calendar", status="ARCHIVED")
    brand.add_variant(old, "CALENDAR-2019", stock=shelves(3, 0))
    glass = brand.add_product("Glass Jug")
    jug = brand.add_variant(glass, "JUG-GLASS", stock=shelves(22, 0))
    listing = brand.list_mfn(home, "JUG-GLASS", jug, lead_time_days=3)
    brand.list_fba(home, "JUG-GLASS-FBA", jug, units=40, asin=listing.asin)
    mirror(brand, home, jug, "JUG-GLASS-FBA")
    salt = brand.add_product("Salt Cellar")
    cellar = brand.add_variant(salt, "CELLAR,SALT")
    brand.list_fba(home, "CELLAR,SALT", cellar, units=30)
    mirror(brand, home, cellar, "CELLAR,SALT")


def _odd_skus(brand: Brand, home: str) -> None:
    product = brand.add_product("Oddments", tags=("oddments",))
    for sku in ("SALT,PEPPER", "007-ROPE", "HALF  SPACE", "TRAY#2?", "CAFÉ-AU-LAIT"):
        variant = brand.add_variant(product, sku, title=f"{sku} size", stock=shelves(12, 8))
        brand.list_mfn(home, sku, variant)


def _odd_places(brand: Brand, home: str) -> None:
    shelf = brand.add_product("Pine Shelf")
    for sku, title, stock in (
        ("SHELF-PINE", "Wide", shelves(5, 0) | {CLOSED: 30}),
        ("SHELF-PINE-S", "Narrow", shelves(6, 3) | {EXTRA: 7}),
        ("STOOL-OAK", "Stool", shelves(4, 0) | {MIRRORS[home]: 50}),
        ("BENCH-OAK", "Bench", shelves(-2, 10)),
    ):
        variant = brand.add_variant(shelf, sku, title=title, stock=stock)
        brand.list_mfn(home, sku, variant)


def _bundle(brand: Brand, home: str) -> None:
    product = brand.add_product("Breakfast")
    mug = brand.add_variant(product, "MUG-BREAKFAST", title="Mug", stock=shelves(20, 0))
    plate = brand.add_variant(product, "PLATE-BREAKFAST", title="Plate", stock=shelves(25, 6))
    for sku, variant in (("MUG-BREAKFAST", mug), ("PLATE-BREAKFAST", plate)):
        brand.list_mfn(home, sku, variant)
    bundle = brand.add_variant(
        brand.add_product("Breakfast Set"),
        "SET-BREAKFAST",
        price=Decimal("54.00"),
        components=[(mug.id, 1), (plate.id, 2)],
    )
    brand.list_mfn(home, "SET-BREAKFAST", bundle)


def add_mixed(brand: Brand, region: str, sku: str, variant: Variant, *, shows: int, units: int) -> None:
    """List a SKU under both channels at once, as happens when a quantity was sent to an FBA offer."""
    listing = brand.list_mfn(region, sku, variant, shows=shows)
    listing.channels = [MFN, FBA_CHANNELS[region]]
    brand.stock_fba(region, listing, units)
    mirror(brand, region, variant, sku)
