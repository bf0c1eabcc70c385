"""Positions: the facts of each MFN SKU, gathered from the warehouse and the ledger, and what the rules decide."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from integration_assets.contracts.reconcile import StockPosition
from integration_assets.rules import evidence, loops
from integration_assets.rules.bundles import ComponentFact
from integration_assets.rules.channel import who_ships
from integration_assets.rules.evidence import Baseline, Missing
from integration_assets.rules.holds import OrderFact, held_units
from integration_assets.rules.position import Decision, Facts, Newest, Policy, decide, evidence_of
from integration_assets.stock.pushes import Pushes, pushes_of
from integration_assets.stock.queries import CHANGES, COMPONENTS, FACTS, GONE, ORDERS, ORDERS_READ_AT, REMEMBERED
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.pools import known_pool
from resources.takeover import takeover_at
from resources.warehouse import Warehouse
from resources.warehouse_parts.rows import Params

Sku = tuple[str, str]
"""Region account and SKU."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When orders were read that never were: nothing is overdue then, and nothing is raised."""


class _Listed(NamedTuple):
    """A row of facts.sql."""

    region: str
    seller_sku: str
    status: str
    reason: str
    fulfillment: str
    variant_id: str | None
    inventory_item_id: str | None
    is_tracked: bool
    is_bundle: bool
    tags: list[str]
    location_ids: list[str] | None
    availables: list[int] | None
    stock_read_at: datetime | None
    shown: int | None
    shown_at: datetime | None
    channels: list[str] | None


class _Part(NamedTuple):
    """A row of components.sql."""

    bundle_variant_id: str
    name: str
    units: int
    inventory_item_id: str | None
    is_tracked: bool
    tags: list[str]
    available: int | None
    stock_read_at: datetime | None


class _Orders(NamedTuple):
    """Order items by the inventory item they draw on, and by the SKU they were sold as."""

    of_item: Mapping[str, Sequence[OrderFact]]
    of_sku: Mapping[Sku, Sequence[OrderFact]]


class _Remembered(NamedTuple):
    """What earlier positions left behind, by SKU: shortfalls, and the last reading that nothing was odd about.

    And by inventory item: units that each of its SKUs presumes sold.
    """

    missing: Mapping[Sku, tuple[Missing, ...]]
    seen: Mapping[Sku, Baseline]
    presumed: Mapping[str, Mapping[Sku, int]]


class _Known(NamedTuple):
    """All that is read to decide, at one instant of the warehouse."""

    now: datetime
    takeover: datetime
    pool: Mapping[str, str]
    parts: Mapping[str, Sequence[_Part]]
    pushes: Mapping[str, Pushes]
    orders: _Orders
    changes: Mapping[str, int]
    remembered: _Remembered
    orders_read_at: Mapping[str, datetime]


Query = Callable[[str, Params], list[tuple[Any, ...]]]


