"""A plan of prices that is held whole: which one a person looked at, and what of it they let go.

A word is bound to the SKUs and prices of the plan it was given on. What was decided since is judged by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.prices import PricePosition
from integration_assets.effects.holds import ITSELF, spoken
from integration_assets.prices.positions import KIND
from resources.ledger import Hold, Ledger


def plan_scope(region: str) -> str:
    """The name under which a region account's plan of prices is held."""
    return f"{KIND}/{region}"


def item_of(sku: str, marketplace_id: str, price: object) -> str:
    """A short name for one price of a plan."""
    return hashlib.sha256(f"{sku}\n{marketplace_id}\n{price}".encode()).hexdigest()[:12]


def let_go(ledger: Ledger, region: str) -> frozenset[str]:
    """Every price that may go, large plan or not: of a plan that a person let go of late, or on its way already."""
    waiting = ledger.open_effects(KIND, region, ("intended",))
    found = {
        item_of(effect.subject, place, price) for effect in waiting for place, price in effect.payload["prices"].items()
    }
    last = ledger.last_hold(plan_scope(region))
    name, items = _kept(ledger, _let_go_cursor(region))
    if last is not None and spoken(ledger, last) and _named_in(last) == name:
        found |= items
    return frozenset(found)


def hold(ledger: Ledger, region: str, told: str, rows: Sequence[PricePosition]) -> str:
    """Hold these prices for a person; the name of the plan, which every change of it changes."""
    items = sorted(item_of(row.seller_sku, row.marketplace_id, row.target) for row in rows)
    name = hashlib.sha256("\n".join(items).encode()).hexdigest()[:8]
    cursor = _held_cursor(region)
    if _kept(ledger, cursor)[0] != name:
        ledger.set_cursor(cursor, " ".join([name, *items]))
    last = ledger.hold_on(plan_scope(region))
    detail = _detail(name, told)
    if last is None or last.detail != detail:
        ledger.open_hold(plan_scope(region), detail)
    return name


def end(ledger: Ledger, region: str) -> None:
    """End a hold by itself where there is one: the plan is no longer too bold."""
    if ledger.hold_on(plan_scope(region)) is not None:
        ledger.release_hold(plan_scope(region), who=ITSELF, note="the plan is no longer too bold")


def release(ledger: Ledger, region: str, name: str | None, *, who: str, note: str) -> Hold:
    """A person lets the plan of this name go. ConfigurationError when no plan is held, or by now it is another one."""
    standing = ledger.hold_on(plan_scope(region))
    if standing is None:
        raise ConfigurationError(
            f"No plan of prices is held in {region}.", todo="`instep exceptions` lists what is held."
        )
    held, items = _kept(ledger, _held_cursor(region))
    if name != held or _named_in(standing) != held:
        asked = f"The plan that is held in {region} is another one than {name}" if name else "Which plan"
        raise ConfigurationError(
            f"{asked}: {standing.detail}.", todo=f"Look at what would change, then add --plan {_named_in(standing)}."
        )
    ledger.set_cursor(_let_go_cursor(region), " ".join([held, *sorted(items)]))
    return ledger.release_hold(plan_scope(region), who=who, note=note, detail=standing.detail)


def is_let_go(row: PricePosition, items: Iterable[str]) -> bool:
    """Whether this very price may go."""
    return item_of(row.seller_sku, row.marketplace_id, row.target) in items


def _detail(name: str, told: str) -> str:
    return f"plan {name}: {told}"


def _named_in(hold: Hold) -> str:
    return hold.detail.removeprefix("plan ").partition(":")[0]


def _held_cursor(region: str) -> str:
    return f"{KIND}/{region}/held_plan"


def _let_go_cursor(region: str) -> str:
    return f"{KIND}/{region}/plan_let_go"


def _kept(ledger: Ledger, cursor: str) -> tuple[str, frozenset[str]]:
    name, *items = (ledger.cursor(cursor) or "").split(" ")
    return name, frozenset(items)
