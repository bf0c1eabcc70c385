"""Setting parts of a SKU's listing in the marketplaces of an account: one call for all, then looking at each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from integration_assets.content.positions import KIND, NAMES, shown_of
from integration_assets.contracts.errors import Unavailable
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.rules.content import mark, shows_images
from integration_assets.rules.marketplaces import Marketplace, by_id
from resources.amazon import AmazonAccount
from resources.amazon_parts.content import Change, ListedContent
from resources.clock import Clock
from resources.ledger_parts.records import Effect

FIRST_LOOK = timedelta(minutes=10)


@dataclass
class ContentErrand:
    """Carries out `content_push` effects: the subject is a SKU, the payload marks of the texts by part and marketplace.

    The texts themselves are too long for the ledger: `values` holds those of this run by their marks. `seen` is what
    was read of the listings in this run, `read` reads more.
    """

    account: AmazonAccount
    clock: Clock
    read: Callable[[Mapping[Marketplace, Iterable[str]]], None]
    seen: Mapping[tuple[str, str], ListedContent]
    patience: timedelta
    values: dict[str, str] = field(default_factory=dict)
    kind: str = KIND
    once: bool = False

    def send(self, effect: Effect) -> Receipt:
        """Make the one call. ACCEPTED is no proof; INVALID is a no, with Amazon's reasons."""
        receipt = self.account.patch_content(effect.subject, effect.payload["product_type"], self._changes(effect))
        receipt.must_be_accepted(f"what {effect.subject} is to say")
        return Receipt(receipt.submission_id, look_after=FIRST_LOOK)

    def look(self, effect: Effect) -> Sight:
        """See what the marketplaces show now. Until the patience is over, what is not shown yet is not lost."""
        values: Mapping[str, Mapping[str, str]] = effect.payload["values"]
        places = sorted({place for marks in values.values() for place in marks})
        if any((place, effect.subject) not in self.seen for place in places):
            self.read({by_id(place): [effect.subject] for place in places})
        applied_at = effect.applied_at or effect.sent_at
        is_early = applied_at is not None and self.clock.now() < applied_at + self.patience
        lacking = [
            f"the {name} in {by_id(place).country}"
            for name in NAMES
            for place, wanted in sorted(values.get(name, {}).items())
            if not self._shows(effect, name, place, wanted, is_early=is_early)
        ]
        if not lacking:
            return Sight("there", "Amazon shows all of it")
        detail = f"Amazon does not show {', '.join(lacking)}"
        return Sight("later" if effect.state == "applied" and is_early else "not_there", detail)

    def look_ahead(self, effects: Iterable[Effect]) -> None:
        """Read what all of these are about, twenty SKUs a call."""
        skus: dict[Marketplace, set[str]] = {}
        for effect in effects:
            for marks in effect.payload["values"].values():
                for place in marks:
                    skus.setdefault(by_id(place), set()).add(effect.subject)
        self.read(skus)

    def _shows(self, effect: Effect, name: str, place: str, wanted: str, *, is_early: bool) -> bool:
        listed = self.seen.get((place, effect.subject))
        shown = None if listed is None else shown_of(next(one for one in NAMES if one == name), listed)
        if shown is None or mark(shown) == wanted or name != "images":
            return shown is not None and mark(shown) == wanted
        # Amazon's copy of an image that it had already is the one that stood there; in the end that is a yes.
        before = effect.payload["before"].get(place) if is_early else None
        return shows_images(effect.payload["counts"][place], shown, before)

    def _changes(self, effect: Effect) -> list[Change]:
        payload = effect.payload
        found: list[Change] = []
        for name in NAMES:
            for place, wanted in sorted(payload["values"].get(name, {}).items()):
                if wanted not in self.values:
                    raise Unavailable(f"What {effect.subject} is to say has changed; it is decided again.")
                change = Change(
                    attribute=name,
                    marketplace=by_id(place),
                    language=payload["languages"][name][place],
                    value=self.values[wanted],
                    images_shown=payload["shown"].get(place, 0),
                )
                found.append(change)
        return found
