"""A brand of any size put straight into the stores, for what needs no sandbox: the warehouse by SQL, the ledger by its
own methods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from integration_assets.contracts.reconcile import SKU_MAP
from resources.connections import Connections
from resources.ledger import Ledger
from resources.ledger_parts.records import Intention
from resources.operating_model import load
from resources.pools import CURSOR

KIND, REGION = "stock_push", "eu"
ENV = {
    "SHOPIFY_CLIENT_ID": "none",
    "SHOPIFY_CLIENT_SECRET": "none",
    "SP_API_CLIENT_ID": "none",
    "SP_API_CLIENT_SECRET": "none",
    "SP_API_REFRESH_TOKEN_EU": "none",
}
POOL = '{"gid://shopify/Location/70000000001": "Manchester", "gid://shopify/Location/70000000002": "Leeds"}'
AT_ONCE = 5_000


def connected(home: str) -> Connections:
    """The stores of a home that has an operating model."""
    return Connections(load(Path(home) / "operating_model.toml"), ENV)


def sku(number: int) -> str:
    """The SKU of this number, as brand.sql writes it."""
    return f"MUG-OAK-{number}"


def fill_warehouse(home: str, skus: int, orders_a_day: int) -> None:
    """Write brand.sql's tables."""
    stores = connected(home)
    stores.warehouse.replace(SKU_MAP, [])
    values = {"skus": skus, "orders": orders_a_day, "now": stores.clock.now()}
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with stores.warehouse.connect() as connection:
        for statement in text.split(";\n"):
            if statement.strip():
                used = {name: value for name, value in values.items() if f"${name}" in statement}
                connection.execute(statement, used)
    stores.ledger.set_cursor(CURSOR, POOL)
    stores.ledger.set_cursor("takeover_at", (stores.clock.now() - timedelta(days=1)).isoformat())


def fill_ledger(home: str, skus: int) -> None:
    """A verified push for every SKU, as after months of work."""
    with connected(home).ledger as ledger:
        for start in range(0, skus, AT_ONCE):
            push_together(ledger, range(start, min(skus, start + AT_ONCE)))


def push_together(ledger: Ledger, numbers: Sequence[int]) -> None:
    """Take effects through all their states, each step for all of them in one transaction, as a feed does."""
    ids = [effect.effect_id for effect in ledger.intend_many(KIND, REGION, [_intention(number) for number in numbers])]
    ledger.begin_many(ids)
    ledger.applied_many(ids, "feed-done:1", ledger.clock.now())
    ledger.verified_many(ids)


def push_singly(ledger: Ledger, numbers: Sequence[int]) -> None:
    """Take effects through all their states, each step in a transaction of its own, as PATCHes do."""
    for number in numbers:
        effect = ledger.intend_many(KIND, REGION, [_intention(number)])[0]
        ledger.begin(effect.effect_id)
        ledger.applied(effect.effect_id, "submission", ledger.clock.now())
        ledger.verified(effect.effect_id)


def _intention(number: int) -> Intention:
    return Intention(sku(number), {"quantity": number % 60, "from": None}, "10 at Leeds, less 2 kept back", "benchmark")
