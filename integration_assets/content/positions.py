"""What each listing ought to say by Shopify, beside what Amazon shows; Amazon is asked of what may differ only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from integration_assets.contracts.content import CONTENT_POSITION, ContentPosition
from integration_assets.effects import holds
from integration_assets.rules import content as rules
from integration_assets.rules.content import Attribute, ContentFacts, Unfit, mark
from integration_assets.rules.marketplaces import Marketplace, by_id
from resources.amazon import AmazonAccount
from resources.amazon_parts.content import ListedContent
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.operating_model_parts.content import ContentAttribute
from resources.shopify import Shopify
from resources.shopify_parts.content import ProductContent
from resources.warehouse import Warehouse

KIND = "content_push"
FACTS = Path(__file__).with_name("facts.sql").read_text(encoding="utf-8")
NAMES: tuple[Attribute, ...] = ("title", "description", "images")
OURS = ("in_step", "push", "waiting")
"""Verdicts at which what stood on Amazon was nobody's but ours, or was ours to write over."""
UNDER_WAY = ("sent", "applied", "unknown")
Key = tuple[str, str, Attribute]
"""Marketplace id, SKU, part of the listing."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A declared part of a listing, and what it ought to say."""

    declared: ContentAttribute
    place: Marketplace
    variant_id: str
    wanted: str | Unfit


