"""A settlement file's bytes as a text that DuckDB reads: whole, in UTF-8, its lines with plain ends and numbers."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from integration_assets.contracts.errors import BadDocument
from resources.gzipped import STEP, unpacked
from resources.settlement_parts.layout import LOOKED_AT, Layout, layout_of

GZIP: Final = b"\x1f\x8b"
HEAD_BYTES: Final = 256 * 1024
YEN: Final = "JPY"
LAST_DIGITS: Final = [b"%03d\t" % number for number in range(1000)]

Pieces = Callable[[], Iterable[bytes]]
"""Gives the unpacked bytes of a file from their beginning, as often as it is asked."""


@dataclass(frozen=True, slots=True)
class Text:
    """The lines after the summary row as text: where it lies, the head they came under, and the encoding it was in.

    Before each line stand its number in the file and a tab.
    """

    path: Path
    layout: Layout
    encoding: str


def pieces_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file in pieces; of a gzip file its content. BadDocument when that is cut, changed or padded."""
    with path.open("rb") as file:
        raw = iter(lambda: file.read(STEP), b"")
        packed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        yield from unpacked(raw) if packed else raw


def as_text(pieces: Pieces, folder: Path) -> Text:
    """Write the lines after the summary row into `folder`. BadDocument when they are no text, or no settlement file.

    Nearly every file is UTF-8 with plain ends and read once; another one is asked for again and rewritten.
    """
    path, look = folder / "settlement.txt", _Look()
    head, coming = _head(look.at(pieces()))
    layout = _guess(head)
    if layout is not None:
        _write_numbered(coming, layout.body_from, path)
    for _ in coming:
        pass  # what is damaged shows at the end
    encoding = _encoding(head, is_utf8=look.is_utf8)
    if layout is None or not (look.is_utf8 and look.is_plain):
        layout = layout_of(_lines(head, encoding))
        _write_numbered(_plain(pieces(), encoding), layout.body_from, path)
    return Text(path, layout, encoding)


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


class _Look:
    """Whether the bytes that pass are UTF-8, and whether every line ends with a line feed alone."""

    def __init__(self) -> None:
        self.is_utf8 = self.is_plain = True
        self._utf8 = codecs.getincrementaldecoder("utf-8")()

    def at(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Hand the pieces on; both answers are right at the end."""
        for piece in pieces:
            self.is_plain = self.is_plain and b"\r" not in piece
            self._decode(piece)
            yield piece
        self._decode(b"", final=True)

    def _decode(self, piece: bytes, *, final: bool = False) -> None:
        if self.is_utf8:
            try:
                self._utf8.decode(piece, final)
            except UnicodeDecodeError:
                self.is_utf8 = False


def _head(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes of a file, and all of its pieces."""
    taken: list[bytes] = []
    for piece in pieces:
        taken.append(piece)
        if sum(map(len, taken)) >= HEAD_BYTES:
            break
    head = b"".join(taken)
    return head[:HEAD_BYTES], chain([head], pieces)


def _guess(head: bytes) -> Layout | None:
    """The layout of a file that is UTF-8 as far as its head goes; None where it is something else."""
    try:
        return layout_of(_lines(head, _encoding(head, is_utf8=True)))
    except BadDocument:
        return None


def _write_numbered(pieces: Iterable[bytes], body_from: int, path: Path) -> None:
    """Write the lines from `body_from` on, each with its number in the file before it. Empty lines are none."""
    number, held = 1, b""
    with path.open("wb") as file:
        for piece in pieces:
            lines = (held + piece).split(b"\n")
            held = lines.pop()
            file.write(_numbered(lines, number, body_from))
            number += len(lines)
        file.write(_numbered([held], number, body_from))


def _numbered(lines: list[bytes], first: int, body_from: int) -> bytes:
    """The lines with their numbers, those before `body_from` left out."""
    lines, first = lines[max(0, body_from - first) :], max(first, body_from)
    if b"" in lines:
        return b"".join(b"%d\t%b\n" % (number, line) for number, line in enumerate(lines, first) if line)
    # The last three digits are written already: a third of the time that writing each number takes.
    cells: list[bytes] = []
    while lines:
        thousands, rest = divmod(first, 1000)
        part = lines[: 1000 - rest]
        numbered = [b"\n%d" % thousands] * (3 * len(part))
        numbered[1::3] = LAST_DIGITS[rest : rest + len(part)]
        numbered[2::3] = part
        cells += numbered
        lines, first = lines[len(part) :], first + len(part)
    return b"".join(cells)[1:] + b"\n" if cells else b""


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


def _plain(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The file as UTF-8 with plain ends. BadDocument names the first byte that is no text."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    held, done = "", 0
    for piece in pieces:
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
        if "\r" in text:
            raise BadDocument(
                "The settlement file has a carriage return in the middle of a line.",
                todo="It was edited or damaged on its way; fetch the report again.",
            )
        yield text.encode()
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadDocument(
            f"The settlement file ends in the middle of a character of {encoding}.", todo="Fetch the report again."
        ) from None
    if held:
        raise BadDocument("The settlement file ends with half a line end.", todo="Fetch the report again.")
