"""The asset `shopify.locations`."""

from pathlib import Path

import dagster as dg
import pytest

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.shopify import LOCATIONS
from integration_assets.shopify.locations import locations
from resources.pools import known_pool
from tests.assets.stage import metadata, stage


def test_every_location_is_stored_and_the_pool_is_remembered_for_the_sensors(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        told = metadata(shop.materialize(locations), LOCATIONS)
        found = shop.warehouse.query("SELECT name, is_active, fulfills_online_orders FROM shopify.locations ORDER BY 1")
        assert found == [
            ("Amazon FBA EU", True, False),
            ("Bristol Studio", True, False),
            ("Leeds", True, True),
            ("Manchester", True, True),
            ("Sheffield (closed)", False, False),
        ]
        assert told["dagster/row_count"] == 5
        assert told["mfn_pool"] == ["Leeds", "Manchester"]
        assert sorted(known_pool(shop.ledger).values()) == ["Leeds", "Manchester"]


def test_a_pool_location_that_the_shop_does_not_have_fails_the_step_at_once_and_says_which_there_are(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as shop:
        with shop.world.lock:
            shop.world.shop.locations[shop.brand.locations["Leeds"]].name = "Leeds Two"
        with pytest.raises(dg.Failure, match=r"'Leeds' is not a location.*'Leeds Two'") as failed:
            shop.materialize(locations)
        assert failed.value.allow_retries is False
        assert isinstance(failed.value.__cause__, ConfigurationError)
        assert known_pool(shop.ledger) == {}
