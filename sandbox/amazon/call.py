"""One call of an Amazon operation and what can be answered to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.amazon.state import ServiceState
from sandbox.world import AmazonAccount, World


class Problem(Exception):
    """An answer that is an error: HTTP status, Amazon's code, message and details."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    @property
    def body(self) -> dict[str, Any]:
        """The error list as Amazon writes it."""
        return {"errors": [{"code": self.code, "message": self.message, "details": self.details}]}


def invalid(message: str, details: str = "") -> Problem:
    """A 400 InvalidInput."""
    return Problem(400, "InvalidInput", message, details)


@dataclass
class Answer:
    """A success. `effect`, `subject` and `detail` go to the request log; `outcome` is 'ok' or 'invalid'."""

    body: Any = None
    status: int = 200
    effect: str = ""
    subject: str = ""
    outcome: str = "ok"
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass
class Call:
    """A call that has been authenticated. Query values are as sent, one list per name."""

    world: World
    account: AmazonAccount
    state: ServiceState
    operation: str
    base_url: str
    path: dict[str, str]
    query: dict[str, list[str]]
    body: Any = None

    def text(self, name: str) -> str | None:
        """The query value, None when it was not sent."""
        values = self.query.get(name)
        return values[0] if values else None

    def needed(self, name: str) -> str:
        """The query value; a 400 when it was not sent."""
        value = self.text(name)
        if not value:
            raise invalid(f"Missing required request parameter: {name}")
        return value

    def listed(self, name: str, *, most: int | None = None, allowed: tuple[str, ...] | None = None) -> list[str]:
        """A comma separated list; a 400 when it is too long or holds a value that is not allowed."""
        values = [part for value in self.query.get(name, ()) for part in value.split(",") if part]
        if most is not None and len(values) > most:
            raise invalid(f"{name} holds {len(values)} values, at most {most} are allowed")
        if allowed is not None and (unknown := [value for value in values if value not in allowed]):
            raise invalid(f"{name} has an unknown value: {unknown[0]}", f"Allowed: {', '.join(allowed)}")
        return values

    def number(self, name: str, *, default: int, least: int = 1, most: int) -> int:
        """A whole number between two bounds."""
        value = self.text(name)
        if value is None:
            return default
        if not value.isdigit() or not least <= int(value) <= most:
            raise invalid(f"{name} is {value}, expected a whole number from {least} to {most}")
        return int(value)

    def instant(self, name: str) -> datetime | None:
        """An ISO 8601 instant with its zone, in UTC."""
        value = self.text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise invalid(f"{name} is not an ISO 8601 date and time: {value}") from None
        if moment.tzinfo is None:
            raise invalid(f"{name} has no time zone: {value}")
        return moment.astimezone(UTC)

    def marketplaces(self, name: str = "marketplaceIds", *, most: int | None = None) -> list[str]:
        """Marketplaces of the call; a 400 for one the account has no part in."""
        found = self.listed(name, most=most)
        if foreign := [each for each in found if each not in self.account.marketplace_ids]:
            raise invalid(f"Marketplace {foreign[0]} does not belong to this seller or this region", name)
        return found

    def field(self, name: str) -> Any:
        """A field of the JSON body; a 400 when it is missing."""
        if not isinstance(self.body, dict) or self.body.get(name) in (None, "", []):
            raise invalid(f"The request body lacks {name}")
        return self.body[name]

    def own_seller(self) -> None:
        """A 403 when the seller id in the path is another account's than the token's."""
        if self.path["sellerId"] != self.account.seller_id:
            raise Problem(403, "Unauthorized", "Access to requested resource is denied.", "sellerId is not the token's")


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Operation:
    """An operation as Amazon publishes it: calls a second, size of the bucket, and who answers."""

    name: str
    method: str
    path: tuple[str, ...]
    rate: float
    burst: int
    answer: Handler = field(compare=False)
    grantless: bool = False
    """Whether it concerns the application alone, and so takes a grantless token and no other."""

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The path parameters when the segments fit this operation's path."""
        if len(segments) != len(self.path):
            return None
        found: dict[str, str] = {}
        for pattern, segment in zip(self.path, segments, strict=True):
            if pattern.startswith("{"):
                found[pattern[1:-1]] = segment
            elif pattern != segment:
                return None
        return found


def stamp(moment: datetime) -> str:
    """An instant as Amazon writes it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON as UTF-8 bytes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
