"""Reading settlement files: every dialect to the cent, and nothing taken from a file that leaves a doubt."""

from __future__ import annotations

import gzip
import os
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_assets.contracts.errors import BadDocument, DataError
from integration_assets.rules.settlement_kinds import Kinds
from integration_assets.settlements.classified import SQL, classified
from resources.settlement_files import pieces_of, settlement_file
from tests.settlement_files import COLUMNS, DIALECTS, US, Dialect, Line, in_currency, number, other, sold, written

GOLDEN = Path(__file__).parents[1] / "golden" / "settlements"
ORDER = "114-8829371-4410258"
LINES = (
    sold(ORDER, "179.99", sku='TABLE 19" "oak', marketplace_name="Amazon.com", quantity_purchased="2"),
    Line("Order", "ItemFees", "Commission", Decimal("-27.00"), datetime(2026, 6, 14, 9, 10, 7, tzinfo=UTC)),
    other("Storage Fee", "-6.24"),
    other("Storage Fee", "-6.24"),
    other("Current Reserve Amount", "-1200.00"),
)
FIELDS = [
    "transaction_type",
    "amount_type",
    "amount_description",
    "amount",
    "posted_at",
    "order_id",
    "marketplace_name",
    "seller_sku",
    "quantity",
]


def read(data: bytes, columns: Sequence[str] = FIELDS) -> list[tuple[Any, ...]]:
    """The typed lines of a file, in the order of their numbers."""
    with settlement_file(lambda: [data]) as file:
        params = classified(file, Kinds()).params(region="na", version=1)
        names = ", ".join(columns)
        return file.query(f"SELECT {names} FROM ({SQL}) ORDER BY line_number", params)  # noqa: S608 - names of ours


def facts(data: bytes) -> dict[str, Any]:
    with settlement_file(lambda: [data]) as file:
        names = ("settlement_id", "currency", "total", "difference", "lines", "encoding", "decimal", "date_format")
        return {name: getattr(file, name) for name in names}


def path_of(dialect: Dialect) -> Path:
    return GOLDEN / f"{dialect.name}.txt"


def golden(dialect: Dialect) -> bytes:
    """The file of a dialect: the same lines everywhere, with a letter that only some encodings have."""
    extra = {"cp932": "鋳物", "cp1252": "café", "utf-16": "鋳物"}.get(dialect.encoding, "Größe")
    named = [replace(LINES[0], more=LINES[0].more | {"sku": f'{extra} 19" x'}), *LINES[1:]]
    return written(in_currency(named, dialect), dialect)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_the_golden_file_of_a_dialect_is_what_the_generator_writes(dialect: Dialect) -> None:
    assert path_of(dialect).read_bytes() == golden(dialect)


