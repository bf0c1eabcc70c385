"""The search syntax of `query:` arguments, and its trap: a field Shopify does not know is ignored with a warning."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.shopify.problems import refusal, unsupported
from sandbox.shopify.search_fields import ALIASES, FREE_TEXT, ID_FIELDS, VALID, Field, fields_of
from sandbox.world import World

Keep = Callable[[World, Any], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<word>(?P<negate>-)?(?:(?P<field>[A-Za-z_][\w.]*):(?P<op>>=|<=|>|<)?)?
    (?P<value>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^\s()\\])*)))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_RANGE = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


@dataclass
class Search:
    """A query understood. `low` and `high` bound the ids (both inclusive) where every record must satisfy them."""

    query: str
    keep: Keep | None = None
    low: int | None = None
    high: int | None = None
    warnings: list[dict[str, str]] = field(default_factory=list)
    parsed: dict[str, Any] = field(default_factory=dict)


def understand(kind: str, query: str | None) -> Search:
    """Read a query for a connection (`orders`, `Location.inventoryLevels`, …).

    An unknown field or an unreadable value is left out and warned of: what remains decides, and where nothing remains
    everything comes back. Raises GraphQLError for a metafield without a definition and for what the sandbox cannot do.
    """
    search = Search(query or "")
    if query and query.strip():
        search.keep = _Parser(kind, query, search).whole()
    return search


class _Parser:
    """A recursive descent over the tokens: OR of ANDs of terms, groups and negations."""

    def __init__(self, kind: str, query: str, search: Search) -> None:
        self._kind = kind
        self._search = search
        self._id_fields = ID_FIELDS.get(kind, ("id",))
        self._tokens = _tokens(query)
        self._at = 0
        self._conjunctive = not any(
            token["open"] or token["close"] or token["negate"] or token["word"] in ("OR", "NOT")
            for token in self._tokens
        )

    def whole(self) -> Keep | None:
        keep = self._alternatives()
        while self._at < len(self._tokens):
            self._at += 1
            more = self._alternatives()
            keep = _all(keep, more)
        return keep

    def _peek(self) -> dict[str, str | None] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _alternatives(self) -> Keep | None:
        found = [self._conjunction()]
        while (token := self._peek()) is not None and token["word"] == "OR":
            self._at += 1
            found.append(self._conjunction())
        known = [each for each in found if each is not None]
        if not known:
            return None
        return known[0] if len(known) == 1 else lambda world, record: any(each(world, record) for each in known)

    def _conjunction(self) -> Keep | None:
        keep: Keep | None = None
        while (token := self._peek()) is not None and token["word"] != "OR" and not token["close"]:
            if token["word"] == "AND":
                self._at += 1
                continue
            keep = _all(keep, self._unary())
        return keep

    def _unary(self) -> Keep | None:
        token = self._tokens[self._at]
        self._at += 1
        if token["word"] == "NOT":
            return _not(self._unary()) if self._peek() is not None else None
        if token["open"]:
            keep = self._alternatives()
            if (closing := self._peek()) is not None and closing["close"]:
                self._at += 1
            return keep
        keep = self._term(token["field"], token["op"] or "", _value(token["value"] or ""))
        return _not(keep) if token["negate"] else keep

    def _term(self, name: str | None, op: str, value: str) -> Keep | None:
        if name is None:
            return self._free_text(value)
        if not self._search.parsed:
            self._search.parsed = {
                "field": name,
                ("range" if op else "match_all"): {_RANGE[op]: value} if op else value,
            }
        if name.startswith("metafields."):
            raise refusal(f"No filterable definition for {name}.", "BAD_REQUEST")
        if name not in VALID[self._kind]:
            self._warn(name, "Invalid search field for this query.", "invalid_field")
            return None
        if name in self._id_fields and self._conjunctive:
            self._bound(name, op, value)
            return None
        negated = name == "tag_not"
        known = fields_of(self._kind).get("tag" if negated else name)
        if known is None:
            raise unsupported(f"the search field {name} of {self._kind}")
        keep = self._comparison(name, known, op, value)
        return _not(keep) if negated else keep

    def _comparison(self, name: str, known: Field, op: str, value: str) -> Keep | None:
        if value == "*" and not op:
            return lambda world, record: any(True for _ in known.values(world, record))
        if known.is_text and value.endswith("*"):
            start = value[:-1].casefold()
            return lambda world, record: any(each.startswith(start) for each in known.values(world, record))
        try:
            wanted = known.convert(value)
        except (ValueError, KeyError):
            self._warn(name, "Invalid value for this search field.", "invalid_value")
            return None
        test: Callable[[Any, Any], bool] = _COMPARE.get(op, operator.eq)
        return lambda world, record: any(test(each, wanted) for each in known.values(world, record))

    def _bound(self, name: str, op: str, value: str) -> None:
        try:
            number = int(value.rsplit("/", 1)[-1])
        except ValueError:
            self._warn(name, "Invalid value for this search field.", "invalid_value")
            return
        low = {">": number + 1, ">=": number, "": number}.get(op)
        high = {"<": number - 1, "<=": number, "": number}.get(op)
        search = self._search
        if low is not None:
            search.low = low if search.low is None else max(search.low, low)
        if high is not None:
            search.high = high if search.high is None else min(search.high, high)

    def _free_text(self, value: str) -> Keep | None:
        names = FREE_TEXT.get(ALIASES.get(self._kind, self._kind))
        if names is None:
            raise unsupported(f"a search of {self._kind} without a field")
        fields = [fields_of(self._kind)[name] for name in names]
        wanted = value.casefold().rstrip("*")
        return lambda world, record: any(wanted in text for each in fields for text in each.values(world, record))

    def _warn(self, name: str, message: str, code: str) -> None:
        self._search.warnings.append({"field": name, "message": message, "code": code})


def _tokens(query: str) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = []
    at = 0
    while at < len(query) and (match := _TOKEN.match(query, at)) is not None and match.end() > at:
        at = match.end()
        if match["open"] or match["close"] or match["word"]:
            found.append(match.groupdict())
    return found


def _value(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return re.sub(r"\\(.)", r"\1", text)


def _all(left: Keep | None, right: Keep | None) -> Keep | None:
    if left is None or right is None:
        return left or right
    return lambda world, record: left(world, record) and right(world, record)


def _not(keep: Keep | None) -> Keep | None:
    return None if keep is None else lambda world, record: not keep(world, record)
