"""What the shop asks of Amazon now, and what the routes of the brand say to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from integration_assets.mcf.errands import ORDER, destination_of
from integration_assets.mcf.strays import is_with_us, remembered
from integration_assets.rules.mcf import Offer, Request, RequestLine, Route, Verdict, judge
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.shopify_parts.service import Assigned
from resources.warehouse import Warehouse

OFFERS = Path(__file__).with_name("offers.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for shipping, and what is to be done with it."""

    assigned: Assigned
    verdict: Verdict


@dataclass
class Seen:
    """Everything the shop has with its service, as it was read once for all region accounts."""

    asked: list[Asked] = field(default_factory=list)
    accepted: list[Assigned] = field(default_factory=list)
    cancelling: list[Assigned] = field(default_factory=list)
    gone: dict[str, dict[str, Assigned | None]] = field(default_factory=dict)
    """Region account -> what was handed to it and is no longer with the service; None where the shop has it no more."""
    orders: dict[str, Effect] = field(default_factory=dict)
    """Fulfilment order -> the newest effect that handed it to Amazon, whichever region account that was."""

    def of_region(self, region: str, first: str) -> list[Asked]:
        """The requests that a region account sees to: its own by route or by what was begun; the rest the first."""
        return [one for one in self.asked if self.region_of(one, first) == region]

    def region_of(self, asked: Asked, first: str) -> str:
        """What was begun in an account stays there, though the routes may have changed since."""
        begun = self.orders.get(asked.assigned.id)
        if begun is not None and begun.state not in ("rejected", "superseded"):
            return begun.region
        return asked.verdict.route.region if asked.verdict.route else first


def look(model: OperatingModel, shopify: Shopify, warehouse: Warehouse, ledger: Ledger) -> Seen:
    """Read what waits, and decide on each request."""
    routes = model.mcf.as_routes({region: model.marketplaces(region) for region in model.amazon})
    offers = {(region, pool, item): Offer(sku, units) for region, pool, item, sku, units in warehouse.query(OFFERS)}
    requested = shopify.assigned_orders("FULFILLMENT_REQUESTED")
    seen = Seen(
        asked=[Asked(one, _judged(one, routes, offers, model)) for one in requested],
        accepted=shopify.assigned_orders("FULFILLMENT_ACCEPTED"),
        cancelling=shopify.assigned_orders("CANCELLATION_REQUESTED"),
    )
    known = {one.id for one in [*requested, *seen.accepted, *seen.cancelling]}
    for region in model.amazon:
        for subject in sorted(remembered(ledger, region) - known):
            known.add(subject)
            found = shopify.assigned_order(subject)
            if found is not None and found.status == "IN_PROGRESS" and is_with_us(found):
                seen.accepted.append(found)
            elif found is None or not is_with_us(found):
                seen.gone.setdefault(region, {})[subject] = found
    for region in model.amazon:
        seen.orders |= _standing(ledger.newest_of(ORDER, region, known), seen.orders)
    return seen


def _standing(found: Mapping[str, Effect], known: Mapping[str, Effect]) -> dict[str, Effect]:
    """The effects that say more than what is known: one that Amazon refused gives way to one in another account."""
    return {
        subject: effect
        for subject, effect in found.items()
        if subject not in known or known[subject].state in ("rejected", "superseded")
    }


def _judged(
    assigned: Assigned, routes: Iterable[Route], offers: Mapping[tuple[str, str, str], Offer], model: OperatingModel
) -> Verdict:
    lines = tuple(
        RequestLine(line.line_id, line.inventory_item_id, line.sku, line.remaining)
        for line in assigned.lines
        if line.remaining
    )
    request = Request(
        country=assigned.country,
        tags=assigned.tags,
        lines=lines,
        is_mixed=assigned.order_units > sum(line.units for line in assigned.lines),
        has_address=destination_of(assigned).is_whole,
    )
    if assigned.has_more_lines:
        return Verdict("reject", "it has more lines than Amazon is asked for at once", reason="ORDER_TOO_LARGE")
    return judge(request, list(routes), offers, mixed=model.mcf.mixed)
