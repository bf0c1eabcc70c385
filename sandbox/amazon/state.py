"""What the Amazon side remembers of one account beside its goods and orders: tokens, quotas, reports, feeds."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.world import AmazonAccount, World

TOKEN_SECONDS = 3600
URL_SECONDS = 300


@dataclass
class Bucket:
    """A token bucket in sandbox time: `level` tokens at the instant `at`."""

    level: float
    at: datetime


@dataclass
class Document:
    """A report, feed or result document. `content` None until it was uploaded."""

    id: str
    content_type: str | None
    compression: str | None = None
    content: bytes | None = None
    url_expires_at: datetime | None = None
    report_type: str = ""


@dataclass
class Report:
    """A report in the account's list."""

    id: str
    type: str
    marketplace_ids: list[str]
    created_at: datetime
    status: str = "IN_QUEUE"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    document_id: str | None = None
    data_start: datetime | None = None
    data_end: datetime | None = None


@dataclass
class Feed:
    """A feed in the account's list."""

    id: str
    type: str
    marketplace_ids: list[str]
    created_at: datetime
    document_id: str
    status: str = "IN_QUEUE"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result_document_id: str | None = None


@dataclass
class PageToken:
    """What a page token stands for; after `expires_at` it is worth nothing."""

    payload: dict[str, Any]
    expires_at: datetime


@dataclass
class ServiceState:
    """Everything the service keeps for an account. Sets of SKUs name listings planted to misbehave."""

    dice: random.Random
    tokens: dict[str, datetime] = field(default_factory=dict)
    """access token -> when it expires."""
    buckets: dict[str, Bucket] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    page_tokens: dict[str, PageToken] = field(default_factory=dict)
    settlements: dict[tuple[str, datetime], str] = field(default_factory=dict)
    """(marketplace, end of the period) -> number of the settlement that was published."""
    apply_seconds: tuple[float, float] = (5.0, 60.0)
    """Shortest and longest time between ACCEPTED and the quantity that buyers see, in seconds."""
    enforce_rates: bool = True
    finances_lag: timedelta = timedelta(0)
    """How long after it was posted listTransactions tells of a transaction; the real one takes up to 48 hours."""
    finances_page: int = 100
    """Transactions in a page."""
    never_applied: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    newest_patch: dict[str, int] = field(default_factory=dict)
    """SKU -> number of the newest PATCH that was applied: an older one never overtakes."""
    on_applied: list[Callable[[str, int], None]] = field(default_factory=list)
    """Told of each applied quantity: (sku, quantity)."""
    on_shown: list[Callable[[list[str]], None]] = field(default_factory=list)
    """Told of the SKUs whose availability somebody has looked at."""

    def issue_page_token(self, world: World, payload: dict[str, Any], *, seconds: float) -> str:
        """A token that stands for `payload` for so many seconds of sandbox time."""
        now = world.now()
        if len(self.page_tokens) > 1000:
            self.page_tokens = {name: token for name, token in self.page_tokens.items() if token.expires_at > now}
        name = f"{self.dice.getrandbits(160):040x}"
        self.page_tokens[name] = PageToken(payload, now + timedelta(seconds=seconds))
        return name

    def issue_access_token(self, world: World) -> str:
        """A new access token, good for an hour of sandbox time."""
        token = f"Atza|{self.dice.getrandbits(256):064x}"
        self.tokens[token] = world.now() + timedelta(seconds=TOKEN_SECONDS)
        return token

    def take(self, world: World, operation: str, rate: float, burst: int) -> bool:
        """Take a call out of the operation's bucket; False when it is empty."""
        now = world.now()
        bucket = self.buckets.setdefault(operation, Bucket(float(burst), now))
        bucket.level = min(float(burst), bucket.level + max(0.0, (now - bucket.at).total_seconds()) * rate)
        bucket.at = now
        # The sum of many small refills can miss a whole token by a rounding error.
        if bucket.level < 1.0 - 1e-9:
            return False
        bucket.level -= 1.0
        return True


def state_of(world: World, account: AmazonAccount) -> ServiceState:
    """The service's memory of the account, made at first use with dice of its own."""
    state = account.extra.get("service")
    if not isinstance(state, ServiceState):
        state = account.extra["service"] = ServiceState(random.Random(f"{world.seed}/amazon/{account.region}"))
    return state
