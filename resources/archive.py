"""Raw answers that cannot be asked for again, byte for byte, each in a file named by its hash.

A line beside each file says where it came from, so the archive can be read without the warehouse.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from integration_assets.contracts.bookkeeping import Document
from integration_assets.contracts.errors import BadDocument, StoreError
from resources.gzipped import STEP, Damaged, unpacked


class Archive:
    """Files under `folder`/<first two digits>/<sha256>.gz, and <sha256>.jsonl saying what each one is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, data: bytes, *, source: str, name: str, received_at: datetime) -> Document:
        """Store the bytes, durably before this returns; storing the same again changes nothing.

        Answers what is known of the document, with the time it was first received under this name. StoreError when
        the disk refuses.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        document = Document(sha256=sha256, source=source, name=name, size=len(data), received_at=received_at)
        try:
            if not self._is_whole(sha256):
                self._write(self._path(sha256), gzip.compress(data, mtime=0))
            return self._noted(document)
        except OSError as error:
            raise StoreError(
                f"The document {name} from {source} cannot be archived in {self.folder}: {error.strerror}.",
                todo="Free disk space and fetch it again before the far side forgets it.",
            ) from error

    def read(self, sha256: str) -> bytes:
        """The bytes with this hash. StoreError when there are none, BadDocument when they are damaged."""
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise StoreError(f"{sha256!r} is no hash of a document: expected 64 hexadecimal digits.")
        path = self._path(sha256)
        try:
            packed = path.read_bytes()
        except FileNotFoundError:
            raise StoreError(f"The archive has no document {sha256}.", todo=f"Look for {path} in a backup.") from None
        try:
            data = gzip.decompress(packed)
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged(path) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise self._damaged(path)
        return data

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """The bytes with this hash piece by piece, for what is too large to hold. Errors as for `read`.

        The last piece is handed out before the hash is known: whoever reads uses nothing before the end.
        """
        path = self._path(sha256)
        seen = hashlib.sha256()
        try:
            with path.open("rb") as file:
                for piece in unpacked(iter(partial(file.read, STEP), b""), growth=None):
                    seen.update(piece)
                    yield piece
        except FileNotFoundError:
            raise StoreError(f"The archive has no document {sha256}.", todo=f"Look for {path} in a backup.") from None
        except (OSError, Damaged) as error:
            raise self._damaged(path) from error
        if seen.hexdigest() != sha256:
            raise self._damaged(path)

    def documents(self) -> Iterator[Document]:
        """Every document and name it came under, in no order."""
        for notes in sorted(self.folder.glob("??/*.jsonl")):
            yield from _read_notes(notes)

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.gz"

    def _damaged(self, path: Path) -> BadDocument:
        return BadDocument(
            f"The archived document {path} is damaged: its bytes do not have the hash in its name.",
            todo="Restore the file from a backup, or fetch the document again: that replaces it.",
        )

    def _is_whole(self, sha256: str) -> bool:
        try:
            self.read(sha256)
        except (StoreError, BadDocument):
            return False
        return True

    def _noted(self, document: Document) -> Document:
        notes = self._path(document.sha256).with_suffix(".jsonl")
        for known in _read_notes(notes):
            if (known.source, known.name) == (document.source, document.name):
                return known
        line = {
            "source": document.source,
            "name": document.name,
            "size": document.size,
            "received_at": document.received_at.astimezone(UTC).isoformat(),
        }
        with notes.open("ab") as file:
            file.write(b"\n" + json.dumps(line).encode() + b"\n")  # first an end for a line that a crash cut short
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(notes.parent)
        return document

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=".partial-", dir=path.parent)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
            _sync_folder(path.parent)
        finally:
            Path(name).unlink(missing_ok=True)


def _read_notes(notes: Path) -> Iterator[Document]:
    """What is noted of one document. A line that a crash cut short says nothing."""
    if not notes.exists():
        return
    for line in notes.read_text().splitlines():
        try:
            note = json.loads(line)
        except ValueError:
            continue
        yield Document(
            sha256=notes.stem,
            source=note["source"],
            name=note["name"],
            size=note["size"],
            received_at=datetime.fromisoformat(note["received_at"]),
        )


def _sync_folder(folder: Path) -> None:
    """Make a rename durable, where the system can open a folder."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
