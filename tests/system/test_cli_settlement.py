"""`instep settlement check`, as a person and as a program use it: offline, on files of any dialect."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cli.settlement import check
from integration_assets.contracts.errors import ConfigurationError
from tests.settlement_files import other, sold, written
from tests.unit.test_settlement_files import GOLDEN

ORDER = "114-8829371-4410258"
LINES = [
    sold(ORDER, "20.00", marketplace_name="Amazon.com"),
    sold("S01-1234567-1234567", "0.00", marketplace_name="Non-Amazon", merchant_order_id="#1042"),
    other("Storage Fee", "-3.50"),
    other("A fee of tomorrow", "-0.75"),
]
Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def called(*files: Path, model: Path | None = None) -> tuple[int, Any, str]:
        code = check(files, model=model, as_json=True)
        printed = capsys.readouterr()
        return code, json.loads(printed.out), printed.err

    return called


def saved(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def test_a_balanced_file_is_told_in_full_and_ends_with_0(run: Run, tmp_path: Path) -> None:
    code, document, told = run(saved(tmp_path, "a.txt.gz", written(LINES)))
    assert (code, told) == (0, "")
    assert document == {
        "settlement_id": "11000000001",
        "currency": "USD",
        "total": "15.75",
        "sum": "15.75",
        "difference": "0.00",
        "balanced": True,
        "lines": 4,
        "orders": {"#1042": "0.00", ORDER: "20.00"},
        "buckets": {"principal": "20.00", "storage": "-3.50", "unmapped": "-0.75"},
        "unmapped": [
            {
                "transaction_type": "other-transaction",
                "amount_type": "other-transaction",
                "amount_description": "A fee of tomorrow",
                "lines": 1,
                "amount": "-0.75",
            }
        ],
        "encoding": "utf-8",
        "decimal": ".",
        "date_format": "yyyy-mm-dd",
    }


def test_an_unbalanced_file_says_by_how_much_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    code, document, _ = run(saved(tmp_path, "a.txt", written(LINES, total=Decimal("16.00"))))
    assert (code, document["balanced"], document["difference"], document["total"]) == (1, False, "-0.25", "16.00")


def test_an_unreadable_file_says_why_and_ends_with_2(run: Run, tmp_path: Path) -> None:
    good = saved(tmp_path, "good.txt", written(LINES))
    bad = saved(tmp_path, "bad.txt", written(LINES).replace(b"-3.50", b"-3.5O"))
    code, documents, told = run(good, bad, tmp_path / "none.txt")
    assert code == 2
    assert [document["balanced"] for document in documents] == [True, False, False]
    assert [document["sum"] for document in documents] == ["15.75", None, None]
    assert "Line 5 of settlement 11000000001: amount '-3.5O'" in documents[1]["error"]
    assert "No such file" in told


def test_every_golden_file_balances(run: Run) -> None:
    code, documents, _ = run(*sorted(GOLDEN.iterdir()))
    assert code == 0
    assert {document["sum"] for document in documents} == {"-1059.49", "-1059"}


def test_the_brands_own_kinds_count_where_its_model_is_named(run: Run, tmp_path: Path) -> None:
    model = tmp_path / "model.toml"
    shown = (Path(__file__).parents[2] / "operating_model.toml").read_text(encoding="utf-8")
    own = '\n[[settlements.kind]]\namount_description = "A fee of*"\nbucket = "advertising"\nabout = "account"\n'
    model.write_text(shown + own, encoding="utf-8")
    _, document, _ = run(saved(tmp_path, "a.txt", written(LINES)), model=model)
    assert (document["buckets"]["advertising"], document["unmapped"]) == ("-0.75", [])
    model.write_text(shown + own.replace("advertising", "bananas"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"settlements\.kind"):
        run(saved(tmp_path, "a.txt", written(LINES)), model=model)


def test_a_person_reads_balance_buckets_and_what_is_unmapped(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert check([saved(tmp_path, "a.txt", written(LINES, total=Decimal("16.00")))], model=None, as_json=False) == 1
    told = capsys.readouterr().out
    assert "NOT balanced: the lines miss the total by -0.25 USD" in told
    assert "A fee of tomorrow" in told
    assert f"{ORDER}\t20.00" in told
