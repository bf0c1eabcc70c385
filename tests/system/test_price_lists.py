"""Prices by a market's price list on the sandbox: fixed or adjusted there, never converted here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.prices import LIST_PRICES
from integration_assets.shopify.list_prices import list_prices
from sandbox.shopify.price_lists import PriceList, open_price_list
from tests.amazon_caller import DE, UK
from tests.system.stage import Stage
from tests.system.test_price_push import ROPE, patches, position, priced, turn

GERMANY = "Germany"


@contextmanager
def listed(home: Path, *, currency: str = "EUR", **prices: Any) -> Iterator[tuple[Stage, PriceList]]:
    """A brand whose German prices come from a price list of the shop."""
    with priced(home, price_lists={"DE": GERMANY}, max_move_percent=90, **prices) as stage:
        yield stage, open_price_list(stage.world, GERMANY, currency)


def read(stage: Stage) -> None:
    stage.carry_out(list_prices)


def test_a_fixed_price_of_the_list_is_sent_in_its_own_currency(tmp_path: Path) -> None:
    with listed(tmp_path) as (stage, germany):
        germany.fixed[stage.variant(ROPE).id] = Decimal("24.5")
        read(stage)
        turn(stage)
        assert patches(stage) == [(ROPE, {"DE": 24.5})]
        row = position(stage, ROPE, DE)
        assert (row.target, row.currency) == (Decimal("24.50"), "EUR")
        assert row.reason.startswith("24.50 makes 24.50 (price list Germany)")
        assert position(stage, ROPE, UK).verdict == "in_step"


def test_a_variant_that_the_list_has_no_price_of_is_never_converted(tmp_path: Path) -> None:
    with listed(tmp_path) as (stage, _):
        read(stage)
        turn(stage)
        row = position(stage, ROPE, DE)
        assert (row.target, row.verdict) == (None, "excluded")
        assert row.reason == "price list 'Germany' has no price of it, and none is converted instead"
        assert patches(stage) == []


def test_what_is_not_fixed_is_adjusted_by_shopify_and_then_rounded_by_our_rule(tmp_path: Path) -> None:
    with listed(tmp_path, endings=("0.99",), min_prices=500, shop_vat_percent=20, vat_percent={"DE": 19}) as (
        stage,
        germany,
    ):
        germany.percent, germany.rate = Decimal(-10), Decimal("1.2")
        germany.fixed[stage.variant("JUG-GLASS").id] = Decimal(50)
        read(stage)
        origins = {row.origin for row in stage.warehouse.rows(LIST_PRICES)}
        assert origins == {"FIXED", "RELATIVE"}
        turn(stage)
        # 19.90 in the shop, at 1.2 and less 10 percent: 21.49 on the list; its tax is not taken out and put in again.
        assert position(stage, ROPE, DE).target == Decimal("21.99")


def test_a_list_that_the_shop_does_not_have_is_an_error_that_names_those_it_has(tmp_path: Path) -> None:
    with priced(tmp_path, price_lists={"DE": "Deutschland"}) as stage:
        open_price_list(stage.world, GERMANY, "EUR")
        with pytest.raises(Exception, match="'Deutschland' is no price list in Shopify; it has Germany"):
            read(stage)


def test_a_list_in_another_currency_than_its_marketplace_is_an_error(tmp_path: Path) -> None:
    with listed(tmp_path, currency="USD") as (stage, _):
        with pytest.raises(Exception, match=r"'Germany' is in USD, and Amazon.de sells in EUR") as caught:
            read(stage)
        assert isinstance(caught.value.__cause__ or caught.value, ConfigurationError)


@pytest.mark.prove
def test_without_a_declared_list_the_shop_is_not_asked(tmp_path: Path) -> None:
    with priced(tmp_path) as stage:
        before = len(stage.world.requests)
        read(stage)
        assert stage.world.requests[before:] == []
