"""The month-end pack: its sums tie to the bank, its files open, and nothing in a cell is calculated."""

import csv
import re
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integration_assets.checks.business import BusinessClaim
from integration_assets.checks.money import CLAIMS
from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.money import SETTLEMENT_DRIFT, JournalLine, OrderFee, OrderMargin
from integration_assets.contracts.reconcile import SkuMap
from integration_assets.contracts.settlements import Settlement
from integration_assets.contracts.shopify import ShopifyOrder, Variant
from integration_assets.contracts.table import Row
from integration_assets.money.drift import drift
from integration_assets.publish.month_end import Pack, Tie, month_before, pack_of, span_of
from integration_assets.publish.month_end_files import harmless, write
from integration_assets.publish.month_end_page import page
from resources.clock import ManualClock
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse
from tests.assets.rows import NINE, empty_warehouse, make, store
from tests.assets.test_money_tables import ORDER, account, line, model, settle, settlement

OCTOBER = date(2026, 10, 30)
EVIL = '=HYPERLINK("http://evil.example")'


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A warehouse with two payouts of November, one with lines of October, and one in yen."""
    made = Warehouse(empty_warehouse(tmp_path_factory.mktemp("settled") / "warehouse.duckdb"), ManualClock(NINE))
    store(
        made,
        make(ShopifyOrder, name=EVIL, amazon_order_id=ORDER),
        make(Variant, product_title="@SUM(A1)"),
        make(SkuMap, seller_sku="-1+1"),
        *settlement(
            line("principal", "100.00", posted_on=OCTOBER, seller_sku="-1+1"),
            line("commission", "-15.00", posted_on=OCTOBER, seller_sku="-1+1"),
            line("principal", "20.00", order_ref="202-2"),
            account("storage", "-3.00"),
            account("reserve", "-10.00"),
        ),
        *settlement(line("principal", "50.00"), settlement_id="S2", report_id="R2", region="na", currency="USD"),
        *settlement(
            line("principal", "1980"),
            settlement_id="S3",
            report_id="R3",
            currency="JPY",
            deposit_at=NINE + timedelta(days=20),
        ),
    )
    settle(made, model('[money]\nallocate = { storage = "by_revenue" }\n'))
    made.replace(SETTLEMENT_DRIFT, drift(made, model(), NINE))
    return made.path.read_bytes()


@pytest.fixture
def warehouse(settled: bytes, tmp_path: Path) -> Warehouse:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(settled)
    return Warehouse(path, ManualClock(NINE))


def ties(pack: Pack) -> dict[tuple[str, str], tuple[Decimal, bool]]:
    return {(tie.currency, tie.claim): (tie.left, tie.holds) for tie in pack.ties}


def test_the_sums_of_a_month_tie_to_the_bank(warehouse: Warehouse) -> None:
    pack = pack_of(warehouse, model(), "2026-11")
    assert all(tie.holds for tie in pack.ties)
    assert ties(pack)["GBP", "The bank got what the payouts say"] == (Decimal("92.00"), True)
    assert pack.sheet("summary").rows == [
        ("GBP", 85, 7, 92, 0, 0, 0, 92, 92, 1),
        ("JPY", 0, 1980, 0, 1980, 0, 0, 0, 0, 0),
        ("USD", 0, 50, 50, 0, 0, 0, 50, 50, 1),
    ]


def test_a_payout_that_was_never_booked_does_not_tie(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("DELETE FROM reconcile.journal")
    pack = pack_of(warehouse, model(), "2026-11")
    assert ties(pack)["USD", "The bank got what the payouts say"] == (Decimal(0), False)


def test_what_was_sold_in_october_and_paid_in_november_is_still_owed_in_between(warehouse: Warehouse) -> None:
    pack = pack_of(warehouse, model(), "2026-10")
    assert pack.sheet("summary").rows == [("GBP", 0, 85, 0, 85, 0, 0, 0, 0, 0)]
    assert pack.sheet("payouts").rows == []
    assert all(tie.holds for tie in pack.ties)


def test_a_region_account_has_a_pack_of_its_own(warehouse: Warehouse) -> None:
    pack = pack_of(warehouse, model(), "2026-11", "eu")
    assert pack.name == "2026-11_eu"
    assert [row[0] for row in pack.sheet("summary").rows] == ["GBP", "JPY"]


@pytest.mark.parametrize(("month", "region"), [("2026-13", ""), ("26-10", ""), ("2026-10", "xx")])
def test_a_month_or_region_that_is_none_is_refused(warehouse: Warehouse, month: str, region: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is not a month|no region account"):
        pack_of(warehouse, model(), month, region)


def test_december_is_followed_by_january() -> None:
    assert span_of("2026-12") == (date(2026, 12, 1), date(2027, 1, 1))
    assert month_before(date(2027, 1, 5)) == "2026-12"
    assert month_before(date(2026, 11, 5)) == "2026-10"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"), ("+44", "'+44"), ("-MUG", "'-MUG"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"), ("\n=1", "'\n=1"), (" =1", "' =1"), ("\uff1d1", "'\uff1d1"), ("MUG-1", "MUG-1"), ("", ""),
    ],
)  # fmt: skip
def test_no_text_begins_like_a_formula(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_the_files_hold_the_sums_and_nothing_in_them_is_calculated(warehouse: Warehouse, tmp_path: Path) -> None:
    written = write(pack_of(warehouse, model(), "2026-11"), tmp_path / "out")
    assert [file.name.removeprefix("month_end_2026-11") for file in written.files] == [
        ".html", ".xlsx", "_account_fees.csv", "_accounts.csv", "_differences.csv", "_journal.csv", "_orders.csv",
        "_payouts.csv", "_summary.csv",
    ]  # fmt: skip
    with (written.folder / "month_end_2026-11_orders.csv").open(encoding="utf-8-sig", newline="") as stream:
        orders = list(csv.DictReader(stream))
    assert sum(Decimal(row["paid_out"]) for row in orders if row["currency"] == "GBP") == Decimal("102.00")
    first = orders[0]
    assert (first["shopify_order"], first["seller_sku"], first["title"]) == ("'" + EVIL, "'-1+1", "'@SUM(A1)")
    assert (first["sales"], first["fees"]) == ("100.00", "-15.00")
    with zipfile.ZipFile(written.folder / "month_end_2026-11.xlsx") as book:
        tabs = [book.read(name) for name in sorted(book.namelist()) if name.startswith("xl/worksheets/sheet")]
    assert len(tabs) == 8
    assert not any(b"<f>" in tab for tab in tabs)
    assert any(EVIL.encode().replace(b'"', b"&quot;") in tab or EVIL.encode() in tab for tab in tabs)
    html = (written.folder / "month_end_2026-11.html").read_text(encoding="utf-8")
    assert EVIL not in html
    again = write(pack_of(warehouse, model(), "2026-11"), tmp_path / "out")
    assert again.files == written.files
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["2026-11"]


def test_the_page_loads_nothing_and_says_whether_the_sums_tie(warehouse: Warehouse) -> None:
    html = page(pack_of(warehouse, model(), "2026-11"))
    assert not re.search(r"<script|<link|<img|src=|url\(|@import", html)
    assert '<span class="good">All do</span>' in html
    assert "92.00" in html
    assert "1,980" in html
    assert html.count("<svg") >= 3
    broken = Pack(
        "2026-11", "", pack_of(warehouse, model(), "2026-11").sheets, (Tie("x", "GBP", Decimal(1), Decimal(2)),)
    )
    assert '<span class="bad">1 of 1 do not</span>' in page(broken)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def revised(warehouse: Warehouse, declared: OperatingModel, now: datetime = NINE) -> None:
    """The payout of November is revised: what was sold in October was a pound less, and so was the total."""
    store(
        warehouse,
        make(Settlement, is_current=False, status="superseded"),
        *settlement(
            line("principal", "99.00", posted_on=OCTOBER),
            line("commission", "-15.00", posted_on=OCTOBER),
            line("principal", "20.00", order_ref="202-2"),
            account("storage", "-3.00"),
            account("reserve", "-10.00"),
            version=2,
            report_id="R2/2",
        ),
    )
    settle(warehouse, declared, now)


def test_a_revision_after_the_close_is_booked_in_the_open_month_and_the_pack_stays_byte_for_byte(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    written = write(pack_of(warehouse, model(), "2026-10"), out)
    before = bytes_of(written.folder)
    journal = pack_of(warehouse, model(), "2026-10").sheet("journal").rows
    closed = model('[accounts]\nclosed_through = "2026-10"\n')
    revised(warehouse, closed)
    october, november = (pack_of(warehouse, closed, month) for month in ("2026-10", "2026-11"))
    assert october.sheet("journal").rows == journal
    again = write(october, out)
    assert (again.kept, again.as_booked, again.files) == (True, True, written.files)
    assert bytes_of(written.folder) == before
    late = [
        (row[0], str(row[5]), str(row[6]), row[7], row[9], row[10])
        for row in november.sheet("journal").rows
        if row[6] is not None
    ]
    assert late == [
        ("S1/1/2026-10/reversed", "2026-11-01", "2026-10-30", "Amazon commission", 0, 15),
        ("S1/1/2026-10/reversed", "2026-11-01", "2026-10-30", "Amazon sales", 100, 0),
        ("S1/1/2026-10/reversed", "2026-11-01", "2026-10-30", "Amazon clearing", 0, 85),
        ("S1/2/2026-10", "2026-11-01", "2026-10-30", "Amazon commission", 15, 0),
        ("S1/2/2026-10", "2026-11-01", "2026-10-30", "Amazon sales", 0, 99),
        ("S1/2/2026-10", "2026-11-01", "2026-10-30", "Amazon clearing", 84, 0),
    ]
    assert november.sheet("summary").rows[0] == ("GBP", 85, 6, 91, 0, -1, 0, 91, 91, 1)
    assert "they belong to months that were closed" in page(november)
    assert ">commission</text>" not in page(november), "what comes to nothing has no bar"
    assert all(tie.holds for tie in (*october.ties, *november.ties))


def test_a_payout_of_a_closed_month_that_is_revised_ties_in_both_months(warehouse: Warehouse, tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = bytes_of(write(pack_of(warehouse, model(), "2026-11"), out).folder)
    closed = model('[accounts]\nclosed_through = "2026-11"\n')
    revised(warehouse, closed, NINE + timedelta(days=30))
    assert bytes_of(write(pack_of(warehouse, closed, "2026-11"), out).folder) == before
    november, december = (pack_of(warehouse, closed, month) for month in ("2026-11", "2026-12"))
    assert november.sheet("summary").rows[0] == ("GBP", 85, 7, 92, 0, 0, 0, 91, 91, 1)
    assert december.sheet("summary").rows[0] == ("GBP", 0, -1, -1, 0, -1, -1, 0, 0, 0)
    assert all(tie.holds for tie in (*november.ties, *december.ties))


def test_a_closed_pack_that_is_not_what_was_booked_is_told(warehouse: Warehouse, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(pack_of(warehouse, model(), "2026-10"), out)
    revised(warehouse, model())  # before the month was closed, and after its pack was written
    closed = model('[accounts]\nclosed_through = "2026-10"\n')
    kept = write(pack_of(warehouse, closed, "2026-10"), out)
    assert (kept.kept, kept.as_booked) == (True, False)
    for file in kept.files:
        file.unlink()
    anew = write(pack_of(warehouse, closed, "2026-10"), out)
    assert (anew.kept, anew.as_booked) == (False, True)


def test_a_month_without_anything_says_so(warehouse: Warehouse) -> None:
    assert "Nothing was booked or paid in this month." in page(pack_of(warehouse, model(), "2026-01"))


FEE: dict[str, Any] = {
    "settlement_id": "S1", "region": "eu", "currency": "GBP", "order_ref": "x", "order_item_code": "", "seller_sku": "",
    "bucket": "storage", "tax_amount": Decimal(0), "sale_amount": Decimal(0), "units": 0, "lines": 0, "is_mcf": False,
    "shopify_order_id": None,
}  # fmt: skip
BROKEN: dict[str, Row] = {
    "orders_and_account_are_the_settlement": OrderFee(how="named", amount=Decimal("0.01"), **FEE),
    "what_is_shared_is_shared_whole": OrderFee(how="allocated", amount=Decimal("0.01"), **FEE),
    "margins_are_made_of_the_fees_and_nothing_else": make(OrderMargin),
    "every_entry_balances": JournalLine(
        entry_id="S1/1/2026-11", line_number=99, settlement_id="S1", region="eu", sequence=1, kind="posting",
        booked_on=OCTOBER, belongs_on=None, account="x", bucket="deposit", debit=Decimal("0.01"), credit=Decimal(0),
        currency="GBP", reverses="", recorded_at=NINE,
    ),
}  # fmt: skip
BROKEN["the_bank_gets_the_deposit"] = BROKEN["every_entry_balances"]
SPOILED = {
    "causes_add_up_to_the_difference": "UPDATE reconcile.settlement_drift SET price = price + 1",
    "no_difference_is_unexplained": "UPDATE reconcile.settlement_drift SET unexplained = 1",
    "orders_shares_and_account_are_the_lines": "UPDATE reconcile.payouts SET allocated = allocated + 1",
    "every_deposit_is_its_lines": "UPDATE reconcile.payouts SET difference = 1",
}


def test_money_in_order_breaks_no_identity(warehouse: Warehouse) -> None:
    assert {claim.name: warehouse.query(claim.sql) for claim in CLAIMS} == {claim.name: [] for claim in CLAIMS}


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.name for claim in CLAIMS])
def test_each_identity_notices_a_cent(warehouse: Warehouse, claim: BusinessClaim) -> None:
    name, sql = claim.name, claim.sql
    if name in SPOILED:
        store(warehouse, make(ShopifyOrder, shopify_order_id="old", created_at=NINE - timedelta(days=90)))
        warehouse.replace(SETTLEMENT_DRIFT, drift(warehouse, model(), NINE))
        with warehouse.connect() as connection:
            connection.execute(SPOILED[name])
    else:
        store(warehouse, BROKEN[name])
    assert warehouse.query(sql) != []
