"""Walking through Amazon's pages, and noticing when the walk goes in circles."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from integration_assets.contracts.errors import BadDocument
from resources.amazon_parts.client import Answer


def pages(
    fetch: Callable[[str | None], Answer],
    *,
    rows_of: Callable[[Mapping[str, Any]], object],
    token_of: Callable[[Mapping[str, Any]], object],
) -> Iterator[Answer]:
    """Every page, the first one fetched with None and each further one with the token of the page before.

    An empty page in between is normal. A page or a token that comes a second time is not: BadDocument, because rows
    would be missing without anybody noticing.
    """
    tokens: set[str] = set()
    digests: set[str] = set()
    token: str | None = None
    while True:
        answer = fetch(token)
        rows = rows_of(answer.body)
        digest = hashlib.sha256(repr(rows).encode()).hexdigest()
        if rows and digest in digests:
            raise _circle(answer, "the same page twice")
        digests.add(digest)
        yield answer
        following = token_of(answer.body)
        if not following:
            return
        token = str(following)
        if token in tokens:
            raise _circle(answer, "the same page token twice")
        tokens.add(token)


def _circle(answer: Answer, what: str) -> BadDocument:
    return BadDocument(
        f"{answer.operation} gave {what} (request {answer.request_id or 'unnamed'}), so rows would be missing.",
        todo="Nothing was stored; the next run reads it again.",
    )
