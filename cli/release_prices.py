"""`instep release-prices`: a person lets go of a price, or of a plan of prices, that is held back."""

from __future__ import annotations

from pathlib import Path

from cli.main import OK
from cli.output import counted, say
from cli.region import region_of
from cli.who import who
from integration_assets.contracts.errors import ConfigurationError


def release_prices(model: Path | None, *, sku: str | None, plan: str | None, region: str | None, note: str) -> int:
    """Let our prices of a SKU go wherever they are held, or without a SKU the plan of this name.

    ConfigurationError when nothing is held, or another plan than the one that was named.
    """
    from integration_assets.prices import plans
    from integration_assets.prices.holds import price_scope
    from resources.connections import connect

    with connect(model) as connections:
        region = region_of(connections.model, region)
        ledger = connections.ledger
        if sku is None:
            hold = plans.release(ledger, region, plan, who=who(), note=note)
            ledger.audit(who(), "release prices", hold.scope, f"{note} ({hold.detail})" if note else hold.detail)
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
                hold = ledger.release_hold(scope, who=who(), note=note)
                ledger.audit(who(), "release prices", scope, note or hold.detail)
            told = f"{counted(len(held), 'price')} of {sku}"
    say(f"{told}: sent with the next cycle, within a day.")
    return OK
