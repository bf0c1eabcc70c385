"""The content of gzip documents, piece by piece: whole, or an error."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from integration_assets.contracts.errors import BadDocument

STEP: Final = 256 * 1024
GROWTH: Final = 250
"""How many times its size a document of somebody else's may grow to; only a bomb grows more."""
GROWTH_FROM: Final = 16 * 1024 * 1024


class Damaged(BadDocument):
    """Not all there, or not as it was sent; the same document may well come through whole the next time."""


def unpacked(pieces: Iterable[bytes], *, growth: int | None = GROWTH) -> Iterator[bytes]:
    """The content of a gzip document in pieces of at most `STEP` bytes, every checksum verified.

    Several members one after the other are one document. Raises Damaged when it is cut, changed or followed by
    anything else, and BadDocument when it grows to more than `growth` times its size, once that is 16 MiB.
    """
    consumed = produced = 0
    member = zlib.decompressobj(wbits=31)
    started = False
    for piece in pieces:
        consumed += len(piece)
        rest = piece
        while rest:
            if member.eof:
                member, started = zlib.decompressobj(wbits=31), False
            try:
                out = member.decompress(rest, STEP)
            except zlib.error as error:
                raise Damaged(f"The gzip document is damaged after {produced} bytes: {error}.") from error
            started = True
            produced += len(out)
            if growth is not None and produced > GROWTH_FROM and produced > growth * consumed:
                raise BadDocument(f"The gzip document grows to more than {growth} times its size; it is refused.")
            yield out
            rest = member.unused_data if member.eof else member.unconsumed_tail
    tail = member.flush()
    yield tail
    produced += len(tail)
    if not started or not member.eof:
        raise Damaged(f"The gzip document ends before its end, after {produced} bytes of content.")
