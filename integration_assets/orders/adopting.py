"""Orders that another tool made in Shopify for Amazon orders: found by the declared rule, listed, linked and marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Literal

from integration_assets.contracts.amazon import ORDERS as AMAZON_ORDERS
from integration_assets.contracts.amazon import AmazonOrder
from integration_assets.contracts.shopify import ORDERS as SHOPIFY_ORDERS
from integration_assets.contracts.shopify import ShopifyOrder
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.effects.runner import Outcome, Runner
from integration_assets.orders.importing import LINK
from integration_assets.rules.adoption import AdoptRule
from resources.clock import Clock
from resources.ledger import Effect, Intention, Ledger
from resources.operating_model import OperatingModel
from resources.shopify_parts.order_writes import OrderWrites
from resources.warehouse import Warehouse

KIND = "order_adoption"
ADOPTED_CURSOR = "orders/adopted_at"
"""Ledger cursor with when orders were last adopted."""
ADOPTED_TAG = "amazon-adopted"
Verdict = Literal["adopt", "adopted", "doubtful", "left_alone"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Shopify order that names an Amazon order, and what is to be done about it."""

    region: str
    amazon_order_id: str
    shopify_order_id: str
    name: str
    found_by: str
    amazon_status: str
    shopify_status: str
    currency: str
    shopify_total: Decimal
    amazon_total: Decimal | None
    verdict: Verdict
    reason: str


@dataclass
class AdoptErrand:
    """Marks orders that are there already; it never makes one."""

    writes: OrderWrites
    ledger: Ledger
    tags: Sequence[str]
    kind: str = KIND
    once: bool = True

    def send(self, effect: Effect) -> Receipt:
        """Put our mark and tags on the order, and remember the link."""
        shopify_order_id = str(effect.payload["shopify_order_id"])
        self.writes.mark(shopify_order_id, effect.subject, self.tags)
        self.ledger.link(LINK, effect.subject, shopify_order_id)
        return Receipt(shopify_order_id, "linked and marked", proven=True)

    def look(self, effect: Effect) -> Sight:
        """Look which order carries the mark."""
        found = self.writes.find(effect.subject)
        if found is None:
            return Sight("not_there", "no order carries the mark yet")
        if found.shopify_order_id != effect.payload["shopify_order_id"]:
            return Sight("refused", f"{found.shopify_order_id} carries the mark")
        self.ledger.link(LINK, effect.subject, found.shopify_order_id)
        return Sight("there", "marked", found.shopify_order_id)


class Adoption:
    """Finds and takes over the orders of an earlier tool."""

    def __init__(
        self, *, model: OperatingModel, warehouse: Warehouse, ledger: Ledger, clock: Clock, writes: OrderWrites
    ) -> None:
        self._model = model
        self._warehouse = warehouse
        self._ledger = ledger
        self._clock = clock
        self._writes = writes

    def candidates(self) -> list[Candidate]:
        """Every Shopify order that the rule takes for one of an Amazon order, with the verdict on it."""
        rule = AdoptRule(self._model.orders.adopt.by, self._model.orders.adopt.prefix)
        shop = self._warehouse.rows(SHOPIFY_ORDERS)
        notes = dict(self._writes.notes([order.shopify_order_id for order in shop])) if "note" in rule.by else {}
        found = list(_found(rule, shop, notes))
        standing = Counter(amazon_order_id for amazon_order_id, _, order in found if order.cancelled_at is None)
        amazon = {order.amazon_order_id: order for order in self._warehouse.rows(AMAZON_ORDERS)}
        links = {(link.left_id, link.right_id) for link in self._ledger.links(LINK)}
        judged = [
            _judged(
                order,
                amazon.get(amazon_order_id),
                amazon_order_id,
                place,
                several=standing[amazon_order_id] > 1,
                is_linked=(amazon_order_id, order.shopify_order_id) in links,
            )
            for amazon_order_id, place, order in found
        ]
        return sorted(judged, key=lambda one: (one.verdict, one.region, one.amazon_order_id, one.name))

    def adopt(self, candidates: Sequence[Candidate], origin: str) -> list[Outcome]:
        """Link and mark those that are to be adopted; one outcome for each region account."""
        self._writes.define_mark()
        errand = AdoptErrand(self._writes, self._ledger, [*self._model.orders.tags, ADOPTED_TAG])
        runner = Runner(self._ledger, self._clock)
        outcomes = []
        for region in sorted(self._model.amazon):
            wanted = _intentions(candidates, region, origin)
            outcomes.append(runner.run(errand, region, partial(tuple, wanted), live=True))
        self._ledger.set_cursor(ADOPTED_CURSOR, self._clock.now().isoformat())
        return outcomes


def _found(
    rule: AdoptRule, orders: Sequence[ShopifyOrder], notes: Mapping[str, str]
) -> Iterator[tuple[str, str, ShopifyOrder]]:
    for order in orders:
        match = rule.find(
            source_identifier=order.source_identifier,
            name=order.name,
            tags=order.tags,
            note=notes.get(order.shopify_order_id, ""),
        )
        if match is not None:
            yield match[0], match[1], order


def _judged(
    order: ShopifyOrder, amazon: AmazonOrder | None, amazon_order_id: str, place: str, *, several: bool, is_linked: bool
) -> Candidate:
    verdict: Verdict = "adopt"
    reason = f"Found by {place.replace('_', ' ')}"
    if is_linked:
        verdict, reason = "adopted", "Linked already"
    elif amazon is None:
        verdict, reason = "doubtful", "Amazon's order was not read: `instep backfill orders` reads older ones"
    elif order.cancelled_at is not None:
        verdict, reason = "left_alone", "Cancelled in Shopify"
    elif several:
        verdict, reason = "doubtful", "Several orders in Shopify stand for it: cancel all but one first"
    elif amazon.total is not None and (amazon.currency, amazon.total) != (order.currency, order.original_total):
        reason += f"; Amazon says {amazon.total:.2f} {amazon.currency}"
    return Candidate(
        region=amazon.region if amazon else "",
        amazon_order_id=amazon_order_id,
        shopify_order_id=order.shopify_order_id,
        name=order.name,
        found_by=place,
        amazon_status=amazon.status if amazon else "",
        shopify_status="CANCELLED" if order.cancelled_at else order.fulfillment_status,
        currency=order.currency,
        shopify_total=order.original_total,
        amazon_total=amazon.total if amazon else None,
        verdict=verdict,
        reason=reason,
    )


def _intentions(candidates: Sequence[Candidate], region: str, origin: str) -> list[Intention]:
    return [
        Intention(
            subject=one.amazon_order_id,
            payload={"shopify_order_id": one.shopify_order_id, "found_by": one.found_by},
            reason=one.reason,
            origin=origin,
        )
        for one in candidates
        if one.region == region and one.verdict == "adopt"
    ]
