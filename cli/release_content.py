"""`instep release-content`: a person lets our content of a listing go where somebody else's is held."""

from __future__ import annotations

from pathlib import Path

from cli.main import OK
from cli.output import counted, say
from cli.region import region_of
from cli.who import who
from integration_assets.contracts.errors import ConfigurationError


def release_content(model: Path | None, *, sku: str, region: str | None, note: str) -> int:
    """Let every held part of a SKU's listing go. ConfigurationError when nothing is held."""
    from integration_assets.content.positions import NAMES, scope_of
    from resources.connections import connect

    with connect(model) as connections:
        region = region_of(connections.model, region)
        places = connections.model.marketplaces(region)
        scopes = [scope_of(region, place.marketplace_id, sku, name) for place in places for name in NAMES]
        held = [scope for scope in scopes if connections.ledger.hold_on(scope) is not None]
        if not held:
            raise ConfigurationError(
                f"Nothing that {sku!r} says in {region} is held.", todo="`instep exceptions` lists what is held."
            )
        for scope in held:
            hold = connections.ledger.release_hold(scope, who=who(), note=note)
            connections.ledger.audit(who(), "release content", scope, note or hold.detail)
    say(f"{counted(len(held), 'part')} of the listing of {sku}: sent with the next cycle, within a day.")
    return OK