@dataclass
class ContentPositions:
    """Computes positions. `seen` keeps what Amazon showed in this run, by marketplace id and SKU."""

    model: OperatingModel
    shopify: Shopify
    account: AmazonAccount
    warehouse: Warehouse
    ledger: Ledger
    clock: Clock
    seen: dict[tuple[str, str], ListedContent] = field(default_factory=dict)

    def compute(self) -> list[ContentPosition]:
        """The position of every declared part of the account's listings."""
        region = self.account.region
        asked = self._asked(region)
        before = {
            (row.marketplace_id, row.seller_sku, _name(row.attribute)): row
            for row in self.warehouse.rows(CONTENT_POSITION, "region = ?", [region])
        }
        known, under_way = self._applied(region)
        due: dict[Marketplace, set[str]] = {}
        for key, one in asked.items():
            if not self._is_settled(one, before.get(key), known.get(key)):
                due.setdefault(one.place, set()).add(key[1])
        self.read(due)
        rows: list[ContentPosition] = []
        for key, one in asked.items():
            last = before.get(key)
            listed = self.seen.get(key[:2])
            if listed is not None:
                rows.append(self._position(key, one, listed, last, known.get(key), under_way.get(key)))
            elif (last is not None and one.place not in due) or (last is not None and key[1] not in due[one.place]):
                rows.append(last)
        return rows

    def read(self, skus: Mapping[Marketplace, Iterable[str]]) -> None:
        """Ask Amazon what it shows of these, twenty a call; what it does not list is left out."""
        for place, wanted in skus.items():
            for row in self.account.search_content(sorted(set(wanted)), place):
                self.seen[place.marketplace_id, row.seller_sku] = row

    def _asked(self, region: str) -> dict[Key, _Asked]:
        settings = self.model.content
        places = {place.marketplace_id: place for place in self.model.marketplaces(region)}
        declared: dict[Key, tuple[ContentAttribute, str]] = {}
        for marketplace_id, sku, variant_id, tags in self.warehouse.query(FACTS, {"region": region}):
            for name in NAMES:
                place = places.get(marketplace_id)
                found = settings.for_sku(name, sku, tags, place) if place is not None else None
                if found is not None:
                    declared[marketplace_id, sku, name] = (found, variant_id)
        if not declared:
            return {}
        contents = self.shopify.product_contents({variant for _, variant in declared.values()}, settings.metafields())
        found_: dict[Key, _Asked] = {}
        for key, (one, variant_id) in declared.items():
            wanted = wanted_of(one, contents[variant_id]) if variant_id in contents else None
            if wanted is not None:
                found_[key] = _Asked(one, places[key[0]], variant_id, wanted)
        return found_

    def _applied(self, region: str) -> tuple[dict[Key, str], dict[Key, str]]:
        """The marks of what we last saw applied, and of what was sent and not seen yet."""
        known = {
            (place, sku, _name(name)): value
            for sku, one in self.ledger.last_verified(KIND, region).items()
            for name, values in one.payload["known"].items()
            for place, value in values.items()
        }
        open_ = self.ledger.open_effects(KIND, region, UNDER_WAY)
        newest = self.ledger.newest_of(KIND, region, {effect.subject for effect in open_})
        under_way = {
            (place, effect.subject, _name(name)): value
            for effect in open_
            if newest[effect.subject].effect_id == effect.effect_id
            for name, values in effect.payload["values"].items()
            for place, value in values.items()
        }
        return known, under_way

    def _is_settled(self, asked: _Asked, last: ContentPosition | None, known: str | None) -> bool:
        """Whether nothing has changed on our side since Amazon was last seen to be in step, not long ago."""
        if last is None or last.verdict != "in_step" or isinstance(asked.wanted, Unfit):
            return False
        is_fresh = self.clock.now() - last.shown_at < timedelta(hours=self.model.content.read_again_hours)
        return is_fresh and last.wanted == asked.wanted and known in (None, mark(asked.wanted))

    def _position(
        self,
        key: Key,
        asked: _Asked,
        listed: ListedContent,
        last: ContentPosition | None,
        known: str | None,
        under_way: str | None,
    ) -> ContentPosition:
        marketplace_id, sku, name = key
        wanted = asked.wanted if isinstance(asked.wanted, str) else None
        shown = shown_of(name, listed)
        was_in_step = last is not None and last.verdict == "in_step" and last.wanted == wanted
        facts = ContentFacts(
            wanted=asked.wanted,
            shown=shown,
            known=known,
            under_way=under_way,
            before=last.shown if last is not None and was_in_step else None,
            stood=last.shown if last is not None and last.verdict in OURS else None,
        )
        scope = scope_of(self.account.region, *key)
        if rules.is_foreign(name, facts) and holds.let_go(self.ledger, scope, change_of(shown, wanted)):
            facts = replace(facts, let_go=True)
        decision = rules.decide(name, facts, policy=self.model.content.leak_policy)
        return ContentPosition(
            region=self.account.region,
            marketplace_id=marketplace_id,
            seller_sku=sku,
            attribute=name,
            variant_id=asked.variant_id,
            product_type=listed.product_type,
            language=asked.declared.language_in(asked.place),
            wanted=wanted,
            shown=shown,
            shown_at=listed.read_at,
            verdict=decision.verdict,
            reason=decision.reason,
        )


def wanted_of(declared: ContentAttribute, content: ProductContent) -> str | Unfit | None:
    """What is to be said; None where the text is in a metafield that the product does not have."""
    if declared.name == "images":
        return rules.images(content.images)
    given = content.metafields.get(declared.metafield) if declared.metafield else None
    if declared.metafield and not given:
        return None
    if declared.name == "title":
        return rules.title(given or content.title)
    return rules.description(given or content.description_html, is_html=not given)


def shown_of(name: Attribute, listed: ListedContent) -> str | None:
    """What is shown, as one text; None where nothing is."""
    if name == "images":
        return rules.as_text(listed.images) or None
    return listed.title if name == "title" else listed.description


def scope_of(region: str, marketplace_id: str, sku: str, name: str) -> str:
    """The name under which a part of a listing is held for a person."""
    return f"content/{region}/{marketplace_id}/{name}/{sku}"


def change_of(shown: str | None, wanted: str | None) -> str:
    """The very change that a person is asked about: their word is none on another one."""
    return f"{mark(shown or '')} -> {mark(wanted or '')}"


def country_of(marketplace_id: str) -> str:
    """The marketplace as people name it."""
    return by_id(marketplace_id).country


def _name(text: str) -> Attribute:
    return next(name for name in NAMES if name == text)
