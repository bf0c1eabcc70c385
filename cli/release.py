"""`instep release` and `instep accept-snapshot`: a person lets go of what is held back; who and why is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cli.main import OK
from cli.output import counted, say
from cli.plan import positions, require_warehouse
from cli.region import region_of
from cli.who import who
from integration_assets.contracts.errors import ConfigurationError

if TYPE_CHECKING:
    from integration_assets.contracts.reconcile import StockPosition
    from resources.connections import Connections

Word = Literal["accept", "restore"]


def release(
    model: Path | None,
    *,
    sku: str | None,
    region: str | None,
    restore: bool,
    accept: bool,
    breaker: bool,
    note: str,
) -> int:
    """Release a SKU (`restore` our number or `accept` Amazon's) or the plan that the breaker holds.

    ConfigurationError when it is not said what to release, or nothing holds it.
    """
    from resources.connections import connect

    if breaker and not (sku or restore or accept):
        with connect(model) as connections:
            _release_plan(connections, region_of(connections.model, region), note)
    elif sku and not breaker and restore != accept:
        word: Word = "restore" if restore else "accept"
        with connect(model) as connections:
            _release_sku(connections, region_of(connections.model, region), sku, word, note)
    else:
        raise ConfigurationError(
            "Say what to let go of: either a SKU with --restore or --accept, or --breaker alone.",
            todo="For example: instep release --restore --note 'the repricer is off' CUP-01",
        )
    return OK


def accept_snapshot(model: Path | None, *, table: str, note: str) -> int:
    """Let readings of a table shrink for an hour. ConfigurationError for what is no observed table."""
    from integration_assets.contracts.registry import TABLES
    from resources.connections import connect

    observed = {each.sql_name: each for each in TABLES if each.kind == "observed"}
    if table not in observed:
        raise ConfigurationError(
            f"{table!r} is not a table that is read from a shop.", todo=f"Those are: {', '.join(observed)}."
        )
    with connect(model) as connections:
        require_warehouse(connections)
        until = connections.warehouse.let_shrink(observed[table])
        connections.ledger.audit(who(), "accept snapshot", table, note)
    say(f"{table}: readings that are much smaller than the last are taken until {until:%Y-%m-%d %H:%M} UTC.")
    return OK


def _release_plan(connections: Connections, region: str, note: str) -> None:
    from integration_assets.stock.gate import scope_of
    from integration_assets.stock.pushes import KIND

    ledger = connections.ledger
    if ledger.hold_on(scope_of(region)) is None:
        raise ConfigurationError(f"The breaker holds no plan of {region}.", todo="`instep plan` shows what is held.")
    hold = ledger.release_hold(scope_of(region), who=who(), note=note)
    held = ledger.open_effects(KIND, region, ("held",))
    for effect in held:
        ledger.release(effect.effect_id, f"let go by {who()}")
    ledger.audit(who(), "release breaker", region, note or hold.detail)
    say(f"{counted(len(held), 'held push', 'held pushes')} of {region} go with the next cycle ({hold.detail}).")


def _release_sku(connections: Connections, region: str, sku: str, word: Word, note: str) -> None:
    found = positions(connections, region, skus=[sku])
    if not found:
        raise ConfigurationError(f"{region} has no position for {sku!r}.", todo="`instep plan` lists what is held.")
    position = found[0]
    shown = position.shown
    if position.target is None:
        raise ConfigurationError(f"No number of ours goes to {sku!r}: {position.reason}.")
    if shown is None:
        raise ConfigurationError(
            f"Amazon was not seen to show a number for {sku!r} yet.", todo="Run `instep sync --once`, then again."
        )
    if shown == position.target or (word == "accept" and position.verdict != "leak"):
        held = "nothing holds it" if word == "restore" else "no foreign number holds it"
        raise ConfigurationError(f"{sku!r} in {region}: {held}.", todo=f"`instep explain` says: {position.reason}.")
    connections.ledger.set_baseline(region, sku, shown, note, who(), word)
    if word == "restore":
        _try_again(connections, position)
    connections.ledger.audit(who(), f"release {word}", f"{region}/{sku}", note)
    told = (
        f"{position.target} is sent with the next cycle"
        if word == "restore"
        else f"{shown} stays until our own stock changes"
    )
    say(f"{sku} in {region}: {told}.")


def _try_again(connections: Connections, position: StockPosition) -> None:
    """Put a push back to be sent whose tries are used up; what Amazon shows is read once more before it goes."""
    from integration_assets.stock.pushes import KIND

    newest = connections.ledger.history(KIND, position.region, position.seller_sku, limit=1)
    if not newest or newest[0].state not in ("applied", "unknown"):
        return
    used_up = newest[0].attempts >= connections.model.stock.max_attempts
    if used_up or position.cause == "accepted_not_applied":
        connections.ledger.resend(newest[0].effect_id, f"{who()} has it tried again")
