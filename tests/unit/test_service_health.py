"""Old sources, used-up allowances, refused credentials, lost subscriptions: told as exceptions, ended by the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integration_assets.contracts.errors import ConfigurationError, Denied, InstepError, Rejected, Unavailable
from integration_assets.contracts.shopify import STOCK_LEVELS, StockLevel
from integration_assets.service.health import (
    allowances,
    credentials,
    forget_read_again,
    service_of,
    sources,
    span,
    tell,
    webhook,
)
from integration_assets.service.runs import run_failed, run_succeeded, told_of_error
from resources.clock import ManualClock
from resources.ledger import Ledger
from resources.warehouse import Warehouse
from tests.assets.rows import empty_warehouse, make

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LIMITS = {"shopify.stock_levels": timedelta(hours=1), "amazon.orders": timedelta(minutes=30)}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NINE)


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock) as ledger:
        yield ledger


@pytest.fixture
def warehouse(tmp_path: Path, clock: ManualClock) -> Warehouse:
    empty_warehouse(tmp_path / "warehouse.duckdb")
    return Warehouse(tmp_path / "warehouse.duckdb", clock)


def told(ledger: Ledger, kind: str) -> list[str]:
    return [record.told for record in ledger.open_exceptions(kind)]


def fails_with(error: InstepError) -> Callable[[], object]:
    def ask() -> object:
        raise error

    return ask


def test_a_source_that_was_not_read_in_time_is_told_until_it_is_read_again(
    ledger: Ledger, warehouse: Warehouse, clock: ManualClock
) -> None:
    warehouse.observe(STOCK_LEVELS, [make(StockLevel)], seen_at=NINE)
    clock.advance(2 * 3600)
    looks = sources(warehouse, LIMITS, clock.now())
    assert [(look.row.name, look.row.state) for look in looks] == [
        ("amazon.orders", "unknown"),
        ("shopify.stock_levels", "late"),
    ]
    tell(ledger, "stale_source", looks)
    assert told(ledger, "stale_source") == [
        "shopify.stock_levels was last read at 2026-11-23 09:00 UTC, 2 h ago. Decisions rest on old numbers."
    ]
    warehouse.observe(STOCK_LEVELS, [make(StockLevel)], seen_at=clock.now())
    tell(ledger, "stale_source", sources(warehouse, LIMITS, clock.now()))
    assert told(ledger, "stale_source") == []


def test_a_service_that_asks_to_wait_again_and_again_is_told_and_an_hour_of_calm_ends_it(
    ledger: Ledger, clock: ManualClock
) -> None:
    for _ in range(3):
        ledger.take("amazon/eu/A1EXAMPLE", "searchOrders", 1.0, 10.0)
        ledger.penalise("amazon/eu/A1EXAMPLE", "searchOrders", 5)
        tell(ledger, "throttled", allowances(ledger.bucket_levels(), clock.now()))
        clock.advance(300)
    assert told(ledger, "throttled") == [
        "Amazon eu made us wait 3 times for searchOrders in 10 minutes. Work is late, not lost."
    ]
    clock.advance(3600)
    [look] = allowances(ledger.bucket_levels(), clock.now())
    assert (look.row.name, look.row.state, look.row.retries) == ("Amazon eu searchOrders", "ok", 0)
    tell(ledger, "throttled", [look])
    assert told(ledger, "throttled") == []
    ledger.penalise("amazon/eu/A1EXAMPLE", "searchOrders", 5)
    assert ledger.bucket_levels()[0].penalties == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ConfigurationError("Shopify refuses the app's credentials."), "failing"),
        (Denied("forbidden", status=403), "failing"),
        (Rejected("the query is wrong", status=400), "unknown"),
        (Unavailable("the service is down"), "unknown"),
    ],
)
def test_only_a_refusal_speaks_of_credentials(error: InstepError, state: str) -> None:
    assert credentials("Shopify", fails_with(error), NINE).row.state == state


def test_an_outage_neither_opens_nor_closes_what_is_said_of_credentials(ledger: Ledger) -> None:
    refused, down = fails_with(ConfigurationError("They are refused.")), fails_with(Unavailable("down"))
    tell(ledger, "credentials", [credentials("Shopify", down, NINE)])
    assert told(ledger, "credentials") == []
    tell(ledger, "credentials", [credentials("Shopify", refused, NINE), credentials("Amazon eu", list, NINE)])
    tell(ledger, "credentials", [credentials("Shopify", down, NINE), credentials("Amazon eu", list, NINE)])
    assert told(ledger, "credentials") == [
        "Shopify refuses our credentials: They are refused. Nothing is read or sent there until they are mended."
    ]
    tell(ledger, "credentials", [credentials("Shopify", list, NINE), credentials("Amazon eu", list, NINE)])
    assert told(ledger, "credentials") == []


def test_a_lost_subscription_names_its_topic(ledger: Ledger) -> None:
    looks = [webhook("INVENTORY_LEVELS_UPDATE", False, NINE), webhook("ORDERS_CREATE", True, NINE)]
    tell(ledger, "missing_webhook", looks)
    assert [record.identity for record in ledger.open_exceptions("missing_webhook")] == ["INVENTORY_LEVELS_UPDATE"]


def test_a_failed_run_is_told_until_the_job_goes_through(ledger: Ledger) -> None:
    run_failed(ledger, "take_in_orders", "amazon orders", "Amazon is down. It is tried again.")
    run_failed(ledger, "keep_stock_in_step", "amazon orders", "Amazon is down.")
    run_succeeded(ledger, "keep_stock_in_step")
    run_succeeded(ledger, "another_job")
    assert told(ledger, "failed_run") == [
        "The run of take_in_orders failed at amazon orders: Amazon is down. It is tried again."
    ]


def test_an_answer_that_is_much_smaller_is_an_exception_of_its_own_until_the_table_is_read(
    ledger: Ledger, warehouse: Warehouse, clock: ManualClock
) -> None:
    levels = [make(StockLevel, inventory_item_id=f"gid://shopify/InventoryItem/{n}") for n in range(10)]
    warehouse.observe(STOCK_LEVELS, levels, seen_at=NINE)
    with pytest.raises(InstepError) as shrunk:
        warehouse.observe(STOCK_LEVELS, levels[:2], seen_at=NINE)
    run_failed(ledger, "keep_stock_in_step", "shopify stock levels", told_of_error("Failure", str(shrunk.value)))
    [record] = ledger.open_exceptions("suspect_snapshot")
    assert record.facts == {"source": "shopify.stock_levels", "new_rows": 2, "old_rows": 10}
    forget_read_again(ledger, warehouse)
    assert len(ledger.open_exceptions("suspect_snapshot")) == 1
    clock.advance(900)
    warehouse.observe(STOCK_LEVELS, levels, seen_at=clock.now())
    forget_read_again(ledger, warehouse)
    assert ledger.open_exceptions("suspect_snapshot") == []


@pytest.mark.parametrize(
    ("class_name", "message", "told"),
    [
        ("Unavailable", "integration_assets.contracts.errors.Unavailable: Amazon is down.\n", "Amazon is down."),
        ("integration_assets.contracts.errors.Rejected", "No.", "No."),
        ("Failure", "dagster.Failure: shopify.orders: 2 rows", "shopify.orders: 2 rows"),
        ("KeyError", "KeyError: 'Jane Doe, 1 High Street'", "KeyError, an error that the program did not expect"),
    ],
)
def test_a_strangers_message_is_not_repeated(class_name: str, message: str, told: str) -> None:
    assert told_of_error(class_name, message) == told


def test_an_account_is_named_as_people_do() -> None:
    assert service_of("amazon/eu/A1EXAMPLE") == "Amazon eu"
    assert service_of("shopify/example-brand.myshopify.com") == "Shopify"


@pytest.mark.parametrize(("seconds", "words"), [(45, "45 s"), (720, "12 min"), (9000, "2 h"), (3 * 86_400, "3 d")])
def test_a_span_is_told_in_the_largest_unit_that_says_enough(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words
