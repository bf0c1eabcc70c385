"""Settlements from Amazon's list of reports into the warehouse, over HTTP: archived, read, versioned, told of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from cli.settlement_close import closed
from cli.settlement_collect import collected
from integration_assets.amazon.settlement_reports import settlement_reports
from integration_assets.amazon.settlements import settlements
from integration_assets.checks import settlements as checks
from integration_assets.contracts.money import JOURNAL
from integration_assets.contracts.settlements import SETTLEMENT_LINES, SETTLEMENT_REPORTS, SETTLEMENTS
from integration_assets.partitions import SETTLEMENTS as BY_SETTLEMENT
from integration_assets.rules.settlement_kinds import Kind, Kinds
from integration_assets.settlements.taking import named_since, waiting
from resources.settlement_parts import layout
from resources.warehouse import Warehouse
from sandbox.amazon.reports import publish
from sandbox.amazon.settlement import REPORT_TYPE
from sandbox.amazon.state import Report
from sensors.settlement_sensor import requests_for, settlement_sensor
from tests.assets.stage import QUIET, Stage, metadata, region_check, resources_of, stage
from tests.settlement_files import Line, other, sold, written

ORDER = "114-8829371-4410258"
START = datetime(2026, 11, 2, tzinfo=UTC)
LINES = [sold(ORDER, "20.00", marketplace_name="Amazon.co.uk"), other("Subscription Fee", "-3.50")]
STATUS = """
    SELECT report_id, version, status, is_current, total_amount, difference
    FROM amazon.settlements WHERE settlement_id = ? ORDER BY created_at, report_id