class Positions:
    """Decides SKUs from what the stores say at the moment of asking. It only reads; the caller keeps the answer."""

    def __init__(self, *, model: OperatingModel, warehouse: Warehouse, ledger: Ledger, clock: Clock) -> None:
        self._model = model
        self._warehouse = warehouse
        self._ledger = ledger
        self._clock = clock
        # In preview somebody else keeps Amazon's numbers: whatever they are, nothing is odd about them.
        self._live = model.mode.stock_push == "live"
        self._policy = Policy(
            leak=model.stock.leak_policy,
            explain_within=timedelta(minutes=model.stock.explain_within_minutes),
            read_back_within=timedelta(minutes=model.stock.read_back_within_minutes),
            loop=loops.Limits(model.loop.max_pushes, model.loop.window_minutes),
        )

    def compute(
        self,
        *,
        regions: Iterable[str] | None = None,
        skus: Sequence[str] | None = None,
        items: Sequence[str] | None = None,
    ) -> list[StockPosition]:
        """Decide the SKUs of these region accounts (all by default); only some SKUs or inventory items where named.

        One row per region account and SKU that the merchant ships or may ship; an FBA SKU has none.
        """
        wanted = sorted(self._model.amazon if regions is None else regions)
        pool = dict(known_pool(self._ledger))
        now = self._clock.now()
        takeover = takeover_at(self._ledger, self._model, self._clock)
        partly = skus is not None or items is not None
        asked = {"regions": wanted, "pool": list(pool), "items": items, "skus": skus}
        # One reading for all of it: stock of one moment and orders of another would count a unit twice or not at all.
        with self._warehouse.reading() as query:
            listed = [row for row in map(_heeded, query(FACTS, asked)) if row.fulfillment != "fba"]
            if not listed:
                return []
            parts = _parts(query, pool)
            pushes = {region: self.pushes(region) for region in wanted}
            listed, gone = _gone(query, listed, pushes)
            drawn_on = _items_of(listed, parts) if partly else None
            remembered = _remembered(query, drawn_on, parts)
            known = _Known(
                now=now,
                takeover=takeover,
                pool=pool,
                parts=parts,
                pushes=pushes,
                orders=_orders(query, pushes, remembered, drawn_on, takeover),
                changes=dict(query(CHANGES, {"pool": list(pool), "since": now - self._window})),
                remembered=remembered,
                orders_read_at=dict(query(ORDERS_READ_AT, ())),
            )
        facts = [self._facts(row, known) for row in listed]
        facts = [replace(one, gone_since=gone.get((one.region, one.seller_sku))) for one in facts] if gone else facts
        facts = self._shared(facts, listed, known)
        return [
            _position(row, one, decide(one, self._policy), pushes[row.region].newest.get(row.seller_sku))
            for row, one in zip(listed, facts, strict=True)
        ]

    def pushes(self, region: str) -> Pushes:
        """What the ledger knows of the region account's pushes."""
        return pushes_of(self._ledger, region, self._clock.now() - self._window)

    def sold(self, region: str, pushes: Pushes) -> Mapping[Sku, Sequence[OrderFact]]:
        """The region account's order items by SKU, since the oldest push that still matters."""
        takeover = takeover_at(self._ledger, self._model, self._clock)
        with self._warehouse.reading() as query:
            return _orders(query, {region: pushes}, _Remembered({}, {}, {}), None, takeover).of_sku

    @property
    def _window(self) -> timedelta:
        return timedelta(minutes=self._model.loop.window_minutes)

    def _facts(self, row: _Listed, known: _Known) -> Facts:
        rule = self._model.stock.rule_for(row.seller_sku, row.tags, row.region)
        item, key = row.inventory_item_id or "", (row.region, row.seller_sku)
        pushes = known.pushes[row.region]
        buffer, components = rule.buffer, None
        stock_read_at, changes = row.stock_read_at, known.changes.get(item, 0)
        if row.is_bundle:
            made_of = known.parts.get(row.variant_id or "", ())
            components = [self._component(part, key, known) for part in made_of]
            # What a bundle keeps back is what its components keep back; only its thresholds and its cap are its own.
            buffer = replace(buffer, units=0, percent=0)
            stock_read_at = min((part.stock_read_at for part in made_of if part.stock_read_at), default=None)
            changes = sum(known.changes.get(part.inventory_item_id or "", 0) for part in made_of)
        return Facts(
            region=row.region,
            seller_sku=row.seller_sku,
            now=known.now,
            map_status=row.status,
            map_reason=row.reason,
            fulfillment=row.fulfillment,
            tracked=row.is_tracked,
            available=_by_location(row, known.pool),
            stock_read_at=stock_read_at,
            orders=known.orders.of_item.get(item, ()),
            sku_orders=known.orders.of_sku.get(key, ()),
            orders_read_at=known.orders_read_at.get(row.region, NEVER),
            takeover_at=known.takeover,
            components=components,
            share_percent=self._model.amazon[row.region].share,
            buffer=buffer,
            buffer_told=rule.described,
            never_push=rule.never_push,
            baseline=pushes.baselines.get(row.seller_sku) if self._live else None,
            seen=known.remembered.seen.get(key) if self._live else None,
            ours=pushes.in_the_air.get(row.seller_sku, ()),
            missing=known.remembered.missing.get(key, ()),
            shown=row.shown,
            shown_at=row.shown_at,
            newest=pushes.newest.get(row.seller_sku),
            pushes_in_window=pushes.in_window.get(row.seller_sku, 0),
            stock_changes_in_window=changes,
            release=pushes.releases.get(row.seller_sku),
        )

    def _component(self, part: _Part, bundle: Sku, known: _Known) -> ComponentFact:
        item = part.inventory_item_id or ""
        held = held_units(
            known.orders.of_item.get(item, ()), stock_read_at=part.stock_read_at, takeover_at=known.takeover
        )
        presumed = known.remembered.presumed.get(item, {})
        return ComponentFact(
            name=part.name,
            units=part.units,
            available=part.available,
            tracked=part.is_tracked,
            held=held + sum(units for key, units in presumed.items() if key != bundle),
            buffer=self._model.stock.rule_for(part.name, part.tags, bundle[0]).buffer,
        )

    def _shared(self, facts: list[Facts], listed: Sequence[_Listed], known: _Known) -> list[Facts]:
        """Tell each SKU what the others that draw on its inventory item presume sold, bundles in units of the item."""
        presumed: dict[str, dict[Sku, int]] = {
            item: {key: units for key, units in of_sku.items() if units}
            for item, of_sku in known.remembered.presumed.items()
        }
        for row, one in zip(listed, facts, strict=True):
            if one.missing or (one.shown is not None and one.shown_at is not None and (one.baseline or one.seen)):
                units = evidence_of(one, self._policy).presumed_sold
                for item, each in _draws_on(row, known.parts):
                    if units or item in presumed:
                        presumed.setdefault(item, {})[row.region, row.seller_sku] = units * each
        if not any(any(of_sku.values()) for of_sku in presumed.values()):
            return facts
        shared = []
        for row, one in zip(listed, facts, strict=True):
            others = presumed.get(row.inventory_item_id or "", {})
            elsewhere = sum(units for key, units in others.items() if key != (row.region, row.seller_sku))
            shared.append(replace(one, presumed_elsewhere=elsewhere) if elsewhere and not row.is_bundle else one)
        return shared


