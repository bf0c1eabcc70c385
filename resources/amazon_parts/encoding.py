"""Which encoding a report is in. Amazon says so for some, and what it says is not always so."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from integration_assets.contracts.errors import BadDocument

STEP = 1024 * 1024
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAID_FOR = {
    "windows-31j": "cp932",
    "ms932": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "utf8": "utf-8",
}
"""Names that stand for something else in practice: Windows extends each of them with characters that do occur."""


def encoding_of(content: bytes, *, charset: str | None, country: str) -> str:
    """The codec that reads all of `content`, strictly.

    A byte order mark cannot be there by chance and comes first; then the charset the store declares, then UTF-8, then
    the Windows code page of the country: cp932 for JP, cp1252 for the others. A candidate that cannot read every byte
    is passed over. BadDocument when none is left: nothing is ever replaced by question marks.
    """
    for codec in _candidates(content, charset, country):
        if _reads(content, codec):
            return codec
    raise BadDocument(
        f"The report of {country} is in no encoding that Amazon uses (declared: {charset or 'none'}).",
        todo="The raw document is kept; look at its first lines.",
    )


def _candidates(content: bytes, charset: str | None, country: str) -> Iterator[str]:
    yield from (codec for mark, codec in MARKS if content.startswith(mark))
    name = (charset or "").strip().strip("\"'").lower()
    if name:
        codec = SAID_FOR.get(name, name)
        if _is_text(codec):
            yield codec
    yield "utf-8"
    yield "cp932" if country == "JP" else "cp1252"


def _is_text(codec: str) -> bool:
    try:
        b"a".decode(codec)
    except LookupError:
        return False
    except UnicodeError:
        return True  # a codec whose characters are longer than one byte
    return True


def _reads(content: bytes, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    view = memoryview(content)
    try:
        for start in range(0, len(content), STEP):
            decoder.decode(bytes(view[start : start + STEP]))
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
