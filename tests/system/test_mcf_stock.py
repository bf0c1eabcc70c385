"""The fulfilment service's stock on the sandbox: what Amazon can ship, never promised twice."""

from __future__ import annotations

import random
from pathlib import Path

import dagster as dg
import pytest

from integration_assets.actions.fba_mirror import fba_mirror
from integration_assets.actions.origin import OriginConfig
from integration_assets.amazon.fba_inventory import fba_inventory
from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.fba import FBA_MIRROR
from integration_assets.effects.runner import Outcome
from integration_assets.mcf.stock import ServiceStock
from sandbox.world import Level
from tests.system.stage import Stage
from tests.system.test_mcf import JUG, SALT, SERVICE, ask, outbound, service, shipping
from tests.system.test_mcf import turn as ship


def turn(stage: Stage) -> Outcome:
    """Read what Amazon has, and bring the service's location in step."""
    stage.carry_out(fba_inventory)
    door = stage.connections
    return ServiceStock(door.model, door.shopify, door.warehouse, door.ledger, door.clock, "the test").run()


def level(stage: Stage, sku: str) -> Level | None:
    return stage.world.shop.levels.get((stage.variant(sku).item_id, service(stage).id))


def available(stage: Stage, sku: str = JUG) -> int:
    found = level(stage, sku)
    assert found is not None
    return found.available


def at_amazon(stage: Stage, sku: str = "JUG-GLASS-FBA") -> int:
    """Units in the pool with the fewest."""
    return min(stock.fulfillable for stock in stage.account.fba.values() if stock.sku == sku)


def elsewhere(stage: Stage) -> dict[tuple[int, int], int]:
    place = service(stage).id
    return {key: one.available for key, one in stage.world.shop.levels.items() if key[1] != place}


def test_the_service_shows_what_amazon_can_ship_and_the_next_turn_writes_nothing(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        others = elsewhere(stage)
        assert turn(stage).sent > 1
        assert available(stage) == at_amazon(stage) == 60
        before = len(stage.world.requests)
        assert (turn(stage).planned, elsewhere(stage)) == ([], others)
        asked = [call.operation for call in stage.world.requests[before:]]
        assert {"inventorySetQuantities", "inventoryActivate"} & set(asked) == set()
        stage.world.shop.levels[stage.variant(JUG).item_id, service(stage).id].available = 5
        turn(stage)
        assert available(stage) == 60


@pytest.mark.prove
def test_units_are_promised_once_from_the_order_to_the_parcel(tmp_path: Path) -> None:
    with shipping(tmp_path) as stage:
        turn(stage)
        ask(stage, (JUG, 3))
        assert available(stage) == 57
        turn(stage)
        assert (available(stage), at_amazon(stage)) == (57, 60)
        ship(stage)
        assert at_amazon(stage) == 57
        turn(stage)
        assert available(stage) <= 57
        stage.advance(minutes=1)
        ship(stage)
        stage.advance(minutes=45)
        turn(stage)
        assert available(stage) == 57
        for _ in range(8):
            ship(stage)
            stage.advance(minutes=60)
        turn(stage)
        found = level(stage, JUG)
        assert found is not None
        assert (found.available, found.committed, at_amazon(stage)) == (57, 0, 57)


def test_an_order_that_comes_while_the_stock_is_set_keeps_its_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shipping(tmp_path) as stage:
        turn(stage)
        for stock in stage.account.fba.values():
            stock.fulfillable = 50
        door = stage.connections.shopify
        send = door.set_levels

        def somebody_is_quicker(*rows: object, **more: object) -> None:
            ask(stage, (JUG, 2))
            send(*rows, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(door, "set_levels", somebody_is_quicker)
        turn(stage)
        assert available(stage) == 48


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(5))
def test_never_more_is_promised_than_amazon_can_ship(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    with shipping(tmp_path) as stage:
        turn(stage)
        for _ in range(40):
            step = dice.randrange(4)
            if step == 0:
                units = dice.randrange(1, 4)
                if available(stage) >= units:
                    ask(stage, (dice.choice([JUG, SALT]), units))
            elif step == 1:
                ship(stage)
            elif step == 2:
                stage.advance(minutes=dice.choice([1, 20, 40, 240]))
            turn(stage)
            taken = set(outbound(stage).orders)
            waiting = sum(
                line.remaining
                for order in stage.world.shop.extra["fulfillment_services"].orders.values()
                for line in order.lines
                if f"INSTEP-{order.id}" not in taken
                and line.remaining
                and stage.world.shop.orders[order.order_id].lines[0].sku == stage.variant(JUG).sku
            )
            assert available(stage) <= at_amazon(stage) - waiting


def test_nothing_is_set_in_preview_and_a_name_that_is_no_service_is_refused(tmp_path: Path) -> None:
    with shipping(tmp_path, mode={"mcf": "preview"}) as stage:
        assert (len(turn(stage).planned) > 1, level(stage, JUG)) == (True, None)
        stage.carry_out(fba_mirror, context=dg.build_asset_context(), config=OriginConfig())  # type: ignore[arg-type]
        rows = stage.warehouse.rows(FBA_MIRROR, "region = 'mcf'")
        assert {row.state for row in rows} == {"preview"}
        assert ("JUG-GLASS-FBA",) in {row.seller_skus for row in rows}
    with shipping(tmp_path / "live") as stage:
        service(stage).is_fulfillment_service = False
        with pytest.raises(ConfigurationError, match=f"'{SERVICE}' is no open location of a fulfilment service"):
            turn(stage)
