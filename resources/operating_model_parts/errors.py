"""Mistakes in the operating model, in words: the key, what was found (never a secret) and what was expected."""

from __future__ import annotations

import difflib
import json
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from integration_assets.rules.marketplaces import countries_of, region_of
from resources.operating_model_parts.types import EXPECTED_ENV, REFUSED, SECRET_LOOKS, EnvRef, Names, Takes

Loc = tuple[str | int, ...]

SECRET_KEYS = frozenset(
    {"access_token", "alerts", "client_id", "client_secret", "env", "ledger_url", "refresh_token", "webhook_secret"}
)
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+|<\w+>")
OPAQUE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/=_|.~-]{28,}")
LONGEST_SHOWN = 60
NO_LIMIT = 1_000_000
PLAIN_WORDS: Mapping[Any, str] = {
    str: "a text",
    bool: "true or false",
    AwareDatetime: "an instant with its offset from UTC, such as 2026-01-31T00:00:00Z",
    Path: "the path of a folder",
    EnvRef: EXPECTED_ENV,
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend: the dotted key, and what is wrong with it."""

    key: str
    told: str

    def __str__(self) -> str:
        return f"{self.key}: {self.told}"


def wrong(loc: Iterable[str | int], value: Any, expected: str) -> Mistake:
    """A key that holds something other than expected."""
    loc = tuple(loc)
    return Mistake(dotted(loc), f"found {shown(loc, value)}, expected {expected}")


def dotted(loc: Iterable[str | int]) -> str:
    """`stock.rule[#2].buffer`: keys as they are written in the file, entries of a list counted from 1."""
    path = ""
    for step in loc:
        if isinstance(step, int):
            path += f"[#{step + 1}]"
        else:
            key = step if BARE_KEY.fullmatch(step) else json.dumps(step, ensure_ascii=False)
            path += f".{key}" if path else key
    return path


def shown(loc: Loc, value: Any) -> str:
    """What was found, in words that can be logged: neither a secret nor what could be one, and not a page of text."""
    if isinstance(value, str):
        if SECRET_KEYS.intersection(loc) or SECRET_LOOKS.search(value) or OPAQUE.search(value) or "@" in value:
            return f"a text of {len(value)} characters (not shown)"
        return f'"{value}"' if len(value) <= LONGEST_SHOWN else f'"{value[:LONGEST_SHOWN]}…"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"a table with the keys {', '.join(map(str, value))}" if value else "an empty table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    return f"{value}"


def nearest(key: str, known: Iterable[str]) -> str | None:
    """The known name that `key` was most likely meant to be."""
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(key.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def mistakes_from(errors: Iterable[ErrorDetails], model: type[BaseModel]) -> list[Mistake]:
    """Put pydantic's findings into our words. Nothing under an unknown key is judged: the key is the mistake."""
    errors = list(errors)
    unknown = {error["loc"][:-1] for error in errors if error["loc"] and error["loc"][-1] == "[key]"}
    return [
        _mistake_from(error, model)
        for error in errors
        if error["loc"][-1:] == ("[key]",) or not any(error["loc"][: len(loc)] == loc for loc in unknown)
    ]


def _mistake_from(error: ErrorDetails, model: type[BaseModel]) -> Mistake:
    loc = error["loc"]
    if error["type"] == "extra_forbidden":
        return unknown_key(loc, model)
    if loc and loc[-1] == "[key]":
        return unknown_key(loc[:-1], model)
    if error["type"] == "missing":
        return Mistake(dotted(loc), f"missing, expected {words_at(model, loc)}")
    if error["type"] == REFUSED:
        return wrong(loc, error["input"], error["ctx"]["expected"])
    return wrong(loc, error["input"], words_at(model, loc))


def unknown_key(loc: Loc, model: type[BaseModel]) -> Mistake:
    """A key that means nothing where it stands, with the name it was probably meant to be. Its value is not shown."""
    key = str(loc[-1])
    here = names_in(_type_at(model, loc[:-1]))
    if loc[:-1] == ("amazon",) and key.upper() in {*countries_of("na"), *countries_of("eu"), *countries_of("fe"), "GB"}:
        return Mistake(dotted(loc), f"unknown key; {key.upper()} is a marketplace of amazon.{region_of(key.upper())}")
    meant = nearest(key, here)
    if meant:
        return Mistake(dotted(loc), f"unknown key; did you mean {meant}?")
    elsewhere = sorted({dotted(path) for path in _all_paths(model) if path[-1] == key})
    if elsewhere:
        return Mistake(dotted(loc), f"unknown key here; did you mean {' or '.join(elsewhere)}?")
    return Mistake(dotted(loc), f"unknown key; known here: {', '.join(here) or 'none'}")


def words_at(model: type[BaseModel], loc: Loc) -> str:
    """What the key at `loc` takes, in words."""
    return words_for(_type_at(model, loc))


def words_for(kind: Any) -> str:
    """What a type takes, in words: the same in messages and in the manual."""
    base, limits = unwrap(kind)
    origin = get_origin(base)
    told = next((limit.words for limit in limits if isinstance(limit, Takes)), None)
    if told:
        return told
    if base is int:
        return _number_words(limits)
    if origin is Literal:
        return " or ".join(f'"{value}"' for value in get_args(base))
    if origin is tuple:
        return f"a list, each entry {words_for(get_args(base)[0])}"
    if origin is dict:
        return f"a table, each value {words_for(get_args(base)[1])}"
    if origin in (Union, types.UnionType):
        return ", or ".join(words_for(part) for part in get_args(base))
    if base in PLAIN_WORDS:
        return PLAIN_WORDS[base]
    return f"a table with the keys {', '.join(names_in(base))}"


def key_of(name: str, field: FieldInfo) -> str:
    """The key of a field as it is written in the file."""
    return field.alias or name


def section_in(kind: Any) -> type[BaseModel] | None:
    """The section class inside a type (a table, a list of tables, a table of tables), or None for a plain value."""
    base, _ = unwrap(kind)
    if get_origin(base) in (tuple, dict):
        return section_in(get_args(base)[1 if get_origin(base) is dict else 0])
    if isinstance(base, type) and issubclass(base, BaseModel) and base is not EnvRef:
        return base
    return None


def unwrap(kind: Any) -> tuple[Any, list[Any]]:
    """The bare type inside Annotated and Optional, with the limits found on the way."""
    limits: list[Any] = []
    while True:
        if isinstance(kind, FieldInfo):
            limits += kind.metadata
            kind = kind.annotation
        elif get_origin(kind) is Annotated:
            kind, *extras = get_args(kind)
            for extra in extras:
                limits += extra.metadata if isinstance(extra, FieldInfo) else [extra]
        elif get_origin(kind) in (Union, types.UnionType):
            parts = [part for part in get_args(kind) if part is not types.NoneType]
            if len(parts) > 1:
                return Union[tuple(parts)], limits  # noqa: UP007 - the parts are only known at run time
            kind = parts[0]
        else:
            return kind, limits


def _number_words(limits: list[Any]) -> str:
    low = next((limit.ge for limit in limits if isinstance(limit, Ge)), 0)
    high = next((limit.le for limit in limits if isinstance(limit, Le)), None)
    if not isinstance(high, int) or high >= NO_LIMIT:
        return f"a whole number of {low} or more"
    return f"a whole number from {low} to {high}"


def _type_at(model: type[BaseModel], loc: Loc) -> Any:
    kind: Any = model
    for step in loc:
        base, _ = unwrap(kind)
        origin = get_origin(base)
        if origin is tuple:
            kind = get_args(base)[0]
        elif origin is dict:
            kind = get_args(base)[1]
        else:
            fields = base.model_fields if isinstance(base, type) and issubclass(base, BaseModel) else {}
            kind = next((field for name, field in fields.items() if key_of(name, field) == step), str)
    return kind


def name_of_keys(kind: Any) -> str:
    """What the keys of a table of tables are called: region, team."""
    base, _ = unwrap(kind)
    _, limits = unwrap(get_args(base)[0])
    return next((names.called for names in limits if isinstance(names, Names)), "name")


def names_in(kind: Any) -> list[str]:
    """The keys that a table of this type may have; none for a plain value or a table of free keys."""
    base, _ = unwrap(kind)
    if get_origin(base) is dict:
        _, limits = unwrap(get_args(base)[0])
        return [name for names in limits if isinstance(names, Names) for name in names.allowed]
    if isinstance(base, type) and issubclass(base, BaseModel):
        return [key_of(name, field) for name, field in base.model_fields.items()]
    return []


def _all_paths(model: type[BaseModel], above: Loc = ()) -> Iterator[Loc]:
    for name, field in model.model_fields.items():
        here = (*above, key_of(name, field))
        yield here
        below = section_in(field)
        if below:
            base, _ = unwrap(field)
            inside = (*here, f"<{name_of_keys(field)}>") if get_origin(base) is dict else here
            yield from _all_paths(below, inside)
