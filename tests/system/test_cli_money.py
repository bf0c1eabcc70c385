"""`instep month-end` and `instep explain payout`: from a warehouse that is filled by hand."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.explain_payout import _story
from cli.main import main
from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.settlements import Settlement
from resources.clock import ManualClock
from resources.operating_model import load
from resources.warehouse import Warehouse
from tests.assets.rows import NINE, empty_warehouse, make, store
from tests.assets.stage import house
from tests.assets.test_money_tables import account, line, model, settle, settlement
from tests.unit.test_operating_model import SMALLEST


@dataclass
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def instep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """The command, beside a warehouse with a payout of 7.00 GBP and one that lacks a penny."""
    file = tmp_path / "operating_model.toml"
    file.write_text(SMALLEST, encoding="utf-8")
    warehouse = Warehouse(empty_warehouse(load(file).warehouse_path), ManualClock(NINE))
    store(
        warehouse,
        *settlement(line("principal", "9.99"), account("storage", "-2.99")),
        *settlement(line("principal", "5.00", order_ref="202-2"), settlement_id="S2", report_id="R2", total="4.99"),
        make(
            Settlement,
            settlement_id="S3",
            report_id="R3",
            version=None,
            is_current=False,
            status="quarantined",
            reason="Line 4 has no amount.",
        ),
    )
    settle(warehouse, model())

    def run(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--model", str(file)])
        printed = capsys.readouterr()
        return Said(int(str(ended.value.code or 0)), printed.out, printed.err)

    return run


def test_a_pack_is_written_and_says_which_sums_do_not_tie(instep: Callable[..., Said], tmp_path: Path) -> None:
    said = instep("month-end", "--month", "2026-11")
    assert said.code == 1
    assert "The bank got what the payouts say\t11.99 GBP\t11.99 GBP\tyes\n" in said.out
    assert "The payouts are their lines\t11.99 GBP\t12.00 GBP\tNO\n" in said.out
    folder = tmp_path / "data" / "published" / "month_end" / "2026-11"
    assert said.out.endswith(f"9 files in {folder}\n")
    assert len(list(folder.iterdir())) == 9


def test_a_closed_month_keeps_its_pack(instep: Callable[..., Said], tmp_path: Path) -> None:
    instep("month-end", "--month", "2026-10")
    file = tmp_path / "operating_model.toml"
    file.write_text(SMALLEST + '\n[accounts]\nclosed_through = "2026-10"\n', encoding="utf-8")
    said = instep("month-end", "--month", "2026-10")
    folder = tmp_path / "data" / "published" / "month_end" / "2026-10"
    assert (said.code, said.out.splitlines()[-1]) == (0, f"2026-10 is closed: 9 files in {folder} stay as they are")
    journal = folder / "month_end_2026-10_journal.csv"
    journal.write_text(journal.read_text(encoding="utf-8") + "S9\n", encoding="utf-8")
    said = instep("month-end", "--month", "2026-10")
    assert said.code == 1
    assert f"The books of 2026-10 are not what its pack says. Remove {folder}" in said.err


def test_a_program_is_told_the_same(instep: Callable[..., Said]) -> None:
    said = instep("month-end", "--month", "2026-11", "--region", "eu", "--json")
    told = json.loads(said.out)
    assert (told["month"], told["region"], len(told["files"])) == ("2026-11", "eu", 9)
    assert told["currencies"] == [
        {
            "currency": "GBP", "opening": "0.00", "earned": "11.99", "banked": "11.99", "closing": "0.00",
            "earned_late": "0.00", "banked_late": "0.00", "deposits_booked": "11.99", "deposits": "11.99", "payouts": 2,
        }
    ]  # fmt: skip
    assert [tie["holds"] for tie in told["ties"]] == [True, False, True, True, True]


def test_a_month_in_which_nothing_happened_ends_well(instep: Callable[..., Said]) -> None:
    said = instep("month-end", "--month", "2026-01")
    assert (said.code, said.out.splitlines()[0]) == (0, "Nothing was booked or paid in 2026-01.")


def test_what_is_no_month_is_said_so(instep: Callable[..., Said]) -> None:
    said = instep("month-end", "--month", "October")
    assert (said.code, said.err) == (2, "instep: 'October' is not a month; expected one such as 2026-10.\n")


def test_a_payout_is_told_from_its_first_line_to_the_bank(instep: Callable[..., Said]) -> None:
    said = instep("explain", "payout", "S1")
    assert said.code == 0
    assert re.sub(r" +\n", "\n", said.out) == (
        "payout S1 (eu): 7.00 GBP, balanced\n"
        "  timeline\n"
        "    2026-11-07 09:00:00 UTC its period began\n"
        "    2026-11-20              2 lines, 1 order: 7.00 GBP\n"
        "    2026-11-21 09:00:00 UTC its period ended\n"
        "    2026-11-22 09:00:00 UTC Amazon made its file\n"
        "    2026-11-23              the bank gets 7.00 GBP\n"
        "    2026-11-23 09:00:00 UTC the file was read: taken\n"
        "    2026-11-23 09:00:00 UTC S1/1/2026-11 booked for 2026-11-20: 9.99 GBP\n"
        "    2026-11-23 09:00:00 UTC S1/1/deposit booked for 2026-11-23: 7.00 GBP\n"
        "  made of\n"
        "    principal       orders              9.99 GBP  1 line\n"
        "    storage         account            -2.99 GBP  1 line\n"
        "  on orders       9.99 GBP on 1 order\n"
        "  in Shopify      0 of them\n"
        "  shared out      0.00 GBP\n"
        "  with account    -2.99 GBP\n"
        "  still owed      0.00 GBP in reserve or not settled yet\n"
    )


def test_a_payout_that_does_not_balance_says_by_how_much(instep: Callable[..., Said]) -> None:
    assert "  the lines are 0.01 GBP off the deposit\n" in instep("explain", "payout", "S2").out
    told = json.loads(instep("explain", "payout", "S2", "--json").out)
    assert (told["state"], told["deposit"], told["difference"], told["deposit_on"]) == (
        "unbalanced", "4.99", "0.01", "2026-11-23",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("payout", "S9"), "instep: There is no payout 'S9'. The newest are S2, S1.\n"),
        (
            ("payout", "S3"),
            "instep: Settlement S3 is in no payout: its file is quarantined. Line 4 has no amount. `instep exceptions",
        ),
        (("sku", "S1"), "Name one SKU, or order and its id or payout and its id."),
    ],
)
def test_what_is_no_payout_is_said_so(instep: Callable[..., Said], typed: tuple[str, str], told: str) -> None:
    said = instep("explain", *typed)
    assert said.code == 2
    assert told in said.err


def test_settlements_that_were_read_and_not_closed_are_said_so(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        with pytest.raises(ConfigurationError, match="No settlement was read yet: run `instep settlement collect`"):
            _story(home.warehouse, "S9")
        store(home.warehouse, make(Settlement, settlement_id="S1"))
        with pytest.raises(ConfigurationError, match="none is closed yet: run `instep settlement close`"):
            _story(home.warehouse, "S9")
