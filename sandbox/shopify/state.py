"""What the Shopify service remembers beside the shop's own records: tokens, points, keys, bulk operations."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.shopify.indexes import Indexes
from sandbox.shopify.throttle import Bucket
from sandbox.world import World

TOKEN_SECONDS = 86_399
KEY_LIFE = timedelta(hours=24)
RESULT_LIFE = timedelta(days=7)


@dataclass
class Attempt:
    """The first use of an idempotency key."""

    fingerprint: str
    payload: dict[str, Any]
    at: datetime


@dataclass
class BulkOperation:
    """A bulk query. `parts` holds the result, each part deflated by itself."""

    id: int
    query: str
    created_at: datetime
    key: str
    """Unguessable part of the result's url."""
    grouped: bool = False
    status: str = "CREATED"
    completed_at: datetime | None = None
    error_code: str | None = None
    object_count: int = 0
    root_object_count: int = 0
    file_size: int = 0
    parts: list[bytes] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether it still takes one of the five places."""
        return self.status in ("CREATED", "RUNNING", "CANCELING")


@dataclass
class Job:
    """Something that is done a moment after it was asked for: the cancellation of an order."""

    id: str
    order_id: int
    done: bool = False
    problem: str = ""


@dataclass
class SubscriptionOptions:
    """What a webhook subscription was asked for beside its topic and uri."""

    include_fields: list[str] = field(default_factory=list)
    name: str | None = None
    updated_at: datetime | None = None


@dataclass
class ServiceState:
    """One shop's service. `dice` are its own, so that calls do not change what the world's dice bring."""

    indexes: Indexes
    bucket: Bucket
    dice: random.Random
    tokens: dict[str, datetime] = field(default_factory=dict)
    """Access token -> when it ends."""
    keys: dict[str, Attempt] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    bulk: dict[int, BulkOperation] = field(default_factory=dict)
    subscription_options: dict[int, SubscriptionOptions] = field(default_factory=dict)

    def hexadecimal(self, digits: int) -> str:
        """Random hexadecimal digits of the service's own dice."""
        return f"{self.dice.getrandbits(digits * 4):0{digits}x}"


def state_of(world: World) -> ServiceState:
    """The service's memory of this world's shop, made at first use."""
    extra = world.shop.extra
    if "service" not in extra:
        extra["service"] = ServiceState(
            indexes=Indexes(world.shop),
            bucket=Bucket(at=world.now()),
            dice=random.Random(f"shopify {world.seed}"),
        )
    state: ServiceState = extra["service"]
    return state
