"""The asset `reconcile.inventory_drift`: every cause, its age, and how a row closes."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from integration_assets.contracts.amazon import Listing
from integration_assets.contracts.reconcile import DRIFT_CAUSES, INVENTORY_DRIFT, SkuMap, StockPosition
from integration_assets.reconcile.inventory_drift import inventory_drift
from tests.assets.rows import DE, NINE, make, store
from tests.assets.stage import House, house, metadata

DRIFT = "SELECT seller_sku, direction, target, shown, difference, cause FROM reconcile.inventory_drift ORDER BY 1"
AGE = "SELECT first_seen_at, age_minutes FROM reconcile.inventory_drift"
PUSH = {"verdict": "push", "cause": "not_yet_pushed"}


def test_every_difference_between_target_and_what_amazon_shows_is_there_with_its_cause(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        causes = [cause for cause in DRIFT_CAUSES if cause != "unmapped"]
        verdicts = {"not_yet_pushed": "push", "ownership_leak": "leak"}
        store(
            home.warehouse,
            *[
                make(StockPosition, seller_sku=cause, shown=9, verdict=verdicts.get(cause, "waiting"), cause=cause)
                for cause in causes
            ],
        )
        told = metadata(home.materialize(inventory_drift), INVENTORY_DRIFT)
        assert home.warehouse.query(DRIFT) == [(cause, "over", 8, 9, 1, cause) for cause in sorted(causes)]
        assert {cause: told[f"cause/{cause}"] for cause in DRIFT_CAUSES} == {**dict.fromkeys(causes, 1), "unmapped": 0}
        assert (told["dagster/row_count"], told["units_over"], told["units_under"]) == (7, 7, 0)


@pytest.mark.parametrize(
    ("position", "drift"),
    [
        ({"shown": 5, **PUSH}, [("MUG", "under", 8, 5, -3, "not_yet_pushed")]),
        ({"shown": None, **PUSH}, [("MUG", "under", 8, None, -8, "not_yet_pushed")]),
        ({"shown": None, "shown_at": None, **PUSH}, []),
        ({"shown": 8, **PUSH}, []),
        ({"shown": 33}, []),
        ({"shown": None, "target": 0}, []),
        ({"shown": 9, "target": None, "verdict": "excluded"}, []),
    ],
    ids=[
        "stock is hidden",
        "an offer without a quantity shows none",
        "never read is not known",
        "an older value on its way back is no difference yet",
        "a number that a person accepted is in step",
        "nothing shown and nothing to show",
        "nothing may be sent",
    ],
)
def test_what_is_drift_and_what_is_not(tmp_path: Path, position: dict[str, Any], drift: list[tuple[Any, ...]]) -> None:
    with house(tmp_path) as home:
        store(home.warehouse, make(StockPosition, **position))
        home.materialize(inventory_drift)
        assert home.warehouse.query(DRIFT) == drift


def test_a_merchant_s_sku_that_cannot_be_mapped_is_drift_by_all_that_it_shows(tmp_path: Path) -> None:
    unmapped = {
        "status": "unmapped",
        "variant_id": None,
        "inventory_item_id": None,
        "reason": "no such SKU in the shop",
    }
    with house(tmp_path) as home:
        store(
            home.warehouse,
            make(SkuMap, seller_sku="LAMP", **unmapped),
            make(SkuMap, seller_sku="VASE-FBA", **unmapped | {"fulfillment": "fba"}),
            make(SkuMap, seller_sku="amzn.gr.X", **unmapped | {"status": "ignored"}),
            make(SkuMap, seller_sku="MUG"),
            make(Listing, seller_sku="LAMP", quantity=9),
            make(Listing, seller_sku="LAMP", quantity=7, marketplace_id=DE),
            make(Listing, seller_sku="VASE-FBA", quantity=None, fulfillment_channel="AMAZON_EU"),
            make(Listing, seller_sku="amzn.gr.X"),
            make(Listing),
        )
        home.materialize(inventory_drift)
        assert home.warehouse.query(DRIFT) == [("LAMP", "unmapped", None, 9, 9, "unmapped")]
        assert home.warehouse.query("SELECT reason FROM reconcile.inventory_drift") == [("no such SKU in the shop",)]


def sees(home: House, minutes: float, **position: Any) -> None:
    """The next look at the position, so many minutes later."""
    home.connections.clock.sleep(60 * minutes)
    store(home.warehouse, make(StockPosition, **position))
    home.materialize(inventory_drift)


def test_a_drift_keeps_its_age_while_it_lasts_whatever_its_size_and_cause(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        sees(home, 0, shown=12, **PUSH)
        assert home.warehouse.query(AGE) == [(NINE, 0)]
        sees(home, 14.9, shown=11, verdict="waiting", cause="in_flight")
        assert home.warehouse.query(AGE) == [(NINE, 14)]
        sees(home, 0.1, shown=11, verdict="waiting", cause="accepted_not_applied")
        assert home.warehouse.query(AGE) == [(NINE, 15)]


def test_a_drift_that_is_over_is_gone_and_one_that_turns_round_is_a_new_one(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        sees(home, 0, shown=12, **PUSH)
        sees(home, 10, shown=2, **PUSH)
        assert home.warehouse.query(AGE) == [(NINE + timedelta(minutes=10), 0)]
        sees(home, 10, shown=8)
        assert home.warehouse.query(DRIFT) == []
        sees(home, 10, shown=2, **PUSH)
        assert home.warehouse.query(AGE) == [(NINE + timedelta(minutes=30), 0)]


def test_the_drift_is_drawn_over_time_for_the_ui(tmp_path: Path) -> None:
    with house(tmp_path) as home, dg.DagsterInstance.ephemeral() as home.instance:
        sees(home, 0, shown=12, **PUSH)
        store(home.warehouse, make(StockPosition, shown=12, **PUSH))
        told = metadata(home.materialize(inventory_drift), INVENTORY_DRIFT)
        assert told["over_time"].startswith("![SKUs out of step, by cause](data:image/svg+xml;base64,")
