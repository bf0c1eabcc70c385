"""Amazon's own models, and whether a request or an answer fits them.

The models are read from the folder that INSTEP_CONTRACTS names. Objects are taken strictly: a field the model does not
have is a mistake too, or a misspelt one would never be noticed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

METHODS = ("get", "post", "put", "patch", "delete")
VERSIONS = ("2026-01-01", "2021-08-01", "2021-06-30", "2024-06-19", "2020-07-01", "2021-03-01")
"""Where two models have an operation of one name, the one of these versions is meant."""


class ContractBroken(AssertionError):
    """A request or an answer does not fit Amazon's model."""


@dataclass(frozen=True)
class Operation:
    """An operation of a model."""

    id: str
    method: str
    path: str
    model: str
    document: dict[str, Any]
    definition: dict[str, Any]


def contracts() -> Path:
    """The folder of official contracts. Raises AssertionError, never skips, where INSTEP_CONTRACTS is not set."""
    named = os.environ.get("INSTEP_CONTRACTS")
    if not named:
        raise AssertionError("INSTEP_CONTRACTS is not set: it must name the folder that holds amazon/ and shopify/")
    folder = Path(named)
    if not (folder / "amazon" / "models").is_dir():
        raise AssertionError(f"INSTEP_CONTRACTS names {folder}, where there is no amazon/models")
    return folder


