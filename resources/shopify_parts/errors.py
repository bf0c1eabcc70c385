"""How Shopify says no, told apart: by HTTP, by GraphQL `errors`, by `userErrors`, and by silently ignoring a filter.

Each function looks at one layer and answers with the error to raise, or None. Nothing is raised here, and no value
that was sent or read is repeated in a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from integration_assets.contracts.errors import (
    BadDocument,
    ConfigurationError,
    Denied,
    InstepError,
    Rejected,
    Throttled,
    Unavailable,
    UnknownOutcome,
)
from resources.shopify_parts.access import retry_after

VERSION_HEADER = "X-Shopify-API-Version"
OPERATION = re.compile(r"\s*(query|mutation)\s+(\w+)")
FAILED_INSIDE = frozenset({"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT"})
REFUSED_BEFORE_IT_RAN = frozenset(
    {
        "ACCESS_DENIED",
        "BAD_REQUEST",
        "INVALID_FIELD_ARGUMENTS",
        "INVALID_VARIABLE",
        "MAX_COST_EXCEEDED",
        "MAX_INPUT_SIZE_EXCEEDED",
        "NOT_FOUND",
        "RESOURCE_NOT_FOUND",
        "SHOP_INACTIVE",
    }
)
LONGEST_REASON = 200
READ_BACK = "Read back what the shop has now before sending it again."


@dataclass(frozen=True, slots=True)
class Operation:
    """A document's own name, and whether it changes anything: after a failure that decides what can be known."""

    name: str
    writes: bool

    @classmethod
    def of(cls, document: str) -> Operation:
        """Read both from the head of the document, which must name its one operation."""
        head = OPERATION.match(document)
        if head is None:
            raise ValueError("a document begins with `query Name` or `mutation Name`")
        return cls(name=head[2], writes=head[1] == "mutation")

    def failed(self, what: str, *, status: int | None = None, code: str = "", request_id: str = "") -> InstepError:
        """The far side failed somewhere on the way: harmless for a read, an unknown outcome for a write."""
        if self.writes:
            return UnknownOutcome(
                f"Shopify {self.name}: {what}, so it may have been done.",
                todo=READ_BACK,
                operation=self.name,
                status=status,
                code=code,
                request_id=request_id,
            )
        return Unavailable(
            f"Shopify {self.name}: {what}.", operation=self.name, status=status, code=code, request_id=request_id
        )


def http_refusal(response: httpx.Response, operation: Operation) -> InstepError | None:
    """The first layer: the status line. None for a 200."""
    status = response.status_code
    if status == 200:
        return None
    request_id = response.headers.get("X-Request-Id", "")
    what = f"Shopify {operation.name}: HTTP {status}{_said(response)}."
    if status in (429, 430):
        return Throttled(what, retry_after=retry_after(response), operation=operation.name, code=f"HTTP_{status}")
    if status in (401, 403):
        return ConfigurationError(
            what, todo="Check that the app is still installed and its token or secret current: `instep doctor`."
        )
    if status == 404 or 300 <= status < 400:
        return ConfigurationError(
            what, todo="Check [shopify] shop and api_version: there is no such shop or API version at this address."
        )
    if status == 408 or status >= 500 or status < 300:
        return operation.failed(f"HTTP {status}{_said(response)}", status=status, request_id=request_id)
    code = f"HTTP_{status}"
    if status in (402, 423):
        todo = "The shop is frozen or locked: its owner has to open it again; nothing can be read or written before."
        return Denied(what, todo=todo, operation=operation.name, status=status, code=code, request_id=request_id)
    todo = "Sending the same again will not help."
    return Rejected(what, todo=todo, operation=operation.name, status=status, code=code, request_id=request_id)


def version_refusal(response: httpx.Response, asked: str, operation: Operation) -> InstepError | None:
    """Shopify answers a retired version with the oldest it still serves, whose fields may mean something else."""
    served = response.headers.get(VERSION_HEADER, "")
    if served == asked:
        return None
    what = f"answered as API version {served or '(none named)'} where {asked} was asked for"
    if operation.writes:
        return operation.failed(what, status=200)
    return ConfigurationError(
        f"Shopify {operation.name}: {what}.", todo="Upgrade Instep, or set [shopify] api_version to one that is served."
    )


