"""`instep release-prices`: a person lets go of a price, or of a plan of prices, that is held back."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from cli.main import OK
from cli.output import counted, say
from integration_assets.contracts.errors import ConfigurationError


def release_prices(model: Path | None, *, sku: str | None, plan: str | None, region: str | None, note: str) -> int:
    """Let our prices of a SKU go wherever they are held, or without a SKU the plan of this name.

    ConfigurationError when nothing is held, or another plan than the one that was named.
    """
    from integration_assets.prices import plans
    from integration_assets.prices.holds import price_scope
    from resources.connections import connect

    with connect(model) as connections:
        known = sorted(connections.model.amazon)
        if region is None and len(known) == 1:
            region = known[0]
        if region is None or region not in known:
            raise ConfigurationError("Which region account?", todo=f"Add --region with one of: {', '.join(known)}.")
        ledger = connections.ledger
        if sku is None:
            hold = plans.release(ledger, region, plan, who=_who(), note=note)
            ledger.audit(_who(), "release prices", hold.scope, f"{note} ({hold.detail})" if note else hold.detail)
            told = f"Plan {plan} of the prices of {region}"
        else:
            places = connections.model.marketplaces(region)
            scopes = [price_scope(region, place.marketplace_id, sku) for place in places]
            held = [scope for scope in scopes if ledger.hold_on(scope) is not None]
            if not held:
                raise ConfigurationError(
                    f"No price of {sku!r} is held in {region}.", todo="`instep exceptions` lists what is held."
                )
            for scope in held:
                hold = ledger.release_hold(scope, who=_who(), note=note)
                ledger.audit(_who(), "release prices", scope, note or hold.detail)
            told = f"{counted(len(held), 'price')} of {sku}"
    say(f"{told}: sent with the next cycle, within a day.")
    return OK


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"uid {os.getuid()}"
