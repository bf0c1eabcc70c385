"""Price positions: the price rules applied to what the stores know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from integration_assets.contracts.amazon import LISTINGS
from integration_assets.contracts.prices import PricePosition
from integration_assets.effects import holds
from integration_assets.prices.holds import change_of, price_scope
from integration_assets.rules.marketplaces import Marketplace
from integration_assets.rules.price import NoPrice, PriceRule, Target, target
from integration_assets.rules.price_position import PriceFacts, decide
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

KIND = "price_push"
FACTS = Path(__file__).with_name("facts.sql").read_text(encoding="utf-8")
PRICED = ("mapped", "untracked")
"""Whose variant is beyond doubt: a price needs no count of units."""
ASKS = ("leak", "held")
"""Verdicts that wait for a person's word."""
UNDER_WAY = ("sent", "applied", "unknown")


@dataclass(frozen=True, slots=True)
class Applied:
    """By SKU of a region account: the prices we last saw applied, and those sent and not seen yet."""

    known: dict[str, dict[str, str]]
    under_way: dict[str, dict[str, str]]


@dataclass
class PricePositions:
    """Computes positions from the stores; nothing is asked of anybody."""

    model: OperatingModel
    warehouse: Warehouse
    ledger: Ledger

    def compute(self, regions: Iterable[str] | None = None) -> list[PricePosition]:
        """The position of every listing of these region accounts, or of all."""
        wanted = sorted(self.model.amazon if regions is None else regions)
        listed_at = self.warehouse.written_at(LISTINGS)
        if listed_at is None:
            return []
        applied = {region: applied_in(self.ledger, region) for region in wanted}
        places = {place.marketplace_id: place for region in wanted for place in self.model.marketplaces(region)}
        lists = {key: name for key, place in places.items() if (name := self.model.prices.list_for(place)) is not None}
        facts = {"regions": wanted, "listed_at": listed_at, "places": list(lists), "lists": list(lists.values())}
        rows = self.warehouse.query(FACTS, facts)
        return [self._position(row, places[row[1]], applied[row[0]]) for row in rows if row[1] in places]

    def _position(self, row: tuple[Any, ...], place: Marketplace, applied: Applied) -> PricePosition:
        region, marketplace_id, sku, status, map_reason, variant_id, shop_price, tags = row[:8]
        shown, shown_at, before, list_price, list_currency = row[8:]
        shop_price, shown, before = (
            _plain(shop_price, 2),
            _plain(shown, place.minor_digits),
            _plain(before, place.minor_digits),
        )
        said = self.model.prices.for_sku(sku, tags, place)
        wanted: Target | NoPrice
        if status not in PRICED or shop_price is None:
            wanted = NoPrice(map_reason or "it meets no variant in Shopify")
        elif self.model.prices.currency is None:
            wanted = NoPrice("the shop's currency is not declared: set prices.currency")
        elif (price_list := self.model.prices.list_for(place)) is not None:
            wanted = _of_list(price_list, list_price, list_currency, said.rule, place)
        else:
            wanted = target(shop_price, said.rate, said.rule, digits=place.minor_digits)
        known = _amount(applied.known.get(sku), marketplace_id)
        explained = {amount for amount in (known, before) if amount is not None}
        amount = wanted.amount if isinstance(wanted, Target) else None
        facts = PriceFacts(
            target=wanted,
            shown=shown,
            explained=explained,
            under_way=_amount(applied.under_way.get(sku), marketplace_id),
            managed_elsewhere=said.managed_elsewhere,
        )
        policy, bounds = self.model.prices.leak_policy, self.model.prices.bounds
        decision = decide(facts, policy=policy, bounds=bounds)
        scope = price_scope(region, marketplace_id, sku)
        if decision.verdict in ASKS and holds.let_go(self.ledger, scope, change_of(shown, amount)):
            decision = decide(replace(facts, let_go=True), policy=policy, bounds=bounds)
        in_step = decision.verdict == "in_step" and shown == amount
        return PricePosition(
            region=region,
            marketplace_id=marketplace_id,
            seller_sku=sku,
            variant_id=variant_id,
            currency=place.currency,
            shop_price=shop_price,
            target=amount,
            floor=wanted.floor if isinstance(wanted, Target) else None,
            shown=shown,
            shown_at=shown_at,
            last_applied=shown if in_step else known if known is not None else before,
            difference=None if amount is None or shown is None else shown - amount,
            verdict=decision.verdict,
            rule=said.described,
            reason=decision.reason,
        )


def _of_list(
    name: str, price: Decimal | None, currency: str | None, rule: PriceRule, place: Marketplace
) -> Target | NoPrice:
    """The price by a price list: it is one of that market, so it is neither converted nor taxed anew."""
    if price is None:
        return NoPrice(f"price list {name!r} has no price of it, and none is converted instead")
    if currency != place.currency:
        return NoPrice(f"price list {name!r} is in {currency}, not in {place.currency}")
    base = _plain(price, place.minor_digits) or price
    found = target(base, Decimal(1), replace(rule, shop_vat=None), digits=place.minor_digits)
    return replace(found, told=f"{found.told} (price list {name})") if isinstance(found, Target) else found


def applied_in(ledger: Ledger, region: str) -> Applied:
    """What the ledger knows of a region account's prices."""
    known = {sku: dict(one.payload["known"]) for sku, one in ledger.last_verified(KIND, region).items()}
    open_ = ledger.open_effects(KIND, region, UNDER_WAY)
    newest = ledger.newest_of(KIND, region, {effect.subject for effect in open_})
    under_way = {
        effect.subject: dict(effect.payload["prices"])
        for effect in open_
        if newest[effect.subject].effect_id == effect.effect_id
    }
    return Applied(known, under_way)


def _plain(amount: Decimal | None, digits: int) -> Decimal | None:
    """An amount without the zeros that the warehouse keeps behind it; one that has more decimals stays as it is."""
    if amount is None:
        return None
    rounded = amount.quantize(Decimal(1).scaleb(-digits))
    return rounded if rounded == amount else amount


def _amount(prices: dict[str, str] | None, marketplace_id: str) -> Decimal | None:
    text = (prices or {}).get(marketplace_id)
    return None if text is None else Decimal(text)