def graphql_refusal(answer: Mapping[str, Any], operation: Operation, request_id: str = "") -> InstepError | None:
    """The second layer: `errors`, also where data came with them. None when there are none and there is data."""
    errors = _errors(answer)
    data = answer.get("data")
    if not errors:
        if isinstance(data, dict):
            return None
        return operation.failed("the answer has neither data nor errors", status=200, request_id=request_id)
    codes = [_code(error) for error in errors]
    code = next(iter(sorted(filter(None, codes))), "")
    told = f"{', '.join(sorted({c for c in codes if c})) or 'an error without a code'}: {_short(errors[0])}"
    may_have_run = operation.writes and isinstance(data, dict) and any(value is not None for value in data.values())
    if "THROTTLED" in codes and not may_have_run:
        return Throttled(
            f"Shopify {operation.name}: the shop's budget of points is used up.",
            retry_after=_points_wait(answer),
            operation=operation.name,
            code="THROTTLED",
        )
    if may_have_run or any(c in FAILED_INSIDE for c in codes):
        return operation.failed(told, status=200, code=code, request_id=request_id)
    if "ACCESS_DENIED" in codes:
        return ConfigurationError(
            f"Shopify {operation.name}: {told}", todo="Give the app this scope in a new version and approve it."
        )
    if operation.writes and not all(_before_it_ran(c) for c in codes):
        return operation.failed(told, status=200, code=code, request_id=request_id)
    return Rejected(
        f"Shopify {operation.name}: {told}", operation=operation.name, status=200, code=code, request_id=request_id
    )


def user_refusal(data: Mapping[str, Any], operation: Operation, request_id: str = "") -> InstepError | None:
    """The third layer: `userErrors`, `orderCancelUserErrors` and their kind in a mutation's payload."""
    for payload in data.values():
        for name, errors in payload.items() if isinstance(payload, dict) else ():
            if not name.lower().endswith("usererrors") or not errors:
                continue
            codes = sorted({str(error["code"]) for error in errors if error.get("code")})
            first = errors[0]
            at = ".".join(str(part) for part in first.get("field") or ())
            refused = Rejected(
                f"Shopify {operation.name}: {', '.join(codes) or 'refused'}{' at ' + at if at else ''}: "
                f"{_short(first)}{f' (and {len(errors) - 1} more)' if len(errors) > 1 else ''}",
                operation=operation.name,
                status=200,
                code=codes[0] if codes else "",
                request_id=request_id,
            )
            places = (".".join(str(part) for part in error.get("field") or ()) for error in errors)
            refused.places = tuple(place for place in places if place)
            return refused
    return None


def search_refusal(answer: Mapping[str, Any], operation: Operation) -> InstepError | None:
    """A filter that Shopify does not know is ignored: everything comes back, with only a warning beside it."""
    warnings = sorted({f"{warning.get('field')} ({warning.get('code')})" for warning in _search_warnings(answer)})
    if not warnings:
        return None
    return BadDocument(
        f"Shopify {operation.name}: the search ignored {', '.join(warnings)}, so the answer is not what was asked for.",
        todo="The filter is not valid in this API version; nothing of this answer was used.",
    )


def _search_warnings(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    extensions = answer.get("extensions")
    searches = extensions.get("search") if isinstance(extensions, dict) else None
    for search in searches or ():
        yield from search.get("warnings") or ()


def _errors(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The errors as a list of objects; Shopify sends a bare string or an object now and then."""
    errors = answer.get("errors")
    if not errors:
        return []
    if not isinstance(errors, list):
        return [{"message": errors if isinstance(errors, str) else "errors of an unknown shape"}]
    return [error if isinstance(error, dict) else {"message": str(error)} for error in errors]


def _code(error: Mapping[str, Any]) -> str:
    extensions = error.get("extensions")
    return str(extensions.get("code") or "") if isinstance(extensions, dict) else ""


def _before_it_ran(code: str) -> bool:
    """Whether an error of this code is about the document or its variables; those of the parser are in camelCase."""
    return code in REFUSED_BEFORE_IT_RAN or code[:1].islower()


def _points_wait(answer: Mapping[str, Any]) -> float | None:
    """Seconds until the bucket holds what the document costs; None when the answer does not say."""
    try:
        cost = answer["extensions"]["cost"]
        status = cost["throttleStatus"]
        missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        return max(0.0, missing / float(status["restoreRate"]))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None


def _short(error: Mapping[str, Any]) -> str:
    return str(error.get("message") or "no message").strip().split("\n", maxsplit=1)[0][:LONGEST_REASON]


def _said(response: httpx.Response) -> str:
    """What the body of an HTTP error says, where it says so in the plain string Shopify uses; else nothing."""
    try:
        answer = json.loads(response.content)
    except ValueError:
        return ""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return f" ({errors[:LONGEST_REASON]})" if isinstance(errors, str) and errors else ""