"""


def offer(shop: Stage, report_id: str, content: bytes, *, hours_ago: float = 1) -> None:
    """Amazon puts a settlement report on its list."""
    with shop.world.lock:
        account = shop.brand.account("eu")
        at = shop.world.now() - timedelta(hours=hours_ago)
        publish(
            shop.world,
            account,
            Report(report_id, REPORT_TYPE, list(account.marketplace_ids), at),
            content,
            charset=None,
        )


def take(shop: Stage, *partitions: str) -> list[dg.ExecuteInProcessResult]:
    """Archive what there is, then read these settlements, or every one that waits."""
    shop.materialize(settlement_reports)
    wanted = partitions or tuple(str(request.partition_key) for request in requests_for(waiting(shop.warehouse)))
    shop.instance.add_dynamic_partitions(str(BY_SETTLEMENT.name), list(wanted))
    return [
        dg.materialize(
            [settlements],
            instance=shop.instance,
            resources=resources_of(shop.connections),
            run_config=QUIET,
            partition_key=partition,
        )
        for partition in wanted
    ]


def opened(shop: Stage) -> dict[str, list[str]]:
    """Open exceptions about settlements, by kind: what is told of each."""
    found: dict[str, list[str]] = {}
    for each in shop.ledger.open_exceptions():
        if "settlement" in each.kind or each.kind == "unmapped_fee":
            found.setdefault(each.kind, []).append(each.told)
    return found


def of_uk(lines: Sequence[Line], *, start: datetime, days: int = 14, number: int = 1, **more: Any) -> bytes:
    """A settlement in pounds that starts at `start`."""
    data = written(lines, settlement_id=f"1200000000{number}", **more).decode()
    end = start + timedelta(days=days)
    data = data.replace("2026-06-01 00:00:00", f"{start:%Y-%m-%d} 00:00:00")
    data = data.replace("2026-06-15 00:00:00", f"{end:%Y-%m-%d} 00:00:00").replace("USD", "GBP")
    return data.encode()


@pytest.fixture
def bare(tmp_path: Path) -> Any:
    """A stage whose account has no settlements but those that a test offers."""
    with stage(tmp_path, history_orders=6) as shop:
        with shop.world.lock:
            state = shop.brand.account("eu").extra
            for each in state.values():
                if hasattr(each, "reports"):
                    each.reports.clear()
        yield shop


def test_every_settlement_of_the_sandbox_is_archived_read_and_balances(tmp_path: Path) -> None:
    with stage(tmp_path) as shop:
        looked = shop.materialize(settlement_reports)
        assert region_check(looked, SETTLEMENT_REPORTS)[0]
        assert metadata(looked, SETTLEMENT_REPORTS)["new"] == 4
        assert len(take(shop)) == 4
        rows = shop.warehouse.rows(SETTLEMENTS)
        assert {(row.currency, row.status, row.decimal_sign, row.date_format) for row in rows} == {
            ("GBP", "taken", ".", "dd.mm.yyyy"),
            ("EUR", "taken", ",", "dd.mm.yyyy"),
        }
        assert {row.marketplace_id for row in rows} - {None} == {"A1F83G8C2ARO7P", "A1PA6795UKMFR9"}
        assert all(shop.warehouse.files.read(row.document_sha256).startswith(b"settlement-id\t") for row in rows)
        sums = "SELECT settlement_id, count(*), sum(amount) FROM amazon.settlement_lines GROUP BY ALL ORDER BY ALL"
        assert shop.warehouse.query(sums) == sorted((row.settlement_id, row.lines, row.total_amount) for row in rows)
        assert opened(shop) == {}
        assert {name for name, found in shop.judge(*checks.CHECKS).items() if not found.passed} == set()
        echoes = (
            "SELECT count(*) FROM amazon.settlement_lines WHERE belongs_to = 'mcf_order' AND order_ref LIKE 'MCF-%'"
        )
        assert shop.warehouse.scalar(echoes) > 0


def test_a_second_look_fetches_nothing_and_a_second_reading_changes_nothing(bare: Stage) -> None:
    offer(bare, "70000000001", of_uk(LINES, start=START))
    take(bare)
    lines = bare.warehouse.rows(SETTLEMENT_LINES)
    downloads = len(bare.calls("downloadDocument"))
    (again,) = take(bare, "12000000001")
    assert len(bare.calls("downloadDocument")) == downloads
    assert bare.warehouse.rows(SETTLEMENT_LINES) == lines
    assert metadata(again, SETTLEMENT_LINES)["of_settlement"] == 2
    assert waiting(bare.warehouse) == []


def test_a_revised_file_is_a_new_version_and_the_old_one_stays(bare: Stage) -> None:
    offer(bare, "70000000001", of_uk(LINES, start=START, total=Decimal("16.00")), hours_ago=30)
    take(bare)
    told = (
        "Settlement 12000000001 of Amazon eu does not balance. The lines come to 16.50 GBP where the total is "
        "16.00 GBP: 0.50 GBP too much."
    )
    assert opened(bare) == {"unbalanced_settlement": [told]}
    offer(bare, "70000000002", of_uk([*LINES, other("Storage Fee", "-0.50")], start=START, total=Decimal("16.00")))
    take(bare)
    assert bare.warehouse.query(STATUS, ["12000000001"]) == [
        ("70000000001", 1, "superseded", False, Decimal("16.00"), Decimal("0.50")),
        ("70000000002", 2, "taken", True, Decimal("16.00"), Decimal(0)),
    ]
    counts = "SELECT version, count(*) FROM amazon.settlement_lines GROUP BY version ORDER BY version"
    assert bare.warehouse.query(counts) == [(1, 2), (2, 3)]
    assert opened(bare) == {}
    offer(bare, "70000000003", of_uk([*LINES, other("Storage Fee", "-0.50")], start=START, total=Decimal("16.00")))
    take(bare)
    assert bare.warehouse.query(STATUS, ["12000000001"])[2] == ("70000000003", None, "superseded", False, None, None)
    assert {name for name, found in bare.judge(*checks.CHECKS).items() if not found.passed} == set()


def test_a_revision_back_to_an_earlier_file_is_a_revision(bare: Stage) -> None:
    offer(bare, "70000000001", of_uk(LINES, start=START), hours_ago=50)
    offer(bare, "70000000002", of_uk(LINES[:1], start=START), hours_ago=40)
    offer(bare, "70000000003", of_uk(LINES, start=START), hours_ago=30)
    take(bare)
    assert [(row[0], row[2], row[3]) for row in bare.warehouse.query(STATUS, ["12000000001"])] == [
        ("70000000001", "superseded", False),
        ("70000000002", "superseded", False),
        ("70000000003", "taken", True),
    ]


def test_an_older_file_that_is_read_late_does_not_take_the_place_of_a_younger_one(bare: Stage) -> None:
    offer(bare, "70000000002", of_uk(LINES, start=START), hours_ago=2)
    take(bare)
    offer(bare, "70000000001", of_uk(LINES[:1], start=START), hours_ago=40)
    take(bare)
    assert [(row[0], row[2], row[3]) for row in bare.warehouse.query(STATUS, ["12000000001"])] == [
        ("70000000001", "superseded", False),
        ("70000000002", "taken", True),
    ]


def test_a_file_that_leaves_a_doubt_is_quarantined_whole_until_a_better_one_comes(bare: Stage) -> None:
    good = of_uk(LINES, start=START)
    offer(bare, "70000000001", good.replace(b"-3.50", b"-3.5O"), hours_ago=9)
    offer(bare, "70000000009", b"not a settlement at all\n", hours_ago=8)
    take(bare)
    assert bare.warehouse.scalar("SELECT count(*) FROM amazon.settlement_lines") == 0
    told = opened(bare)["unreadable_settlement"]
    assert any("Report 70000000001 of Amazon eu, settlement 12000000001, was not taken." in each for each in told)
    assert any("amount '-3.5O' is no amount" in each for each in told)
    assert any("settlement that does not say which it is" in each for each in told)
    offer(bare, "70000000002", good)
    take(bare)
    assert [each for each in opened(bare)["unreadable_settlement"] if "12000000001" in each] == []


def unknown_words(data: bytes) -> bytes:
    """The file with a column named as no reader knows it."""
    return data.replace(b"\ttotal-amount\t", b"\tsum-of-all\t", 1)


def test_a_file_whose_head_is_understood_later_is_taken_in_by_the_next_materialization(
    bare: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(bare, "70000000001", unknown_words(of_uk(LINES, start=START)), hours_ago=30)
    offer(bare, "70000000002", unknown_words(of_uk(LINES, start=START)), hours_ago=20)
    offer(bare, "70000000003", unknown_words(of_uk(LINES[:1], start=START, number=2)), hours_ago=10)
    take(bare)
    assert {row.settlement_id for row in bare.warehouse.rows(SETTLEMENTS)} == {None}
    assert len(opened(bare)["unreadable_settlement"]) == 3
    monkeypatch.setitem(layout._NAMES, "sum-of-all", "total-amount")
    take(bare, "unread-70000000001", "unread-70000000002")
    assert [row.settlement_id for row in bare.warehouse.rows(SETTLEMENT_REPORTS)] == ["12000000001"] * 2 + [""]
    assert bare.warehouse.query(STATUS, ["12000000001"]) == [
        ("70000000001", 1, "taken", True, Decimal("16.50"), Decimal(0)),
        ("70000000002", None, "superseded", False, None, None),
    ]
    assert [row["settlement_id"] for row in collected(bare.connections)["taken"]] == ["12000000002"]
    assert opened(bare) == {}


def test_a_gap_between_payouts_is_told_and_closes_when_it_is_filled(bare: Stage) -> None:
    first, last = datetime(2026, 9, 7, tzinfo=UTC), datetime(2026, 10, 5, tzinfo=UTC)
    offer(bare, "70000000001", of_uk(LINES, start=first, number=1), hours_ago=900)
    offer(bare, "70000000003", of_uk(LINES, start=last, number=3), hours_ago=200)
    take(bare)
    told = (
        "No settlement of Amazon.co.uk (GBP) covers the time from 2026-09-21 00:00 to 2026-10-05 00:00 UTC, "
        "between settlements 12000000001 and 12000000003."
    )
    assert opened(bare) == {"missing_settlement": [told]}
    offer(bare, "70000000002", of_uk(LINES, start=first + timedelta(days=14), number=2), hours_ago=500)
    take(bare)
    assert opened(bare) == {}


def test_an_unknown_kind_of_line_counts_and_is_told_once(bare: Stage) -> None:
    offer(
        bare,
        "70000000001",
        of_uk([*LINES, other("Fee of tomorrow", "-1.25"), other("Fee of tomorrow", "-1")], start=START),
    )
    (result,) = take(bare)
    assert metadata(result, SETTLEMENT_LINES)["unmapped"] == 2
    (row,) = bare.warehouse.rows(SETTLEMENTS)
    assert (row.is_balanced, row.unmapped_lines, row.unmapped_amount) == (True, 2, Decimal("-2.25"))
    (told,) = opened(bare)["unmapped_fee"]
    assert told.startswith(
        "Amazon eu has 2 lines of the kind other-transaction / other-transaction / Fee of tomorrow, -2.25 GBP together"
    )
    judged = bare.judge(*checks.CHECKS)
    assert [name for name, found in judged.items() if not found.passed] == ["every_kind_of_line_is_known"]
    assert named_since(bare.warehouse, Kinds()) == []
    kind = Kind("other_fee", "account", "other-transaction", "other-transaction", "Fee of tomorrow")
    assert named_since(bare.warehouse, Kinds([kind])) == ["12000000001"]


def test_a_document_that_comes_damaged_holds_up_no_other_and_fails_the_step(bare: Stage) -> None:
    offer(bare, "70000000001", of_uk(LINES, start=START), hours_ago=5)
    offer(bare, "70000000002", of_uk(LINES, start=START, number=2), hours_ago=4)
    bare.fault("truncated_document", "downloadDocument", times=4)
    looked = bare.materialize(settlement_reports, raise_on_error=False)
    assert not looked.success
    assert [row.report_id for row in bare.warehouse.rows(SETTLEMENT_REPORTS)] == ["70000000002"]
    bare.mend()
    bare.materialize(settlement_reports)
    assert [row.report_id for row in bare.warehouse.rows(SETTLEMENT_REPORTS)] == ["70000000001", "70000000002"]


def test_stored_lines_that_are_not_what_the_file_said_block(bare: Stage) -> None:
    offer(bare, "70000000001", of_uk(LINES, start=START))
    take(bare)
    with bare.warehouse.connect() as connection:
        connection.execute("UPDATE amazon.settlement_lines SET amount = amount + 0.01 WHERE bucket = 'subscription'")
    found = bare.judge(*checks.CHECKS)["lines_are_the_total_or_the_difference_is_told"]
    assert (found.passed, found.blocking) == (False, True)


def test_settlements_are_collected_without_dagster_too(bare: Stage) -> None:
    offer(bare, "70000000001", of_uk(LINES, start=START), hours_ago=9)
    offer(bare, "70000000002", of_uk(LINES, start=START, number=2, total=Decimal("16.00")), hours_ago=8)
    summary = collected(bare.connections)
    assert [(row["settlement_id"], row["status"]) for row in summary["taken"]] == [
        ("12000000001", "taken"),
        ("12000000002", "unbalanced"),
    ]
    assert (summary["archived"], summary["failed"], summary["exceptions"]["unbalanced_settlement"]) == (2, [], 1)
    again = collected(bare.connections)
    assert (again["archived"], again["taken"]) == (0, [])
    books = closed(bare.connections)
    assert books["failed"] == []
    assert [(row["settlement_id"], row["deposit"], row["on_orders"], row["state"]) for row in books["payouts"]] == [
        ("12000000002", "16.00", "20.00", "unbalanced"),
        ("12000000001", "16.50", "20.00", "balanced"),
    ]
    assert len(bare.warehouse.rows(JOURNAL, "kind = 'posting'")) == 11
    bare.fault("status_503_html", "getReports", times=50)
    assert "eu: " in collected(bare.connections)["failed"][0]


def test_the_sensor_adds_a_partition_for_each_settlement_and_starts_a_run(bare: Stage) -> None:
    for number in (1, 2):
        offer(bare, f"7000000000{number}", of_uk(LINES, start=START, number=number), hours_ago=9 - number)
    bare.materialize(settlement_reports)
    with dg.DagsterInstance.ephemeral() as instance:

        def tick(warehouse: Warehouse) -> Any:
            context = dg.build_sensor_context(instance=instance, resources={"warehouse": warehouse})
            return settlement_sensor(context)

        result = tick(bare.warehouse)
        assert [request.partition_key for request in result.run_requests] == ["12000000001", "12000000002"]
        assert [request.run_key for request in result.run_requests] == [
            "12000000001:eu-70000000001",
            "12000000002:eu-70000000002",
        ]
        assert result.dynamic_partitions_requests[0].partition_keys == ["12000000001", "12000000002"]
        instance.add_dynamic_partitions("settlements", ["12000000001", "12000000002"])
        assert tick(bare.warehouse).dynamic_partitions_requests == []
        take(bare)
        assert isinstance(tick(bare.warehouse), dg.SkipReason)