@pytest.mark.parametrize(
    ("name", "currency", "total", "encoding", "decimal", "dates", "columns", "sku"),
    [
        ("us", "USD", "-1059.49", "utf-8", ".", "yyyy-mm-dd", 24, 'Größe 19" x'),
        ("us_old", "USD", "-1059.49", "utf-8", ".", "yyyy-mm-dd", 23, 'Größe 19" x'),
        ("us_short_days", "USD", "-1059.49", "utf-8", ".", "yyyy-mm-dd", 24, 'Größe 19" x'),
        ("de", "EUR", "-1059.49", "utf-8", ",", "dd.mm.yyyy", 24, 'Größe 19" x'),
        ("fr_windows", "EUR", "-1059.49", "cp1252", ",", "dd/mm/yyyy", 24, 'café 19" x'),
        ("ca_dotted", "CAD", "-1059.49", "utf-8", ".", "dd.mm.yyyy", 24, 'Größe 19" x'),
        ("sg_preamble", "SGD", "-1059.49", "utf-8-sig", ".", "yyyy-mm-dd", 24, 'Größe 19" x'),
        ("jp", "JPY", "-1059", "cp932", None, "yyyy/mm/dd", 24, '鋳物 19" x'),
        ("jp_headers", "JPY", "-1059", "cp932", None, "yyyy/mm/dd", 24, '鋳物 19" x'),
        ("mx_shuffled", "MXN", "-1059.49", "utf-8", ".", "yyyy-mm-dd", 24, 'Größe 19" x'),
        ("wide", "USD", "-1059.49", "utf-16", ".", "yyyy-mm-dd", 24, '鋳物 19" x'),
    ],
)
def test_each_dialect_is_read_to_the_last_digit(
    name: str, currency: str, total: str, encoding: str, decimal: str | None, dates: str, columns: int, sku: str
) -> None:
    with settlement_file(lambda: pieces_of(GOLDEN / f"{name}.txt")) as file:
        assert (file.settlement_id, file.currency, file.total, file.balanced) == (
            "11000000001",
            currency,
            Decimal(total),
            True,
        )
        assert (file.encoding, file.decimal, file.date_format, file.columns) == (encoding, decimal, dates, columns)
        assert (file.start, file.end) == (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 15, tzinfo=UTC))
        params = classified(file, Kinds()).params(region="na", version=1)
        lines = file.query(f"SELECT seller_sku, amount, posted_at FROM ({SQL}) ORDER BY line_number", params)  # noqa: S608 - a file of ours
    fee = Decimal(-6) if currency == "JPY" else Decimal("-6.24")
    assert lines[0][0] == sku
    assert lines[0][2] == datetime(2026, 6, 14, 9, 10, 7, tzinfo=UTC)
    assert [line[1] for line in lines[2:4]] == [fee, fee], "equal lines are both real"


def test_the_public_sample_comes_to_its_total() -> None:
    samples = Path(os.environ["INSTEP_CONTRACTS"]).parent / "samples" / "amazon"
    (sample,) = samples.glob("us_v2_synthetic_*.txt")
    with settlement_file(lambda: pieces_of(sample)) as file:
        assert (file.total, file.sum, file.lines, file.balanced) == (Decimal("582.89"), Decimal("582.89"), 23, True)


amounts = st.decimals(min_value=-99_999, max_value=99_999, places=2)


def means_one_thing(text: str) -> bool:
    """Whether the bytes of a text in cp1252 are not those of another one in UTF-8: these nobody can tell apart."""
    try:
        return text.encode("cp1252").decode("utf-8") == text
    except UnicodeDecodeError:
        return True


