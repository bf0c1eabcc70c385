"""A settlement file's bytes as a text that DuckDB reads: unpacked, verified to the last byte, UTF-8, plain ends."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integration_assets.contracts.errors import BadDocument
from resources.amazon_parts.documents import Limits, unpacked
from resources.settlement_parts.layout import LOOKED_AT, Layout, layout_of

STEP: Final = 1024 * 1024
GZIP: Final = b"\x1f\x8b"
HEAD_BYTES: Final = 256 * 1024
YEN: Final = "JPY"


@dataclass(frozen=True, slots=True)
class Text:
    """The file as text: where it lies, its lines' head, and the encoding it came in.

    `skip` is how many lines come before the first settlement line.
    """

    path: Path
    layout: Layout
    encoding: str
    skip: int


def pieces_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file in pieces; of a gzip file its content. BadDocument when that is cut, changed or padded."""
    with path.open("rb") as file:
        raw = iter(lambda: file.read(STEP), b"")
        packed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        yield from unpacked(raw, Limits()) if packed else raw


def as_text(pieces: Iterable[bytes], folder: Path) -> Text:
    """Write the bytes into `folder` as text. BadDocument when they are no text, or no settlement file."""
    raw = folder / "settlement.raw"
    is_utf8, is_plain = _written(pieces, raw)
    with raw.open("rb") as file:
        head = file.read(HEAD_BYTES)
    encoding = _encoding(head, is_utf8=is_utf8)
    layout = layout_of(_lines(head, encoding))
    if is_utf8 and is_plain and layout.header_line == 1 and layout.body_from == 3:
        return Text(raw, layout, encoding, skip=2)
    path = folder / "settlement.txt"
    _rewritten(raw, path, encoding, layout)
    return Text(path, layout, encoding, skip=0)


def head_of(data: bytes) -> Layout:
    """The head of a file, from its bytes. BadDocument when there is none."""
    head = data[:HEAD_BYTES]
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        is_utf8 = True
    except UnicodeDecodeError:
        is_utf8 = False
    return layout_of(_lines(head, _encoding(head, is_utf8=is_utf8)))


def _written(pieces: Iterable[bytes], path: Path) -> tuple[bool, bool]:
    """Write the pieces; whether they are UTF-8, and whether every line ends with a line feed alone."""
    utf8, is_utf8, is_plain = codecs.getincrementaldecoder("utf-8")(), True, True
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            is_plain = is_plain and b"\r" not in piece
            if is_utf8:
                try:
                    utf8.decode(piece)
                except UnicodeDecodeError:
                    is_utf8 = False
    if is_utf8:
        try:
            utf8.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    return is_utf8, is_plain


def _encoding(head: bytes, *, is_utf8: bool) -> str:
    """The codec of the file: by its mark, else UTF-8 where all of it is, else the code page of its currency.

    Nothing tells cp1252 and cp932 apart but what a file says of itself, and both cannot be right.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if is_utf8:
        return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        currency = layout_of(_lines(head, "latin-1")).summary["currency"]
    except BadDocument:
        return "cp932"  # an English header is ASCII in any encoding, so this one is not English
    return "cp932" if currency == YEN else "cp1252"


def _lines(head: bytes, encoding: str) -> list[str]:
    """The first lines of the file. A character that the end of the head cut in two is no fault of the file."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[: LOOKED_AT + 8]


def _rewritten(raw: Path, path: Path, encoding: str, layout: Layout) -> None:
    """The lines after the summary row as UTF-8 with plain ends. BadDocument names the first byte that is no text."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    left, held, done = layout.body_from - 1, "", 0
    with raw.open("rb") as source, path.open("wb") as target:
        while piece := source.read(STEP):
            try:
                text = held + decoder.decode(piece)
            except UnicodeDecodeError as error:
                raise BadDocument(
                    f"The settlement file is not {encoding}: byte {done + error.start} cannot be read.",
                    todo="The file is kept as it came; it may be damaged or in an encoding that is not known.",
                ) from None
            done += len(piece)
            # A carriage return at the end waits for the line feed that may follow it.
            text, held = (text[:-1], "\r") if text.endswith("\r") else (text, "")
            text = text.replace("\r\n", "\n")
            while left and (end := text.find("\n")) >= 0:
                text, left = text[end + 1 :], left - 1
            if left:
                continue
            if "\r" in text:
                raise BadDocument(
                    "The settlement file has a carriage return in the middle of a line.",
                    todo="It was edited or damaged on its way; fetch the report again.",
                )
            target.write(text.encode())
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise BadDocument(
                f"The settlement file ends in the middle of a character of {encoding}.", todo="Fetch the report again."
            ) from None
        if held:
            raise BadDocument("The settlement file ends with half a line end.", todo="Fetch the report again.")
