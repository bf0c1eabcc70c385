"""The raw archive: byte for byte, once, found again, and damaged never unnoticed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from integration_assets.contracts.bookkeeping import DOCUMENTS, Document
from integration_assets.contracts.errors import BadDocument, StoreError
from resources.archive import Archive
from resources.clock import ManualClock
from resources.warehouse import Warehouse
from tests.unit.warehouse_rows import at

REPORT = b"settlement-id\ttotal-amount\r\n123\t-4,56\r\n\xff\x00"
SHA256 = "abf67895305cb4c7ec0ad4c0d826705b1b2f168f8cfac94d538cff1ff2f7be2f"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", ManualClock(at(12)), tables=[])


def file_of(warehouse: Warehouse, sha256: str) -> Path:
    return warehouse.path.parent / "archive" / sha256[:2] / f"{sha256}.gz"


def keep(warehouse: Warehouse, data: bytes = REPORT, name: str = "R1", hour: int = 1) -> str:
    return warehouse.archive(data, source="amazon/SETTLEMENT", name=name, received_at=at(hour))


def test_a_document_comes_back_byte_for_byte(warehouse: Warehouse) -> None:
    sha256 = keep(warehouse)
    assert sha256 == SHA256
    assert warehouse.archived(sha256) == REPORT
    assert gzip.decompress(file_of(warehouse, sha256).read_bytes()) == REPORT
    assert warehouse.rows(DOCUMENTS) == [
        Document(sha256=SHA256, source="amazon/SETTLEMENT", name="R1", size=len(REPORT), received_at=at(1))
    ]


def test_an_empty_document_is_a_document(warehouse: Warehouse) -> None:
    assert warehouse.archived(keep(warehouse, b"")) == b""


def test_keeping_it_again_changes_nothing(warehouse: Warehouse) -> None:
    first = keep(warehouse, hour=1)
    before = file_of(warehouse, first).stat().st_mtime_ns
    assert keep(warehouse, hour=5) == first
    assert file_of(warehouse, first).stat().st_mtime_ns == before
    assert [document.received_at for document in warehouse.rows(DOCUMENTS)] == [at(1)]


def test_the_same_bytes_under_two_names_are_stored_once(warehouse: Warehouse) -> None:
    assert keep(warehouse, name="R1") == keep(warehouse, name="R2")
    assert [document.name for document in warehouse.rows(DOCUMENTS)] == ["R1", "R2"]
    assert len(list((warehouse.path.parent / "archive").glob("*/*.gz"))) == 1


@pytest.mark.parametrize(
    "content",
    [b"not gzip", b"", gzip.compress(b"another report"), gzip.compress(REPORT)[:-9]],
    ids=["no gzip", "empty", "other bytes", "cut short"],
)
def test_a_damaged_document_is_not_handed_out_and_can_be_replaced(warehouse: Warehouse, content: bytes) -> None:
    sha256 = keep(warehouse)
    file_of(warehouse, sha256).write_bytes(content)
    with pytest.raises(BadDocument, match="is damaged"):
        warehouse.archived(sha256)
    assert keep(warehouse) == sha256
    assert warehouse.archived(sha256) == REPORT


def test_a_document_that_is_not_there_is_named(warehouse: Warehouse) -> None:
    with pytest.raises(StoreError, match=f"no document {SHA256}"):
        warehouse.archived(SHA256)
    with pytest.raises(StoreError, match="is no hash of a document"):
        warehouse.archived("../../etc/passwd")


def test_the_archive_outlives_the_warehouse(warehouse: Warehouse) -> None:
    keep(warehouse, name="R1", hour=1)
    keep(warehouse, b"other", name="R2", hour=2)
    listed = warehouse.rows(DOCUMENTS)
    warehouse.path.unlink()
    assert warehouse.reindex_archive() == 2
    assert warehouse.rows(DOCUMENTS) == listed


def test_a_note_that_a_crash_cut_short_is_written_again(warehouse: Warehouse) -> None:
    sha256 = keep(warehouse)
    notes = file_of(warehouse, sha256).with_suffix(".jsonl")
    notes.write_text('{"source": "amazon/SETTLEMENT", "na')
    keep(warehouse, hour=3)
    assert [document.received_at for document in warehouse.files.documents()] == [at(3)]


def test_nothing_unfinished_is_left_behind(warehouse: Warehouse) -> None:
    keep(warehouse)
    names = {file.name for file in (warehouse.path.parent / "archive").rglob("*") if file.is_file()}
    assert names == {f"{SHA256}.gz", f"{SHA256}.jsonl"}


def test_a_disk_that_refuses_is_reported(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where the folder should be")
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", ManualClock(at(12)), tables=[])
    with pytest.raises(StoreError, match=r"R1 from amazon/SETTLEMENT cannot be archived .* Free disk space"):
        keep(warehouse)


def test_a_document_is_read_in_pieces_and_refused_at_the_end_when_it_is_damaged(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    data = bytes(range(256)) * 8192
    sha256 = archive.keep(data, source="s", name="n", received_at=at(12)).sha256
    assert b"".join(archive.pieces(sha256)) == data
    (file,) = tmp_path.glob("??/*.gz")
    file.write_bytes(gzip.compress(data + b"more"))
    with pytest.raises(BadDocument, match="is damaged"):
        list(archive.pieces(sha256))
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(BadDocument, match="is damaged"):
        list(archive.pieces(sha256))
    with pytest.raises(StoreError, match="The archive has no document"):
        list(archive.pieces("0" * 64))


def test_what_packs_a_thousandfold_is_read_in_pieces_all_the_same(warehouse: Warehouse) -> None:
    empty = b"\0" * (20 * 1024 * 1024)
    assert b"".join(warehouse.files.pieces(keep(warehouse, empty))) == empty