def _heeded(found: tuple[Any, ...]) -> _Listed:
    """A row of the facts; where the youngest reading tells of Amazon's own channel, it is heeded at once.

    A reading only ever forbids: what the SKU map calls Amazon's stays Amazon's until the map is made again.
    """
    row = _Listed(*found)
    now = who_ships(row.channels) if row.channels else row.fulfillment
    return row._replace(fulfillment=now) if row.fulfillment == "mfn" and now != "mfn" else row


def _gone(
    query: Query, listed: Sequence[_Listed], pushes: Mapping[str, Pushes]
) -> tuple[list[_Listed], Mapping[Sku, datetime]]:
    """The rows, those of SKUs whose variant left the shop with the variant they stood for, and when these left."""
    stood_for = {
        (row.region, row.seller_sku): variant
        for row in listed
        if row.status == "unmapped" and (variant := pushes[row.region].stood_for.get(row.seller_sku))
    }
    if not stood_for:
        return list(listed), {}
    gone_at: dict[str, datetime] = dict(query(GONE, {"variants": sorted(set(stood_for.values()))}))
    gone = {key: gone_at[variant] for key, variant in stood_for.items() if variant in gone_at}
    rows = [
        row._replace(variant_id=stood_for[row.region, row.seller_sku]) if (row.region, row.seller_sku) in gone else row
        for row in listed
    ]
    return rows, gone


def _parts(query: Query, pool: Mapping[str, str]) -> dict[str, list[_Part]]:
    parts: dict[str, list[_Part]] = defaultdict(list)
    for found in query(COMPONENTS, {"pool": list(pool)}):
        part = _Part(*found)
        parts[part.bundle_variant_id].append(part)
    return parts


def _orders(
    query: Query,
    pushes: Mapping[str, Pushes],
    remembered: _Remembered,
    items: Sequence[str] | None,
    takeover: datetime,
) -> _Orders:
    since = {key: reading.sent_at for key, reading in remembered.seen.items() if key[0] in pushes}
    for key, missing in remembered.missing.items():
        if key in since:
            since[key] = min(since[key], *(miss.since for miss in missing))
    for region, known in pushes.items():
        for sku, sent_at in known.oldest():
            key = (region, sku)
            # Nothing older than the youngest number that was in order matters, unless a push is still in the air, or
            # was only seen to have landed later: then Amazon's number is measured against that.
            baseline, seen = known.baselines.get(sku), remembered.seen.get(key)
            is_measure = baseline is not None and seen is not None and baseline.verified_at >= seen.verified_at
            if key not in since or sku in known.in_the_air or is_measure:
                since[key] = min(sent_at, since.get(key, sent_at))
    found = query(
        ORDERS,
        {
            "items": items,
            "takeover": takeover,
            "base_regions": [region for region, _ in since],
            "base_skus": [sku for _, sku in since],
            "base_since": list(since.values()),
        },
    )
    of_item: dict[str, list[OrderFact]] = defaultdict(list)
    of_sku: dict[Sku, dict[str, OrderFact]] = defaultdict(dict)
    for item, region, sku, each, *order in found:
        fact = OrderFact(*order)
        of_item[item].append(fact.times(each))
        # A bundle stands once per component: the SKU itself was sold once.
        of_sku[region, sku][fact.amazon_order_id] = fact
    return _Orders(of_item, {key: list(sold.values()) for key, sold in of_sku.items()})


