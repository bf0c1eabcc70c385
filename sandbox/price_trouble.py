"""Trouble of prices and listings, planted on purpose, each with the finding that a good audit makes of it.

It puts the brand in order first (a handling time for every offer), so that what is found was planted here or stands in
the answer key of sandbox/trouble.py.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.amazon.marketplaces import BY_ID
from sandbox.amazon.ordering import place_order
from sandbox.amazon.quantities import MFN
from sandbox.brand import Brand, shelves
from sandbox.world import AmazonListing, Product

AUDIT = "reconcile.listing_audit"


def plant_price_trouble(brand: Brand) -> None:
    """Break prices and listings in the brand's first region, and write the answer key."""
    home = brand.first_region
    for account in brand.world.accounts.values():
        for listing in account.listings.values():
            if MFN in listing.channels and listing.lead_time_days is None:
                listing.lead_time_days = 2
    product = brand.add_product("Garden", tags=("garden",))
    _prices(brand, home, product)
    _listings(brand, home, product)
    _products(brand, home, product)
    _orders(brand, home, product)


def _mfn(brand: Brand, home: str, product: Product, sku: str, *, price: str = "24.00") -> AmazonListing:
    """An MFN offer in step with its variant."""
    variant = brand.add_variant(product, sku, title=sku.title(), price=Decimal(price), stock=shelves(9, 6))
    return brand.list_mfn(home, sku, variant, lead_time_days=2)


def _found(brand: Brand, finding: str, home: str, sku: str, told: str, **expected: Any) -> None:
    brand.plant(finding, home, sku, told, table=AUDIT, finding=finding, **{"subject": sku, **expected})


def _prices(brand: Brand, home: str, product: Product) -> None:
    place = brand.places(home)[0]
    for sku, shown, told in (
        ("RAKE-STEEL", "21.50", "Amazon asks for less than the shop"),
        ("RAKE-OAK", "27.00", "Amazon asks for more than the shop"),
    ):
        listing = _mfn(brand, home, product, sku)
        listing.prices[place.id] = Decimal(shown)
        apart = abs(Decimal(shown) - Decimal("24.00"))
        _found(
            brand,
            "price_apart",
            home,
            sku,
            told,
            subject=f"{sku} in {place.country}",
            amount=str(apart),
            currency=place.currency,
        )


def _listings(brand: Brand, home: str, product: Product) -> None:
    place = brand.places(home)[0]
    where = f" in {place.country}"
    hidden = _mfn(brand, home, product, "SPADE-STEEL")
    hidden.suppressed.add(place.id)
    hidden.issues = [_issue("18027", "The main image is missing.", "main_product_image_locator", place.id)]
    _found(brand, "suppressed_listing", home, hidden.sku, "Amazon hides it", subject=hidden.sku + where)

    wrong = _mfn(brand, home, product, "SPADE-ASH")
    wrong.issues = [
        _issue("90220", "'batteries_required' is required but not supplied.", "batteries_required", place.id)
    ]
    _found(brand, "listing_issue", home, wrong.sku, "Amazon reports an error", subject=wrong.sku + where)

    light = _mfn(brand, home, product, "TWINE-JUTE")
    light.weight_grams = None
    _found(brand, "missing_weight", home, light.sku, "the listing has no weight")

    slow = _mfn(brand, home, product, "TWINE-HEMP")
    slow.lead_time_days = None
    _found(brand, "missing_lead_time", home, slow.sku, "the offer has no handling time")

    half = _mfn(brand, home, product, "GLOVES-CANVAS")
    half.statuses[place.id] = "Incomplete"
    _found(brand, "incomplete_listing", home, half.sku, "it was never finished", subject=half.sku + where)


def _products(brand: Brand, home: str, product: Product) -> None:
    other = _mfn(brand, home, product, "TROWEL-STEEL")
    other.barcode = "5012345678900"
    _found(brand, "barcode_disagrees", home, other.sku, "it was listed with the code of another product")

    first = _mfn(brand, home, product, "POT-SMALL")
    second = _mfn(brand, home, product, "POT-LARGE")
    second.asin = first.asin
    told = "two variants sell on one ASIN"
    _found(brand, "asin_shared", home, first.sku, told, subject=first.asin)

    lonely = brand.add_variant(product, "SIEVE-BRASS", title="Sieve", price=Decimal("31.00"), stock=shelves(4, 0))
    brand.quiet_variants.add(lonely.id)
    told = "nobody lists it on Amazon"
    _found(brand, "product_not_on_amazon", home, "SIEVE-BRASS", told, units=4, amount="124.00", currency="GBP")


def _orders(brand: Brand, home: str, product: Product) -> None:
    sku = _mfn(brand, home, product, "LANTERN-TIN").sku
    account = brand.account(home)
    order = place_order(
        brand.world,
        account,
        [(sku, 1)],
        marketplace_id=account.marketplace_ids[0],
        minutes_ago=300,
        status="UNSHIPPED",
    )
    told = "Shopify does not know the order, and somebody waits for it"
    _found(brand, "unshipped_order_unknown", home, sku, told, subject=order.id)


def _issue(code: str, message: str, attribute: str, marketplace_id: str) -> dict[str, Any]:
    return {
        "code": code,
        "message": message,
        "severity": "ERROR",
        "attributeNames": [attribute],
        "categories": ["INVALID_ATTRIBUTE"],
        "marketplaceIds": [BY_ID[marketplace_id].id],
    }
