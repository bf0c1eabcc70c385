"""The FBA mirror on the sandbox: in step after one turn, quiet in the next, and never anybody else's stock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from integration_assets.amazon.fba_inventory import fba_inventory
from integration_assets.contracts.errors import ConfigurationError
from integration_assets.fba.cycle import MirrorCycle, MirrorOutcome
from integration_assets.fba.location import set_up
from sandbox.world import Level, RequestRecord
from tests.system.stage import REGION, Stage, on_stage

MIRROR = "Amazon FBA EU"
JUG, SALT = "JUG-GLASS", "CELLAR,SALT"


@contextmanager
def mirrored(home: Path, **settings: Mapping[str, object]) -> Iterator[Stage]:
    """A brand in step that lets the mirror be written."""
    with on_stage(home, mode={"stock_push": "live", "fba_mirror": "live"}, **settings) as stage:
        yield stage


def cycle(stage: Stage) -> MirrorCycle:
    door = stage.connections
    return MirrorCycle(door.model, door.shopify, door.warehouse, door.ledger, door.clock, "the test")


def turn(stage: Stage) -> MirrorOutcome:
    """Read what Amazon has, and bring the mirror in step."""
    stage.carry_out(fba_inventory)
    return cycle(stage).run(REGION)


def level(stage: Stage, sku: str) -> Level | None:
    place = stage.brand.locations[MIRROR]
    return stage.world.shop.levels.get((stage.variant(sku).item_id, place))


def shows(stage: Stage, sku: str) -> int:
    found = level(stage, sku)
    assert found is not None
    assert found.is_active
    return found.available


def receive(stage: Stage, seller_sku: str, units: int, *, pool: str | None = None) -> None:
    """Units are put on a shelf in Amazon's warehouse."""
    for stock in stage.account.fba.values():
        if stock.sku == seller_sku and pool in (None, stock.pool):
            stock.fulfillable += units


def truth(stage: Stage) -> dict[int, int]:
    """Units that Amazon can ship by inventory item, each FNSKU once per pool, of SKUs with a variant."""
    found: dict[int, int] = {}
    for stock in stage.account.fba.values():
        variant_id = stage.brand.variant_of.get((REGION, stock.sku))
        if variant_id is not None:
            item = stage.world.shop.variants[variant_id].item_id
            found[item] = found.get(item, 0) + stock.fulfillable
    return found


def mirror(stage: Stage) -> dict[int, int]:
    """Units that the mirror location shows by inventory item."""
    place = stage.brand.locations[MIRROR]
    levels = stage.world.shop.levels
    return {item: one.available for (item, where), one in levels.items() if where == place and one.is_active}


def pool_levels(stage: Stage) -> dict[tuple[int, int], int]:
    mirrors = {stage.brand.locations[MIRROR]}
    return {key: one.available for key, one in stage.world.shop.levels.items() if key[1] not in mirrors}


def calls(stage: Stage, operation: str) -> int:
    return len(stage.calls(operation))


def open_kinds(stage: Stage) -> list[tuple[str, str]]:
    found = stage.ledger.open_exceptions()
    return [(one.kind, one.told) for one in found if one.kind.startswith("fba_mirror")]


def test_the_mirror_is_in_step_after_one_turn_and_the_next_writes_nothing(tmp_path: Path) -> None:
    with mirrored(tmp_path) as stage:
        others, untouched = pool_levels(stage), stage.writes()
        for number, key in enumerate(sorted(stage.account.fba)):
            stage.account.fba[key].fulfillable += number % 4
        del stage.world.shop.levels[stage.variant(SALT).item_id, stage.brand.locations[MIRROR]]
        turn(stage)
        assert {item: units for item, units in mirror(stage).items() if units} == {
            item: units for item, units in truth(stage).items() if units
        }
        assert (calls(stage, "inventorySetQuantities"), calls(stage, "inventoryActivate")) == (1, 1)
        again = turn(stage)
        assert (again.effects.planned, again.effects.sent) == ([], 0)
        assert (calls(stage, "inventorySetQuantities"), calls(stage, "inventoryActivate")) == (1, 1)
        assert pool_levels(stage) == others
        assert stage.writes() == untouched