texts = (
    st.text(st.characters(codec="cp1252", exclude_characters="\t\r\n\x00\ufeff"), max_size=12)
    .map(str.strip)
    .filter(means_one_thing)
)
lines_of_any_kind = st.builds(
    lambda transaction, description, amount, at, order, sku, units: Line(
        transaction,
        "ItemPrice",
        description,
        amount,
        at.replace(microsecond=0),
        {"order-id": order, "sku": sku, "quantity-purchased": "" if units is None else str(units)},
    ),
    transaction=st.sampled_from(["Order", "Refund", "other-transaction"]),
    description=st.sampled_from(["Principal", "Shipping", "Something new"]),
    amount=amounts,
    at=st.datetimes(datetime(2026, 6, 13), datetime(2026, 6, 14, 23), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone is set beside it
    order=st.sampled_from(["", ORDER, "S01-1234567-1234567"]),
    sku=texts,
    units=st.none() | st.integers(-5, 500),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=st.lists(lines_of_any_kind, min_size=1, max_size=8), which=st.sampled_from(DIALECTS))
def test_what_was_written_is_read_line_by_line_in_every_dialect(lines: list[Line], which: Dialect) -> None:
    # A sign of Western Europe cannot be written in cp932, and yen have no decimals.
    plain = [
        replace(line, more=line.more | {"sku": line.more["sku"].encode("ascii", "ignore").decode()})
        if which.encoding == "cp932"
        else line
        for line in in_currency(lines, which)
    ]
    expected = [
        (
            line.transaction_type,
            line.amount_type,
            line.amount_description,
            line.amount,
            line.posted_at,
            line.more["order-id"] or None,
            None,
            line.more["sku"] or None,
            int(line.more["quantity-purchased"]) if line.more["quantity-purchased"] else None,
        )
        for line in plain
    ]
    assert read(written(plain, which)) == expected


DE = DIALECTS[3]


def damaged(dialect: Dialect, change: Callable[[str], str]) -> bytes:
    """The golden lines of a dialect with something changed in the text."""
    return change(written(LINES, dialect).decode(dialect.encoding)).encode(dialect.encoding)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (damaged(US, lambda text: text.replace("-27.00", "-27,00")), "a dot and 1 a comma"),
        (damaged(US, lambda text: text.replace("-27.00", "-27.005")), "Line 4 .*amount '-27.005' is no amount"),
        (damaged(US, lambda text: text.replace("-27.00", "(27.00)")), r"Line 4 .*amount '\(27.00\)'"),
        (damaged(US, lambda text: text.replace("-27.00", "")), "Line 4 .*amount '' is no amount"),
        (damaged(US, lambda text: text.replace("-27.00", "1e2")), "Line 4 .*amount '1e2'"),
        (damaged(DE, lambda text: text.replace("-27,00", "-27.000")), "a dot and .* a comma"),
        (damaged(US, lambda text: text.replace("2026-06-14 09:10:07 UTC", "2026-06-31 09:10:07 UTC", 1)), "instant"),
        (
            damaged(US, lambda text: text.replace("2026-06-14 09:10:07 UTC", "14.06.2026 09:10:07 UTC", 1)),
            "in no format",
        ),
        (damaged(US, lambda text: text.replace("09:10:07 UTC", "09:10:07 PDT")), "in no format"),
        (damaged(US, lambda text: text.replace("\tUSD\tother", "\tEUR\tother", 1)), "Line 5 .*another currency"),
        (damaged(US, lambda text: text.replace("\n11000000001\t\t", "\n11000000002\t\t", 1)), "another settlement"),
        (damaged(US, lambda text: text[: text.rindex("-1200.00")]), "does not have the 24 cells"),
        (damaged(US, lambda text: text + "one\ttoo\tfew\n"), "does not have the 24 cells"),
        (damaged(US, lambda text: text.replace("Storage Fee", "Storage\rFee", 1)), "carriage return"),
        (damaged(US, lambda text: text.replace("\t2\t\n", "\ttwo\t\n", 1)), "whole number"),
        (damaged(US, lambda text: text.replace("\tamount\t", "\tbetrag\t")), "lacks amount"),
        (damaged(US, lambda text: text.replace("\tpromotion-id", "\tamount")), "amount twice"),
        (damaged(US, lambda text: text.replace("-1059.49", "")), "no total-amount"),
        (damaged(US, lambda text: text.split("\n")[0] + "\n"), "ends after its header"),
        (b"", "no settlement file.* It is empty"),
        (b"\n\n", "no settlement file.* It is empty"),
        (b"\x1f\x8b\x08", "no settlement file"),
        (b'{"errors": []}', "no settlement file.* It is JSON"),
        (b"%PDF-1.4\n%\xe2\xe3", "no settlement file.* It is a PDF"),
        (b"PK\x03\x04\x14\x00", "no settlement file.* It is an Excel workbook"),
        (b"<?xml version='1.0'?>", "no settlement file.* It is XML"),
        (b'"date/time","settlement id","type"\n', "no settlement file.* It is a date range report"),
        (written(LINES).replace(b"\t", b","), "separated by commas where Amazon has tabs"),
        (written(LINES).replace(b"\t", b";"), "separated by semicolons where Amazon has tabs"),
    ],
)
def test_a_doubt_fails_the_whole_file_and_says_where(data: bytes, told: str) -> None:
    with pytest.raises(BadDocument, match=told), settlement_file(lambda: [data]):
        pass


