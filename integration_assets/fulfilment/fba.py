"""What Amazon has shipped from its own warehouses, marked as shipped on the Shopify order; the buyer is not told twice.

Amazon's orders tell of FBA how many units left, not by which carrier: a tracking number is passed on where it is told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from integration_assets.contracts.errors import DataError, Rejected, Unavailable
from integration_assets.contracts.fulfilment import ORDER_PACKAGES
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.fulfilment.facts import Book, LinkedOrder
from integration_assets.fulfilment.queries import SHIPPED_BY_AMAZON
from resources.ledger_parts.records import Effect, Intention
from resources.shopify import Shopify
from resources.shopify_parts.fulfillments import FulfillmentState, OpenUnits, Tracking, refused_as_done
from resources.warehouse import Warehouse

KIND = "fba_fulfilment"
UNPAIRED = "its lines in Shopify do not meet the items on Amazon"


class ShippedByAmazon:
    """Decides which Shopify orders lag behind what Amazon has shipped."""

    def __init__(self, book: Book, *, origin: str) -> None:
        self._book = book
        self._origin = origin
        self.unpaired: dict[str, str] = {}
        """Amazon order id -> why its units cannot be marked, as of the last plan."""

    def plan(self, region: str) -> list[Intention]:
        """One intention per order that lags: the units of each line that are to be shown as shipped in all.

        What was seen to be done stays done, though the last reading of the shop may not know it yet.
        """
        asked = self._book.warehouse.query(SHIPPED_BY_AMAZON, {"region": region, "since": self._book.takeover()})
        linked = self._book.linked(region, [row[0] for row in asked])
        done = self._book.ledger.newest_of(KIND, region, [each.amazon_order_id for each in linked])
        self.unpaired = {}
        found = []
        for each in linked:
            if each.shop is not None and each.shop.cancelled_at is not None:
                continue
            intention = self._intention(each)
            effect = done.get(each.amazon_order_id)
            if intention is None or (
                effect is not None and effect.state == "verified" and effect.payload == dict(intention.payload)
            ):
                continue
            found.append(intention)
        return found

    def _intention(self, linked: LinkedOrder) -> Intention | None:
        left = {item.order_item_id: item.quantity_fulfilled for item in linked.items if item.quantity_fulfilled}
        if any(item in linked.pairing.unpaired for item in left):
            self.unpaired[linked.amazon_order_id] = UNPAIRED
        wanted = linked.pairing.lines({item: units for item, units in left.items() if item in linked.pairing.parts})
        shown = linked.shipped()
        if all(shown.get(line, 0) >= units for line, units in wanted.items()):
            return None
        payload = {
            "amazon_order_id": linked.amazon_order_id,
            "shopify_order_id": linked.shopify_order_id,
            "lines": dict(sorted(wanted.items())),
        }
        units = sum(left.values())
        return Intention(linked.amazon_order_id, payload, f"Amazon has shipped {units} units of it", self._origin)


@dataclass
class MarkAsShipped:
    """The errand that marks units of an order as shipped: a value, how many in all, so repeating it adds nothing."""

    shopify: Shopify
    warehouse: Warehouse
    kind: str = KIND
    once: bool = False

    def send(self, effect: Effect) -> Receipt:
        """See what is shipped already and mark the rest, one call per location; proven by what the shop answers."""
        order_id = effect.payload["shopify_order_id"]
        state = self._state(order_id)
        marked = []
        to_mark = _to_mark(effect.payload["lines"], state)
        marks = sum(sum(units.values()) for units in to_mark.values())
        is_whole = marks == sum(_missing(effect.payload["lines"], state).values())
        for units in to_mark.values():
            try:
                marked.append(self.shopify.fulfillments.ship(units, self._tracking(effect, state)))
            except Rejected as error:
                if not refused_as_done(error) or not self._is_there(effect):
                    raise
        if marked:
            return Receipt(reference=marked[-1], detail=f"Shopify made {len(marked)} fulfillments", proven=is_whole)
        if not _missing(effect.payload["lines"], state):
            return Receipt(detail="Shopify shows them as shipped, or as taken off", proven=True)
        raise Rejected(
            f"Shopify order {order_id} has no open units to mark as shipped.",
            todo="Look for a hold on its fulfillment order, or for lines that were taken off.",
            operation="FulfillmentCreate",
        )

    def look(self, effect: Effect) -> Sight:
        """Whether the shop shows all of the units as shipped."""
        if self._is_there(effect):
            return Sight("there", "Shopify shows the units as shipped")
        return Sight("not_there", "Shopify does not show all of the units as shipped")

    def _is_there(self, effect: Effect) -> bool:
        return not _missing(effect.payload["lines"], self._state(effect.payload["shopify_order_id"]))

    def _state(self, order_id: str) -> FulfillmentState:
        try:
            state = self.shopify.fulfillments.state(order_id)
        except DataError as error:
            raise Rejected(str(error), todo=error.todo, operation="FulfillmentState") from error
        if state is None:
            raise Rejected(
                f"Shopify has no order {order_id} any more.", todo="It was deleted there: nothing can be marked on it."
            )
        if not state.is_routed:
            raise Unavailable(
                f"Shopify has not decided yet where order {order_id} leaves from.",
                todo="It does so a moment after an order was made: the next run marks it.",
                operation="FulfillmentState",
            )
        return state

    def _tracking(self, effect: Effect, state: FulfillmentState) -> Tracking | None:
        """A package's number that the shop has not been told, where Amazon names one."""
        known = self.warehouse.rows(ORDER_PACKAGES, "amazon_order_id = ?", [effect.payload["amazon_order_id"]])
        fresh = [each for each in known if each.tracking_number and each.tracking_number not in state.tracking]
        return Tracking(fresh[-1].carrier, fresh[-1].tracking_number) if fresh else None


def _missing(lines: Mapping[str, int], state: FulfillmentState) -> dict[str, int]:
    """Units of each line that are not shown as shipped yet; those that were taken off never will be."""
    waiting = Counter(state.blocked)
    for each in state.open_units:
        waiting[each.line_item_id] += each.remaining
    short = {line: min(units - state.shipped.get(line, 0), waiting[line]) for line, units in lines.items()}
    return {line: units for line, units in short.items() if units > 0}


def _to_mark(lines: Mapping[str, int], state: FulfillmentState) -> dict[str | None, dict[OpenUnits, int]]:
    """By location, for one call speaks of one: the open units to take, never more of a line than are missing."""
    missing = _missing(lines, state)
    found: dict[str | None, dict[OpenUnits, int]] = defaultdict(dict)
    for each in state.open_units:
        units = min(each.remaining, missing.get(each.line_item_id, 0))
        if units:
            found[each.location_id][each] = units
            missing[each.line_item_id] -= units
    return dict(found)