@pytest.mark.prove
def test_a_pool_that_several_marketplaces_show_is_counted_once(tmp_path: Path) -> None:
    with mirrored(tmp_path) as stage:
        turn(stage)
        before = shows(stage, JUG)
        receive(stage, "JUG-GLASS-FBA", 6)
        pools = sum(stock.sku == "JUG-GLASS-FBA" for stock in stage.account.fba.values())
        turn(stage)
        assert shows(stage, JUG) == before + 6 * pools


@pytest.mark.prove
def test_reserved_inbound_and_unfulfillable_units_are_not_shown(tmp_path: Path) -> None:
    with mirrored(tmp_path) as stage:
        turn(stage)
        before = shows(stage, JUG)
        for stock in stage.account.fba.values():
            stock.reserved, stock.inbound, stock.unfulfillable = stock.reserved + 5, stock.inbound + 50, 9
        turn(stage)
        assert shows(stage, JUG) == before


def test_a_hand_edit_is_reported_and_set_back(tmp_path: Path) -> None:
    with mirrored(tmp_path) as stage:
        receive(stage, "JUG-GLASS-FBA", 1)
        turn(stage)
        right = shows(stage, JUG)
        stage.count(JUG, MIRROR, right + 4)
        found = turn(stage)
        assert shows(stage, JUG) == right
        assert [edit.units for edit in found.wanted.edits] == [4]
        [(kind, told)] = open_kinds(stage)
        assert kind == "fba_mirror_edited"
        assert told == (
            f"Amazon FBA EU showed {right + 4} of JUG-GLASS-FBA: +4 units that Amazon does not know of. "
            f"What Amazon can ship is {right}; it was set back."
        )
        stage.count("007-ROPE", MIRROR, 3)
        turn(stage)
        [(kind, told)] = open_kinds(stage)
        assert told == (
            "Amazon FBA EU showed 3 of 007-ROPE: +3 units that Amazon does not know of. "
            "What Amazon can ship is 0; it was set back."
        ), "named as the shop names it, since Amazon has no such SKU"
        turn(stage)
        assert open_kinds(stage) == []


@pytest.mark.prove
def test_a_hand_edit_can_be_left_for_a_person(tmp_path: Path) -> None:
    with mirrored(tmp_path) as stage:
        pool = stage.connections.model.pools
        held = pool.fba[REGION].model_copy(update={"edits": "hold"})
        stage.connections.model = stage.connections.model.model_copy(
            update={"pools": pool.model_copy(update={"fba": {REGION: held}})}
        )
        receive(stage, "JUG-GLASS-FBA", 1)
        turn(stage)
        right = shows(stage, JUG)
        stage.count(JUG, MIRROR, right + 4)
        turn(stage)
        assert shows(stage, JUG) == right + 4
        [told] = [told for _, told in open_kinds(stage) if "JUG-GLASS-FBA" in told]
        assert told == (
            f"Amazon FBA EU showed {right + 4} of JUG-GLASS-FBA: +4 units that Amazon does not know of. "
            f"What Amazon can ship is {right}; it is left as it is until somebody sets it right."
        )
        stage.count(JUG, MIRROR, right)
        turn(stage)
        assert [told for _, told in open_kinds(stage) if "JUG-GLASS-FBA" in told] == []