ROWS = written(LINES).split(b"\n")[:-1]


@pytest.mark.parametrize(
    "data",
    [
        b"\n".join(ROWS),
        b"\n".join([*ROWS, b"", b"", b""]),
        b"\n".join([*ROWS[:3], b"", *ROWS[3:]]),
        b"\r\n".join(ROWS[:3]) + b"\r\n" + b"\n".join(ROWS[3:]) + b"\n",
        b"\n".join(row + b"\t" for row in ROWS),
        b"\n".join([ROWS[0] + b"\tnew-column", *(row + b"\tx" for row in ROWS[1:])]),
        b"\n".join([ROWS[0], ROWS[1].rstrip(b"\t"), *ROWS[2:]]),
        b"\n".join([ROWS[0].upper().replace(b"-", b" "), *ROWS[1:]]),
        b"\n".join(row.replace(b":00 UTC", b":00+00:00").replace(b" 00:", b"T00:") for row in ROWS),
    ],
    ids=[
        "no end of the last line", "empty lines at the end", "an empty line inside", "two kinds of line ends",
        "a tab at every end", "a column of tomorrow", "a summary row that ends early", "a header written otherwise",
        "instants in ISO 8601",
    ],
)  # fmt: skip
def test_what_means_nothing_makes_no_difference(data: bytes) -> None:
    assert facts(data)["difference"] == 0
    assert [row[:4] for row in read(data)] == [row[:4] for row in read(written(LINES))]


def test_a_line_has_the_number_it_has_in_the_file_whatever_comes_before_it() -> None:
    many = [other("Storage Fee", "1")] * 2100
    rows = [b"Prose before the header", *written(many).split(b"\n")[:-1]]
    rows[1000:1000] = [b"", b""]
    numbers = [number for (number,) in read(b"\n".join(rows), ["line_number"])]
    assert numbers == [*range(4, 1001), *range(1003, 2106)]
    rows[1500] = rows[1500].replace(b"\t1.00\t", b"\tmany\t")
    with pytest.raises(BadDocument, match=r"Line 1501 of settlement 11000000001: amount 'many'"):
        read(b"\n".join(rows))
    rows[1200] = rows[1200] + b"\tone more"
    with pytest.raises(BadDocument, match="Line 1201 of settlement 11000000001 does not have the 24 cells"):
        read(b"\n".join(rows))


def test_formats_that_show_late_are_found_all_the_same() -> None:
    whole = [other("Storage Fee", "1")] * 6000
    for dialect in (US, DE):
        data = written([*whole, other("Storage Fee", "1.50")], dialect).replace(
            f"\t{number(Decimal(1), dialect)}\t".encode(), b"\t1\t"
        )
        assert (facts(data)["difference"], facts(data)["decimal"]) == (0, dialect.decimal)


def test_days_that_may_be_months_fail_the_file_until_one_is_after_the_twelfth() -> None:
    short = Dialect("uk", "GBP", instant="%d/%m/%Y %H:%M:%S UTC", day="%d/%m/%Y")
    early = [replace(LINES[2], posted_at=datetime(2026, 6, 9, tzinfo=UTC))]
    told = written(early, short).replace(b"15/06/2026", b"11/06/2026").replace(b"17/06/2026", b"12/06/2026")
    with pytest.raises(BadDocument, match="may be dd/mm/yyyy or mm/dd/yyyy"), settlement_file(lambda: [told]):
        pass
    assert facts(written(early, short))["date_format"] == "dd/mm/yyyy"


def test_an_unknown_currency_is_no_guess_at_its_decimals() -> None:
    with (
        pytest.raises(DataError, match="'XAU' is not a currency"),
        settlement_file(lambda: [written(LINES, Dialect("x", "XAU"))]),
    ):
        pass


