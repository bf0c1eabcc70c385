"""Setting the units of a location that shows Amazon's stock: up to 250 items a call, each compared with what was."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from integration_assets.contracts.errors import Rejected, Unavailable
from integration_assets.contracts.shopify import StockLevel
from integration_assets.effects.errand import Receipt, Sight
from resources.ledger_parts.records import Effect
from resources.shopify import Figure, SetLevel, Shopify

KIND = "fba_mirror"
KEYS = uuid.UUID("0f8c3bb0-6f6a-4a55-9d6e-6b6f1c6a2d11")
ROUNDS = 4
"""How often a call is made anew after somebody else was quicker; each time with what the shop shows then."""
CONCURRENT = "IDEMPOTENCY_CONCURRENT_REQUEST"
STALE = "CHANGE_FROM_QUANTITY_STALE"
PROVEN = "the shop counted the change"


@dataclass
class MirrorErrand:
    """Carries out `fba_mirror` effects and their like: the subject is an inventory item, the payload a quantity.

    Where orders are routed to the location, `on_hand` is set, which no order changes; and when it has changed all the
    same, nothing of the call is sent, since what it should be then is for the next run to say.
    """

    shopify: Shopify
    kind: str = KIND
    figure: Figure = "available"
    once: bool = False
    at_once: int = 250

    def send_all(self, effects: Sequence[Effect]) -> Mapping[int, Receipt | Rejected]:
        """Stock the items that are not yet, then set all that differ in one call.

        A row that somebody else was quicker with is read again and sent with a new key; one that the shop refuses for
        a reason of its own is left out, and the others go.
        """
        told: dict[int, Receipt | Rejected] = {}
        before = self._stocked(effects, told)
        left = {effect.effect_id: effect for effect in effects if effect.effect_id not in told}
        for round_ in range(1, ROUNDS + 1):
            for effect in list(left.values()):
                if before[effect.subject] == effect.payload["quantity"]:
                    told[effect.effect_id] = Receipt(detail="the location shows it already", proven=True)
                    del left[effect.effect_id]
            if not left:
                return told
            rows = [_row(effect, before[effect.subject]) for effect in left.values()]
            key, document = _key(left.values(), rows, round_), _document(left.values())
            try:
                self.shopify.set_levels(rows, key=key, document=document, figure=self.figure)
            except Rejected as error:
                self._sorted_out(error, left, before, told)
            else:
                return told | dict.fromkeys(left, Receipt(detail=PROVEN, proven=True))
        raise Unavailable(f"{len(left)} items of the mirror changed each time they were about to be set; nothing was.")

    def look_all(self, effects: Sequence[Effect]) -> Mapping[int, Sight]:
        """See what the location shows of the items now."""
        places = {effect.payload["location_id"] for effect in effects}
        shown = shown_in(self.shopify.levels_of([effect.subject for effect in effects], places), self.figure)
        return {
            effect.effect_id: Sight(
                "there" if shown.get(effect.subject) == effect.payload["quantity"] else "not_there",
                f"the location shows {shown.get(effect.subject, 'nothing')}",
            )
            for effect in effects
        }

    def _stocked(self, effects: Sequence[Effect], told: dict[int, Receipt | Rejected]) -> dict[str, int]:
        """What the location shows of each item; those it does not stock are stocked there first."""
        before: dict[str, int] = {}
        for effect in effects:
            if effect.payload["from"] is not None:
                before[effect.subject] = effect.payload["from"]
                continue
            key = str(uuid.uuid5(KEYS, f"stock/{effect.effect_id}/{effect.attempts}"))
            try:
                level = self.shopify.stock_at(effect.subject, effect.payload["location_id"], key=key)
            except Rejected as error:
                told[effect.effect_id] = error
            else:
                before[effect.subject] = units_in(level, self.figure)
        return before

    def _sorted_out(
        self,
        error: Rejected,
        left: dict[int, Effect],
        before: dict[str, int],
        told: dict[int, Receipt | Rejected],
    ) -> None:
        """Make ready for another call after a refusal: one bad row refuses all. Raises `error` when it names none."""
        order = list(left.values())
        if error.code == CONCURRENT:
            raise Unavailable(f"{error} It is under way already.", operation=error.operation) from error
        bad = {int(place.split(".")[2]) for place in error.places if place.startswith("input.quantities.")}
        if not bad or max(bad) >= len(order):
            raise error
        if error.code == STALE and self.figure == "on_hand":
            raise Unavailable(f"{error} Parcels or returns were booked meanwhile; nothing was set.") from error
        if error.code == STALE:
            items = [order[at].subject for at in sorted(bad)]
            places = {effect.payload["location_id"] for effect in order}
            before.update(shown_in(self.shopify.levels_of(items, places), self.figure))
            return
        for at in bad:
            told[order[at].effect_id] = error
            del left[order[at].effect_id]


def units_in(level: StockLevel, figure: Figure) -> int:
    """A level's units by one of its figures."""
    return level.available if figure == "available" else level.on_hand


def shown_in(levels: Iterable[StockLevel], figure: Figure) -> dict[str, int]:
    """Units by inventory item, of items that are stocked."""
    return {level.inventory_item_id: units_in(level, figure) for level in levels if level.is_active}


def _row(effect: Effect, shown: int) -> SetLevel:
    return SetLevel(
        inventory_item_id=effect.subject,
        location_id=effect.payload["location_id"],
        quantity=effect.payload["quantity"],
        change_from=shown,
    )


def _key(effects: Iterable[Effect], rows: Sequence[SetLevel], round_: int) -> str:
    """The same for the same attempt of the same effects, and another for anything else."""
    numbers = [(effect.effect_id, effect.attempts) for effect in effects]
    return str(uuid.uuid5(KEYS, f"set/{round_}/{numbers}/{rows}"))


def _document(effects: Iterable[Effect]) -> str:
    """What the shop's own history of the stock says it came from."""
    return f"gid://instep/FbaMirror/{min(effect.effect_id for effect in effects)}"
