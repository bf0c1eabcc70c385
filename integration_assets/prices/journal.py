"""The price effects as rows for analysts."""

from __future__ import annotations

import json
from datetime import datetime

from integration_assets.contracts.prices import PRICE_PUSH, PricePush
from integration_assets.effects.journal import columns_of, record_outcome
from integration_assets.effects.runner import Outcome
from integration_assets.prices.positions import KIND
from integration_assets.rules.marketplaces import by_id
from resources.ledger import Ledger
from resources.ledger_parts.records import Effect
from resources.warehouse import Warehouse


def record_prices(warehouse: Warehouse, ledger: Ledger, outcome: Outcome, now: datetime) -> int:
    """Bring `actions.price_push` up to date with the ledger, or with what would be sent."""
    return record_outcome(warehouse, ledger, PRICE_PUSH, KIND, outcome, now, _row)


def _row(effect: Effect, effect_id: str) -> PricePush:
    prices = {place: f"{amount} {by_id(place).currency}" for place, amount in effect.payload["prices"].items()}
    return PricePush(
        seller_sku=effect.subject,
        wanted=json.dumps(prices, sort_keys=True),
        **columns_of(effect, effect_id),
    )