@pytest.mark.parametrize(
    ("text", "dialect", "amount"),
    [
        ("1,234.56", US, "1234.56"),
        ("-1,234,567.80", US, "-1234567.80"),
        ("1.234,56", DE, "1234.56"),
        ("12", US, "12"),
        ("12.5", US, "12.5"),
        ("1200.00", DIALECTS[7], "1200"),
    ],
)
def test_thousands_are_read_only_beside_a_decimal_sign(text: str, dialect: Dialect, amount: str) -> None:
    line = in_currency([other("Storage Fee", "77")], dialect)
    data = written(line, dialect).decode(dialect.encoding)
    data = data.replace(f"\t{number(line[0].amount, dialect)}\t", f"\t{text}\t")
    assert read(data.encode(dialect.encoding), ["amount"]) == [(Decimal(amount),)]


@pytest.mark.parametrize(
    "text", ["1,234", "1.234", "12,34.50", "1,2345.00", " 12.00", "+12.00", "--1.00", "12.", ".50"]
)
def test_a_number_that_may_be_another_is_no_number(text: str) -> None:
    lines = [other("Storage Fee", "77.00"), other("Subscription Fee", "-25.50")]
    data = written(lines).replace(b"\t77.00\t\t2026", f"\t{text}\t\t2026".encode())
    assert text.encode() in data
    with pytest.raises(BadDocument), settlement_file(lambda: [data]):
        pass


def test_a_file_that_does_not_add_up_is_read_with_the_signed_difference() -> None:
    assert facts(written(LINES, total=Decimal("-1059.48"))) == {
        "settlement_id": "11000000001",
        "currency": "USD",
        "total": Decimal("-1059.48"),
        "difference": Decimal("-0.01"),
        "lines": 5,
        "encoding": "utf-8",
        "decimal": ".",
        "date_format": "yyyy-mm-dd",
    }


def test_a_header_in_unknown_words_is_read_by_its_usual_order_only_if_it_adds_up() -> None:
    words = tuple(f"列{number}" for number in range(len(COLUMNS)))
    strange = Dialect("strange", "JPY", digits=0, encoding="cp932", headers=words)
    lines = in_currency(LINES, strange)
    assert facts(written(lines, strange))["difference"] == 0
    with (
        pytest.raises(BadDocument, match="words that are not known"),
        settlement_file(lambda: [written(lines, strange, total=Decimal(1))]),
    ):
        pass


def test_a_settlement_without_lines_is_one_of_nothing() -> None:
    assert facts(written([]))["lines"] == 0
    assert read(written([])) == []
    assert facts(written([], total=Decimal("5.00")))["difference"] == Decimal("-5.00")


def test_lines_say_which_order_they_belong_to() -> None:
    lines = [
        sold(ORDER, "10.00", marketplace_name="amazon.com"),
        sold("S01-1234567-1234567", "0.00", marketplace_name="Non-Amazon US", merchant_order_id="#1042"),
        sold("S01-7654321-1234567", "0.00", marketplace_name="Non-Amazon US"),
        other("FBA Inbound Placement Service Fee", "-3.00", order_id="FBA15DXYZ123"),
        other("Current Reserve Amount", "-1.00", order_id=ORDER),
        other("Shipping label purchase", "-4.00", order_id=ORDER),
        other("RemovalComplete", "-2.00", order_id="removal 7"),
        other("A fee of tomorrow", "-2.00"),
        Line(
            "other-transaction",
            "FBA Inventory Reimbursement",
            "WAREHOUSE_LOST",
            Decimal("9.00"),
            LINES[0].posted_at,
            {"sku": "MUG"},
        ),
    ]
    assert read(written(lines), ["bucket", "belongs_to", "order_ref"]) == [
        ("principal", "order", ORDER),
        ("principal", "mcf_order", "#1042"),
        ("principal", "mcf_order", "S01-7654321-1234567"),
        ("inbound_fee", "inbound_shipment", None),
        ("reserve", "account", None),
        ("shipping", "order", ORDER),
        ("fba_fee", "account", None),
        ("unmapped", "account", None),
        ("reimbursement", "sku", None),
    ]


