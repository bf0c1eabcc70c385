"""The brand: its shop, its stock and its Amazon listings, and what it knows about how they belong together.

`Plan` says how big it is; sandbox/assortment.py fills it; sandbox/trouble.py breaks it; sandbox/trade.py trades on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sandbox.amazon.marketplaces import BY_COUNTRY, FBA_CHANNELS, Marketplace
from sandbox.amazon.quantities import MFN
from sandbox.amazon.state import state_of
from sandbox.world import (
    AmazonAccount,
    AmazonListing,
    FbaStock,
    Level,
    Location,
    Planted,
    Product,
    Variant,
    World,
)

POOL = ("Manchester", "Leeds")
MIRRORS = {"eu": "Amazon FBA EU", "na": "Amazon FBA NA", "fe": "Amazon FBA JP"}
CLOSED = "Sheffield (closed)"
EXTRA = "Bristol Studio"
SELLER_IDS = {"eu": "A1EXAMPLE", "na": "A2EXAMPLE", "fe": "A3EXAMPLE"}
REFRESH_TOKENS = {"eu": "Atzr|sandbox-eu", "na": "Atzr|sandbox-na", "fe": "Atzr|sandbox-fe"}
RATES = {"GBP": Decimal(1), "EUR": Decimal("1.17"), "USD": Decimal("1.29"), "CAD": Decimal("1.76"), "JPY": Decimal(195)}
SHARES = {("eu",): {"eu": 100}, ("eu", "na"): {"eu": 70, "na": 30}, ("eu", "na", "fe"): {"eu": 60, "na": 30, "fe": 10}}
LEAST_SKUS = 60


@dataclass(frozen=True)
class Plan:
    """How big the brand is and where it sells. `buffer` is kept back from what Amazon shows, in units."""

    skus: int = 300
    regions: tuple[str, ...] = ("eu",)
    marketplaces: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"eu": ("UK", "DE"), "na": ("US",), "fe": ("JP",)}
    )
    shares: dict[str, int] = field(default_factory=dict)
    """Percent of the pool each region may promise; empty: all of it, or 70/30, or 60/30/10."""
    buffer: int = 2
    history_days: int = 30
    history_orders: int = 180
    apply_seconds: tuple[float, float] = (5.0, 60.0)
    keyed_by_hand: bool = True
    """Whether the staff type new Amazon orders into Shopify. Not where a product imports them."""
    order_trouble: bool = False
    """Whether order trouble is planted beside the stock trouble; see sandbox/order_trouble.py."""
    settlement_trouble: bool = False
    """Whether settlements are broken too: see sandbox/settlement_trouble.py."""
    listing_trouble: bool = False
    """Whether prices and listings are broken too: see sandbox/price_trouble.py."""

    def share(self, region: str) -> int:
        """Percent of the pool this region may promise."""
        known = self.shares or SHARES.get(self.regions, {})
        return known.get(region, 100 // len(self.regions))


class Brand:
    """The brand in a world, and the truth about it that neither service tells."""

    def __init__(self, world: World, plan: Plan) -> None:
        if plan.skus < LEAST_SKUS:
            raise ValueError(f"skus is {plan.skus}; the brand needs at least {LEAST_SKUS} for its odd ones")
        if unknown := [region for region in plan.regions if region not in SELLER_IDS]:
            raise ValueError(f"region {unknown[0]!r} is unknown; known: {', '.join(SELLER_IDS)}")
        self.world = world
        self.plan = plan
        self.founded_at = world.now()
        self.variant_of: dict[tuple[str, str], int] = {}
        """(region, Amazon SKU) -> the variant it stands for, where there is one."""
        self.quiet: set[tuple[str, str]] = set()
        """(region, Amazon SKU) that nobody buys, so that what was planted there stays as it is."""
        self.quiet_variants: set[int] = set()
        self.locations: dict[str, int] = {}
        self._open_shop()
        for region in plan.regions:
            self._open_account(region)

    @property
    def first_region(self) -> str:
        """The region where the odd ones and the trouble are."""
        return self.plan.regions[0]

    @property
    def pool(self) -> tuple[int, ...]:
        """Ids of the locations that merchant-fulfilled orders ship from."""
        return tuple(self.locations[name] for name in POOL)

    def mirror(self, region: str) -> int:
        """Id of the location that mirrors the region's FBA stock."""
        return self.locations[MIRRORS[region]]

    def account(self, region: str) -> AmazonAccount:
        """The region's account."""
        return self.world.accounts[region]

    def places(self, region: str) -> list[Marketplace]:
        """The marketplaces the brand sells on in a region."""
        return [BY_COUNTRY[country] for country in self.plan.marketplaces[region]]

    def _open_shop(self) -> None:
        shop = self.world.shop
        names = [*POOL, *(MIRRORS[region] for region in self.plan.regions), CLOSED, EXTRA]
        for number, name in enumerate(names, start=1):
            location = Location(70_000_000_000 + number, name)
            location.is_active = name != CLOSED
            location.fulfills_online_orders = name in POOL
            shop.locations[location.id] = location
            self.locations[name] = location.id

    def _open_account(self, region: str) -> None:
        account = AmazonAccount(
            region, SELLER_IDS[region], [place.id for place in self.places(region)], REFRESH_TOKENS[region]
        )
        self.world.accounts[region] = account
        state_of(self.world, account).apply_seconds = self.plan.apply_seconds

    def add_product(self, title: str, *, tags: tuple[str, ...] = (), status: str = "ACTIVE") -> Product:
        """A product without variants yet."""
        number = 8_100_000_000_000 + self.world.next_id()
        product = Product(number, title, status, self.world.shop.name, list(tags), [], self._long_ago())
        self.world.shop.products[number] = product
        return product

    def add_variant(
        self,
        product: Product,
        sku: str | None,
        *,
        title: str = "Default Title",
        price: Decimal = Decimal("19.90"),
        tracked: bool = True,
        components: list[tuple[int, int]] | None = None,
        stock: Mapping[str, int] | None = None,
    ) -> Variant:
        """A variant with `stock`: units available by name of the location; where none is named it is not stocked."""
        number = self.world.next_id()
        variant = Variant(
            id=43_000_000_000_000 + number,
            product_id=product.id,
            item_id=45_000_000_000_000 + number,
            sku=sku,
            barcode=barcode(number),
            title=title,
            price=price,
            tracked=tracked,
            updated_at=product.updated_at,
            components=components or [],
            cost=(price * Decimal("0.4")).quantize(Decimal("0.01")),
        )
        self.world.shop.variants[variant.id] = variant
        product.variant_ids.append(variant.id)
        for name, units in (stock or {}).items():
            key = (variant.item_id, self.locations[name])
            self.world.shop.levels[key] = Level(*key, units, is_active=name != CLOSED, updated_at=product.updated_at)
        return variant

    def available(self, variant: Variant) -> int | None:
        """Units the pool has of a variant; None where nobody counts. Of a bundle: how many could be put together."""
        if variant.components:
            sets: list[int] = []
            for number, units in variant.components:
                there = self.available(self.world.shop.variants[number])
                if there is None:
                    return None
                sets.append(there // units)
            return min(sets)
        if not variant.tracked:
            return None
        levels = (self.world.shop.levels.get((variant.item_id, place)) for place in self.pool)
        return sum(level.available for level in levels if level is not None)

    def target(self, region: str, variant: Variant, *, held: int = 0) -> int:
        """What Amazon ought to show: the region's share of what is there and not held, less the buffer, at least 0.

        A bundle shows what its components' targets can be put together to: each keeps its own buffer back.
        """
        if variant.components:
            parts = ((self.world.shop.variants[number], units) for number, units in variant.components)
            return min(self.target(region, part) // units for part, units in parts)
        sellable = max(0, (self.available(variant) or 0) - held)
        return max(0, sellable * self.plan.share(region) // 100 - self.plan.buffer)

    def list_mfn(
        self, region: str, sku: str, variant: Variant | None, *, shows: int | None = None, **more: object
    ) -> AmazonListing:
        """List a SKU that the brand ships itself. It shows the target unless told otherwise."""
        quantity = self.target(region, variant) if shows is None and variant else shows or 0
        return self._list(region, sku, variant, [MFN], quantity, **more)

    def list_fba(self, region: str, sku: str, variant: Variant | None, *, units: int, **more: object) -> AmazonListing:
        """List a SKU that Amazon ships, with `units` in each pool of the region."""
        listing = self._list(region, sku, variant, [FBA_CHANNELS[region]], 0, **more)
        self.stock_fba(region, listing, units)
        return listing

    def stock_fba(self, region: str, listing: AmazonListing, units: int) -> None:
        """Put units of a listing into every FBA pool of the region: one pool may serve several marketplaces."""
        account = self.account(region)
        listing.fnsku = listing.fnsku or f"X00{listing.asin[3:]}"
        pools: dict[str, list[str]] = {}
        for place in self.places(region):
            if place.id in listing.statuses:
                pools.setdefault(place.pool, []).append(place.id)
        for number, (pool, marketplaces) in enumerate(pools.items()):
            account.fba[pool, listing.fnsku] = FbaStock(
                listing.fnsku,
                listing.sku,
                listing.asin,
                pool,
                marketplaces,
                fulfillable=units // (number + 1),
                reserved=units % 4,
                inbound=units % 7,
                unfulfillable=units % 3,
                updated_at=listing.updated_at,
            )

    def _list(
        self,
        region: str,
        sku: str,
        variant: Variant | None,
        channels: list[str],
        quantity: int,
        *,
        countries: object = None,
        title: object = None,
        asin: object = None,
        lead_time_days: object = None,
        restock_date: object = None,
    ) -> AmazonListing:
        account = self.account(region)
        chosen = countries if isinstance(countries, tuple) else self.plan.marketplaces[region]
        places = [place for place in self.places(region) if place.country in chosen]
        base = variant.price if variant else Decimal("24.90")
        number = self.world.next_id()
        shown = "Active" if quantity or channels != [MFN] else "Inactive"
        listing = AmazonListing(
            sku=sku,
            asin=asin if isinstance(asin, str) else f"B0{base36(number + 10_000_000):>08}",
            listing_id=f"{1_000_000_000 + number:X}",
            title=title if isinstance(title, str) else self._title(variant, sku),
            product_type="HOME",
            barcode=variant.barcode if variant else None,
            prices={place.id: price_in(base, place) for place in places},
            statuses={place.id: shown for place in places},
            channels=list(channels),
            quantity=quantity,
            attribute_quantity=quantity,
            lead_time_days=lead_time_days if isinstance(lead_time_days, int) else None,
            restock_date=restock_date if isinstance(restock_date, str) else None,
            created_at=self._long_ago(),
            updated_at=self._long_ago(),
        )
        account.listings[sku] = listing
        if variant is not None:
            self.variant_of[region, sku] = variant.id
        return listing

    def _title(self, variant: Variant | None, sku: str) -> str:
        if variant is None:
            return sku.replace("-", " ").title()
        product = self.world.shop.products[variant.product_id]
        return product.title if variant.title == "Default Title" else f"{product.title}, {variant.title}"

    def _long_ago(self) -> datetime:
        return self.founded_at - timedelta(days=self.plan.history_days + 60)

    def plant(self, trouble: str, region: str, sku: str, told: str, **expected: object) -> Planted:
        """Note a trouble in the answer key, and keep buyers away from the SKU."""
        planted = Planted(trouble, region, sku, dict(expected), told, self.world.now())
        self.world.answers.append(planted)
        self.keep_quiet(region, sku)
        return planted

    def keep_quiet(self, region: str, sku: str) -> None:
        """Nobody buys this SKU, on no channel, nor what it is made of."""
        self.quiet.add((region, sku))
        variant_id = self.variant_of.get((region, sku))
        if variant_id is not None:
            self.quiet_variants.add(variant_id)
            components = self.world.shop.variants[variant_id].components
            self.quiet_variants.update(component_id for component_id, _ in components)


def shelves(manchester: int, leeds: int) -> dict[str, int]:
    """Units at the two locations of the pool."""
    return {"Manchester": manchester, "Leeds": leeds}


def price_in(base: Decimal, place: Marketplace) -> Decimal:
    """A price of the home market in a marketplace's currency."""
    return (base * RATES[place.currency]).quantize(Decimal(1).scaleb(-place.digits), rounding=ROUND_HALF_UP)


def base36(number: int) -> str:
    """A number in the digits and capitals of an ASIN."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"


def barcode(number: int) -> str:
    """An EAN-13 with a good check digit, in the range kept for use inside a company."""
    body = f"200{number:09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)