def _remembered(query: Query, items: Sequence[str] | None, parts: Mapping[str, Sequence[_Part]]) -> _Remembered:
    missing: dict[Sku, tuple[Missing, ...]] = {}
    seen: dict[Sku, Baseline] = {}
    presumed: dict[str, dict[Sku, int]] = defaultdict(dict)
    for region, sku, item, variant, units, text, quantity, at in query(REMEMBERED, {"items": items}):
        if text:
            missing[region, sku] = evidence.from_text(text)
        if quantity is not None and at is not None:
            # An order placed within the lag before the reading may or may not be in it.
            seen[region, sku] = Baseline(quantity, at - evidence.LAG - evidence.SKEW, at)
        if units:
            made_of = parts.get(variant or "", ())
            drawn = [(part.inventory_item_id or "", part.units) for part in made_of] or [(item or "", 1)]
            for drawn_on, each in drawn:
                presumed[drawn_on][region, sku] = units * each
    return _Remembered(missing, seen, presumed)


def _draws_on(row: _Listed, parts: Mapping[str, Sequence[_Part]]) -> list[tuple[str, int]]:
    """The inventory items that one unit of the SKU takes from, and how many units of each."""
    if row.is_bundle:
        return [(part.inventory_item_id or "", part.units) for part in parts.get(row.variant_id or "", ())]
    return [(row.inventory_item_id, 1)] if row.inventory_item_id else []


def _by_location(row: _Listed, pool: Mapping[str, str]) -> dict[str, int] | None:
    if row.location_ids is None or row.availables is None:
        return None
    return {pool[location]: units for location, units in zip(row.location_ids, row.availables, strict=True)}


def _items_of(listed: Iterable[_Listed], parts: Mapping[str, Sequence[_Part]]) -> list[str]:
    items = {row.inventory_item_id for row in listed}
    for row in listed:
        if row.is_bundle:
            items.update(part.inventory_item_id for part in parts.get(row.variant_id or "", ()))
    return sorted(item for item in items if item)


def _position(row: _Listed, facts: Facts, decision: Decision, newest: Newest | None) -> StockPosition:
    baseline, seen = facts.baseline, facts.seen
    if decision.explained and row.shown is not None and row.shown_at is not None:
        seen = Baseline(row.shown, row.shown_at, row.shown_at)
    # A bundle has no stock of its own, whatever Shopify's level of it says.
    counted = facts.available if facts.tracked and facts.components is None else None
    return StockPosition(
        region=row.region,
        seller_sku=row.seller_sku,
        variant_id=row.variant_id,
        inventory_item_id=row.inventory_item_id,
        available=None if counted is None else sum(counted.values()),
        by_location=json.dumps(counted or {}, sort_keys=True, ensure_ascii=False),
        held_for_orders=decision.held_for_orders,
        presumed_sold=decision.presumed_sold,
        share_percent=facts.share_percent,
        buffer_rule=facts.buffer_told,
        target=decision.target,
        shown=row.shown,
        shown_at=row.shown_at,
        last_applied=baseline.quantity if baseline else None,
        last_applied_at=baseline.verified_at if baseline else None,
        effect_state=newest.state if newest else None,
        effect_at=newest.decided_at if newest else None,
        verdict=decision.verdict,
        cause=decision.cause,
        leak_units=decision.leak_units,
        oversold=decision.oversold,
        computed_at=facts.now,
        last_explained=seen.quantity if seen else None,
        last_explained_at=seen.verified_at if seen else None,
        missing=evidence.to_text(decision.missing),
        reason=decision.reason,
    )