def test_a_line_is_posted_on_the_marketplaces_own_day() -> None:
    lines = [
        sold(ORDER, "10.00", marketplace_name="Amazon.com"),
        sold(ORDER, "10.00", marketplace_name="sim1.stores.amazon.com"),
        sold(ORDER, "10.00"),
    ]
    late = [replace(line, posted_at=datetime(2026, 6, 14, 3, 0, tzinfo=UTC)) for line in lines]
    assert [str(day) for (day,) in read(written(late), ["posted_on"])] == ["2026-06-13", "2026-06-13", "2026-06-13"]


@pytest.mark.parametrize(
    ("dialect", "marketplace", "day"),
    [
        (US, "Amazon.com", "2026-06-14"),
        (US, "", "2026-06-14"),
        (DIALECTS[7], "", "2026-06-15"),
        (replace(US, instant="%Y-%m-%d"), "Amazon.com", "2026-06-15"),
    ],
    ids=["of its own", "of the settlement", "east of Greenwich", "the file has a day only"],
)
def test_a_line_without_a_day_takes_the_last_one_of_the_marketplace(
    dialect: Dialect, marketplace: str, day: str
) -> None:
    (line,) = in_currency([other("Storage Fee", "-6.24", marketplace_name=marketplace)], dialect)
    bare = replace(line, more=line.more | {"posted-date-time": "", "posted-date": ""})
    assert [str(day) for (day,) in read(written([bare], dialect), ["posted_on"])] == [day]


def test_a_line_whose_month_nothing_tells_fails_the_file() -> None:
    undated = written([other("Storage Fee", "-6.24", posted_date="", posted_date_time="")])
    head = b"2026-06-01 00:00:00 UTC\t2026-06-15 00:00:00 UTC\t2026-06-17 00:00:00 UTC"
    assert head in undated
    with (
        pytest.raises(BadDocument, match="the month they belong to"),
        settlement_file(lambda: [undated.replace(head, b"\t\t")]),
    ):
        pass
    assert facts(written(LINES).replace(head, b"\t\t"))["lines"] == 5


def mutations(data: bytes, dice: random.Random, count: int) -> list[bytes]:
    """The document cut somewhere, or with a byte changed."""
    found = []
    for _ in range(count):
        at = dice.randrange(len(data))
        if dice.random() < 0.5:
            found.append(data[:at])
        else:
            found.append(data[:at] + bytes([data[at] ^ dice.randrange(1, 256)]) + data[at + 1 :])
    return found


def accepted_with_other_content(count: int, folder: Path) -> list[bytes]:
    """Damaged gzip documents that were taken although their content is not what was packed."""
    content = written(LINES * 20)
    document = gzip.compress(content, mtime=0)
    path, wrong = folder / "settlement.gz", []
    for damaged_document in mutations(document, random.Random(20261127), count):
        path.write_bytes(damaged_document)
        try:
            # A header's time and system carry no content and no checksum: a change there changes nothing.
            if b"".join(pieces_of(path)) == content:
                continue
            with settlement_file(lambda: pieces_of(path)):
                wrong.append(damaged_document)
        except DataError:
            continue
    return wrong


def test_no_damaged_gzip_document_is_taken(tmp_path: Path) -> None:
    assert accepted_with_other_content(400, tmp_path) == []


@pytest.mark.prove
def test_none_of_ten_thousand_damaged_gzip_documents_is_taken(tmp_path: Path) -> None:
    assert accepted_with_other_content(10_000, tmp_path) == []


def test_a_gzip_document_followed_by_anything_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "settlement.gz"
    path.write_bytes(gzip.compress(written(LINES)) + b"\0\0\0\0")
    with pytest.raises(BadDocument), settlement_file(lambda: pieces_of(path)):
        pass


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for each in DIALECTS:
        path_of(each).write_bytes(golden(each))
    sys.stdout.write(f"{len(DIALECTS)} files in {GOLDEN}\n")