@cache
def operations() -> dict[str, list[Operation]]:
    """Every operation of every Swagger model, by its id."""
    found: dict[str, list[Operation]] = {}
    for path in sorted((contracts() / "amazon" / "models").glob("*/*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if document.get("swagger") != "2.0":
            continue
        closed = _closed(document)
        for template, methods in document["paths"].items():
            for method in METHODS:
                if method in methods and "operationId" in methods[method]:
                    definition = methods[method]
                    operation = Operation(
                        definition["operationId"], method.upper(), template, path.name, closed, definition
                    )
                    found.setdefault(operation.id, []).append(operation)
    return found


def operation(operation_id: str, *, model: str | None = None) -> Operation:
    """The operation of that id; `model` is part of a file name where several have it."""
    candidates = operations().get(operation_id, [])
    if model is not None:
        candidates = [each for each in candidates if model in each.model]
    if len(candidates) > 1:
        candidates = [each for each in candidates if any(version in each.model for version in VERSIONS)] or candidates
    if len(candidates) != 1:
        raise AssertionError(f"{len(candidates)} models have {operation_id}; name one with model=")
    return candidates[0]


def find_operation(method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """The operation that a method and a path (segments still percent-encoded) belong to, and its path parameters."""
    segments = path.strip("/").split("/")
    for each in (found for versions in operations().values() for found in versions):
        pattern = each.path.strip("/").split("/")
        if each.method != method or len(pattern) != len(segments):
            continue
        pairs = list(zip(pattern, segments, strict=True))
        if all(one == other or one.startswith("{") for one, other in pairs):
            return each, {one[1:-1]: other for one, other in pairs if one.startswith("{")}
    raise ContractBroken(f"no model has {method} {path}")


def validate_response(operation_id: str, status: int, body: Any, *, model: str | None = None) -> None:
    """Raise ContractBroken unless `body` (None for an empty one) is what the model says for that status."""
    found = operation(operation_id, model=model)
    responses = found.definition["responses"]
    if str(status) not in responses:
        raise ContractBroken(f"{operation_id} never answers {status}; it answers {', '.join(responses)}")
    schema = responses[str(status)].get("schema")
    if schema is None:
        if body is not None:
            raise ContractBroken(f"{operation_id} answers {status} without a body")
        return
    _check(found, schema, body, f"answer {status} of {operation_id}")


def validate_request(
    operation_id: str,
    path_params: Mapping[str, str],
    query: Mapping[str, str | Sequence[str]],
    body: Any = None,
    *,
    model: str | None = None,
) -> None:
    """Raise ContractBroken unless the request is one the model allows. Query values are as sent, lists as repeated."""
    found = operation(operation_id, model=model)
    known = {name: spec for spec in _parameters(found) for name in [spec["name"]]}
    for place, given in (("path", path_params), ("query", query)):
        names = {name for name, spec in known.items() if spec["in"] == place}
        if unknown := set(given) - names:
            raise ContractBroken(f"{operation_id} has no {place} parameter {min(unknown)!r}")
        missing = {name for name in names if known[name].get("required")} - set(given)
        if missing:
            raise ContractBroken(f"{operation_id} needs the {place} parameter {min(missing)!r}")
        for name, value in given.items():
            _check(found, _plain(known[name]), _value(operation_id, known[name], value), f"{place} parameter {name}")
    payload = [spec for spec in known.values() if spec["in"] == "body"]
    if payload and (payload[0].get("required") or body is not None):
        _check(found, payload[0]["schema"], body, f"body of {operation_id}")
    elif body is not None:
        raise ContractBroken(f"{operation_id} takes no body")


def validate_schema(name: str, document: Any) -> None:
    """Raise ContractBroken unless `document` fits the JSON schema amazon/schemas/<name>."""
    schema = json.loads((contracts() / "amazon" / "schemas" / name).read_text(encoding="utf-8"))
    errors = sorted(Draft4Validator(schema).iter_errors(document), key=lambda error: list(error.path))
    if errors:
        raise ContractBroken(f"{name}: {_told(errors[0])}")


def _parameters(found: Operation) -> Iterator[dict[str, Any]]:
    shared = found.document["paths"][found.path].get("parameters", [])
    for spec in [*shared, *found.definition.get("parameters", [])]:
        if "$ref" in spec:
            yield found.document["parameters"][spec["$ref"].rsplit("/", 1)[1]]
        else:
            yield spec


def _plain(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that is not a body; whether it is required is no matter of the schema."""
    return {
        name: value
        for name, value in spec.items()
        if name not in ("name", "in", "required", "description", "collectionFormat")
    }


def _value(operation_id: str, spec: Mapping[str, Any], sent: str | Sequence[str]) -> Any:
    """The value a parameter stands for. A list is one value with commas unless the model says `multi`."""
    values = [sent] if isinstance(sent, str) else list(sent)
    if spec.get("type") == "array":
        if spec.get("collectionFormat") == "multi":
            return values
        if len(values) != 1:
            raise ContractBroken(f"{operation_id} takes {spec['name']} as one value with commas, not repeated")
        return values[0].split(",")
    if len(values) != 1:
        raise ContractBroken(f"{operation_id} takes {spec['name']} once, it came {len(values)} times")
    if spec.get("type") == "integer" and values[0].lstrip("-").isdigit():
        return int(values[0])
    if spec.get("type") == "boolean" and values[0] in ("true", "false"):
        return values[0] == "true"
    return values[0]


def _check(found: Operation, schema: Mapping[str, Any], value: Any, what: str) -> None:
    registry: Registry[Any] = Registry().with_resource(
        "urn:model", Resource.from_contents(found.document, default_specification=DRAFT4)
    )
    wanted = _absolute(schema)
    errors = sorted(
        Draft4Validator(wanted, registry=registry, format_checker=FORMATS).iter_errors(value),
        key=lambda error: list(map(str, error.path)),
    )
    if errors:
        raise ContractBroken(f"{what} does not fit {found.model}: {_told(errors[0])}")


def _told(error: Any) -> str:
    where = "/".join(map(str, error.absolute_path)) or "the whole"
    return f"at {where}: {error.message[:400]}"


def _absolute(node: Any) -> Any:
    """The schema with its references pointing into the model."""
    if isinstance(node, Mapping):
        return {
            name: f"urn:model{value}" if name == "$ref" and isinstance(value, str) else _absolute(value)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_absolute(each) for each in node]
    return node


def _closed(node: Any, parts: frozenset[str] | None = None, name: str = "") -> Any:
    """The model with every object closed to fields it does not name; parts that others are composed of stay open."""
    if parts is None:
        parts = frozenset(_parts(node))
    if isinstance(node, list):
        return [_closed(each, parts) for each in node]
    if not isinstance(node, dict):
        return node
    copy = {each: _closed(value, parts, each) for each, value in node.items()}
    if "allOf" in node:
        copy["allOf"] = [{**each, "additionalProperties": True} for each in copy["allOf"]]
    is_schema = isinstance(node.get("properties"), dict) and "allOf" not in node and name not in parts
    if is_schema and "additionalProperties" not in node and node.get("type", "object") == "object":
        copy["additionalProperties"] = False
    return copy


def _parts(node: Any) -> Iterator[str]:
    """Names of the definitions that stand in an `allOf`."""
    if isinstance(node, list):
        for each in node:
            yield from _parts(each)
    elif isinstance(node, dict):
        for each in node.get("allOf", ()):
            if "$ref" in each:
                yield each["$ref"].rsplit("/", 1)[1]
        for value in node.values():
            yield from _parts(value)


FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return datetime.fromisoformat(value).tzinfo is not None


def fits(answer: httpx.Response) -> None:
    """Check an answer against the model of the operation that its request belongs to."""
    raw_path = answer.request.url.raw_path.decode().partition("?")[0]
    operation, _ = find_operation(answer.request.method, raw_path)
    body = answer.json() if answer.content else None
    validate_response(operation.id, answer.status_code, body, model=operation.model)