class Overheard(list[RequestRecord]):
    """The sandbox's request log, at which somebody acts once: right when the mirror was read."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self._act: Callable[[], None] | None = act

    def append(self, record: RequestRecord) -> None:
        super().append(record)
        if record.operation in ("location", "productVariantsCount") and self._act is not None:
            act, self._act = self._act, None
            act()


def test_a_row_that_somebody_was_quicker_with_is_read_again_and_sent_with_a_new_key(tmp_path: Path) -> None:
    with mirrored(tmp_path) as stage:
        turn(stage)
        for seller_sku in ("JUG-GLASS-FBA", "CELLAR,SALT"):
            receive(stage, seller_sku, 3)
        stage.world.requests = Overheard(lambda: stage.count(JUG, MIRROR, 1))
        found = turn(stage)
        assert found.effects.sent == 2
        assert mirror(stage) | truth(stage) == mirror(stage)
        outcomes = [call.outcome for call in stage.calls("inventorySetQuantities")]
        assert outcomes[-2:] == ["invalid", "ok"]
        assert turn(stage).effects.planned == []


SLOW = ("internal_error_before", "never_applied", "concurrent_key")


@pytest.mark.parametrize(
    "kind", ["internal_error_after", *(pytest.param(kind, marks=pytest.mark.prove) for kind in SLOW)]
)
def test_a_call_of_doubtful_outcome_is_read_back_before_it_is_sent_again(tmp_path: Path, kind: str) -> None:
    with mirrored(tmp_path) as stage:
        turn(stage)
        receive(stage, "JUG-GLASS-FBA", 3)
        stage.fault(kind, "inventorySetQuantities", times=1)
        turn(stage)
        for _ in range(2):
            stage.advance(minutes=16)
            turn(stage)
        assert mirror(stage) | truth(stage) == mirror(stage)
        assert open_kinds(stage) == []
        assert turn(stage).effects.planned == []


def test_ten_thousand_echoes_cause_no_write(tmp_path: Path) -> None:
    with mirrored(tmp_path) as stage:
        turn(stage)
        writes = calls(stage, "inventorySetQuantities") + stage.writes()
        right = shows(stage, JUG)
        for _ in range(10_000):
            stage.world.set_available(stage.variant(JUG).item_id, stage.brand.locations[MIRROR], right)
        stage.react(JUG)
        turn(stage)
        assert calls(stage, "inventorySetQuantities") + stage.writes() == writes


@pytest.mark.prove
def test_nothing_is_set_in_preview(tmp_path: Path) -> None:
    with on_stage(tmp_path) as stage:
        receive(stage, "JUG-GLASS-FBA", 3)
        found = turn(stage)
        planned = {one.subject: one.payload["quantity"] - one.payload["from"] for one in found.effects.planned}
        assert planned[stage.item(JUG)] == 6
        assert calls(stage, "inventorySetQuantities") == 0


def test_a_location_that_sells_online_is_never_written(tmp_path: Path) -> None:
    with mirrored(tmp_path) as stage:
        place = stage.world.shop.locations[stage.brand.locations[MIRROR]]
        place.fulfills_online_orders = True
        with pytest.raises(ConfigurationError, match="Shopify may route online orders to 'Amazon FBA EU'"):
            turn(stage)
        model, shop = stage.connections.model, stage.connections.shopify
        assert set_up(model, REGION, shop, shop.locations()) == "Amazon FBA EU was closed to online orders"
        assert not place.fulfills_online_orders
        turn(stage)
        assert set_up(model, REGION, shop, shop.locations()) == "Amazon FBA EU is ready"


def test_a_missing_location_is_made_by_the_set_up(tmp_path: Path) -> None:
    with mirrored(tmp_path) as stage:
        number = stage.brand.locations[MIRROR]
        shop = stage.world.shop
        shop.levels = {key: one for key, one in shop.levels.items() if key[1] != number}
        del shop.locations[number]
        with pytest.raises(ConfigurationError, match="'Amazon FBA EU' is not a location in Shopify"):
            turn(stage)
        door = stage.connections
        assert set_up(door.model, REGION, door.shopify, door.shopify.locations()) == "Amazon FBA EU was made"
        [made] = [place for place in shop.locations.values() if place.name == MIRROR]
        assert not made.fulfills_online_orders
        stage.brand.locations[MIRROR] = made.id
        turn(stage)
        assert {item: units for item, units in mirror(stage).items() if units} == {
            item: units for item, units in truth(stage).items() if units
        }
