"""What a settlement line is: from its triple of transaction, amount type and description to a bucket.

The triples are kept as data in settlement_kinds.toml beside this file; the operating model adds to them. A triple that
nobody has named is `unmapped`: it counts in every total, and a person is asked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

Triple = tuple[str, str, str]
About = Literal["order", "inbound_shipment", "sku", "account"]

UNMAPPED: Final = "unmapped"
ANYTHING: Final = "*"
TABLE: Final = Path(__file__).with_suffix(".toml")
ORDER_ID: Final = r"\d{3}-\d{7}-\d{7}"
INBOUND_SHIPMENT: Final = r"FBA[0-9A-Z]+"
MCF_ORDER_ID: Final = r"S\d{2}-.+"
MCF_MARKETPLACE: Final = "non-amazon"
"""How the name of the marketplace begins, in any case, where Amazon shipped an order of another channel."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What lines of a triple are; each part may hold `*` for any text. `about` is what they belong to by themselves."""

    bucket: str
    about: About
    transaction_type: str
    amount_type: str
    amount_description: str

    @property
    def triple(self) -> Triple:
        """The three parts as they are compared."""
        return _plain(self.transaction_type), _plain(self.amount_type), _plain(self.amount_description)


class Kinds:
    """A catalogue of kinds. Of several that fit a triple, one of the brand wins, then the one that says most."""

    def __init__(self, brand: Iterable[Kind] = ()) -> None:
        self._layers = (_Layer(brand), _shipped())

    def find(self, triple: Triple) -> Kind | None:
        """The kind of a triple as a file spells it; None where nobody has named it."""
        transaction_type, amount_type, amount_description = triple
        wanted = (_plain(transaction_type), _plain(amount_type), _plain(amount_description))
        return next((found for layer in self._layers if (found := layer.find(wanted)) is not None), None)


class _Layer:
    """Kinds of one origin: those without `*` by their triple, the others from the most to the least said."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._exact: dict[Triple, Kind] = {}
        self._open: list[tuple[re.Pattern[str], Kind]] = []
        for kind in sorted(kinds, key=lambda kind: "".join(kind.triple).count(ANYTHING)):
            if ANYTHING in "".join(kind.triple):
                self._open.append((_pattern(kind.triple), kind))
            else:
                self._exact.setdefault(kind.triple, kind)

    def find(self, triple: Triple) -> Kind | None:
        exact = self._exact.get(triple)
        if exact is not None:
            return exact
        joined = "\n".join(triple)
        return next((kind for pattern, kind in self._open if pattern.fullmatch(joined)), None)


def shipped_kinds() -> list[Kind]:
    """Every kind of the table that comes with the product."""
    return [kind for entry in tomllib.loads(TABLE.read_text(encoding="utf-8"))["kind"] for kind in _kinds_of(entry)]


@cache
def _shipped() -> _Layer:
    return _Layer(shipped_kinds())


def _kinds_of(entry: Mapping[str, object]) -> Iterable[Kind]:
    """One kind for each way to take a transaction, a type and a description of an entry."""
    for transaction_type in _texts(entry["transaction"]):
        for amount_type in _texts(entry["type"]):
            for description in _texts(entry["description"]):
                about: About = entry["about"]  # type: ignore[assignment]  # a test reads every entry of the table
                yield Kind(str(entry["bucket"]), about, transaction_type, amount_type, description)


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _plain(text: str) -> str:
    """Text without letter case and repeated blanks, which differ between marketplaces and years."""
    return " ".join(text.split()).casefold()


def _pattern(triple: Triple) -> re.Pattern[str]:
    parts = (".*".join(map(re.escape, part.split(ANYTHING))) for part in triple)
    return re.compile("\n".join(parts))
