"""What the operating model declares about money, as the SELECTs take it."""

from __future__ import annotations

from typing import Any

from integration_assets.rules.marketplaces import MARKETPLACES
from integration_assets.rules.money import MINOR_DIGITS
from resources.operating_model import OperatingModel

WITHOUT_DECIMALS = sorted(currency for currency, digits in MINOR_DIGITS.items() if digits == 0)


def sharing(model: OperatingModel) -> dict[str, Any]:
    """How each bucket of the account is shared: `$buckets` and `$rules`, side by side."""
    declared = sorted(model.money.allocate.items())
    return {"buckets": [bucket for bucket, _ in declared], "rules": [rule for _, rule in declared]}


def without_decimals() -> dict[str, Any]:
    """`$without_decimals`: the currencies whose smallest unit is a whole one."""
    return {"without_decimals": WITHOUT_DECIMALS}


def rates(model: OperatingModel) -> dict[str, Any]:
    """The declared exchange rates: `$sources`, `$targets`, `$months` and `$rates`, side by side."""
    declared = model.money.fx
    return {
        "sources": [rate.source for rate in declared],
        "targets": [rate.target for rate in declared],
        "months": [rate.month for rate in declared],
        "rates": [rate.rate for rate in declared],
    }


def zones() -> dict[str, Any]:
    """Where the day of each marketplace begins: `$marketplaces` and `$zones`, side by side."""
    return {
        "marketplaces": [place.marketplace_id for place in MARKETPLACES],
        "zones": [place.timezone for place in MARKETPLACES],
    }
