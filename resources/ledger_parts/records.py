"""What the ledger gives back: frozen records. Times are aware and in UTC, payloads are JSON of ids and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came in; `message_id` is the sender's own id of it, unique per source."""

    source: str
    message_id: str
    topic: str
    subject: str
    triggered_at: datetime | None
    payload: Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A stored message. `seq` follows the order of the commits: nothing ever appears below a `seq` that was read."""

    seq: int
    source: str
    message_id: str
    topic: str
    subject: str
    triggered_at: datetime | None
    received_at: datetime
    payload: dict[str, str | int | None]


@dataclass(frozen=True, slots=True)
class InboxLag:
    """What waits behind a cursor: how many messages, since when, and for how many seconds the oldest one."""

    waiting: int
    oldest_received_at: datetime | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Intention:
    """What should become true of one subject: `payload` says what, `reason` why, `origin` what set it off."""

    subject: str
    payload: Mapping[str, Any]
    reason: str
    origin: str


@dataclass(frozen=True, slots=True)
class Effect:
    """A change meant for the outside, and how far it has come.

    `sequence` numbers the intentions of one (kind, region, subject) from 1. `attempts` counts how often it was
    sent. `reference` is the far side's name for it (a submission or feed id). `check_at` is when to read back.
    """

    effect_id: int
    kind: str
    region: str
    subject: str
    sequence: int
    payload: dict[str, Any]
    state: str
    attempts: int
    origin: str
    reason: str
    decided_at: datetime
    sent_at: datetime | None
    applied_at: datetime | None
    verified_at: datetime | None
    check_at: datetime | None
    reference: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class EffectEvent:
    """One step in the life of an effect: the state it came to, when, and what was said."""

    effect_id: int
    at: datetime
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The newest intention of a subject that was seen to be true on the far side.

    It may have been sent more than once: `first_sent_at` is the first time, `sent_at` the last.
    """

    effect_id: int
    subject: str
    payload: dict[str, Any]
    first_sent_at: datetime
    sent_at: datetime
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class BucketLevel:
    """A rate limit as it stands: tokens to take now (of `burst`), and seconds until the next call may go.

    `penalties`: how often the far side said "too many" since `penalties_since`, the last time at `penalised_at`.
    """

    account: str
    operation: str
    rate: float
    burst: float
    tokens: float
    wait: float
    penalties: int = 0
    penalties_since: datetime | None = None
    penalised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """A person's word on a SKU whose number on Amazon somebody else wrote, and why.

    `accept`: the `quantity` units that Amazon shows are taken as they are. `restore`: ours is sent over them.
    """

    region: str
    subject: str
    word: Literal["accept", "restore"]
    quantity: int
    at: datetime
    note: str
    who: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A plan kept back for a person; open until `released_at`."""

    hold_id: int
    scope: str
    detail: str
    opened_at: datetime
    released_at: datetime | None
    who: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """Two records of two systems that stand for the same thing."""

    kind: str
    left_id: str
    right_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: `identity` names it within its kind (such as `eu/SKU-1`), `told` says it in words."""

    identity: str
    told: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    deadline_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExceptionRecord:
    """Something a team has to see to. Open until `closed_at`; `acknowledged_by` has seen it and left a note.

    `occurrence` counts how often this kind has come over the same identity. Until `snoozed_until` nobody is told of it.
    """

    exception_id: int
    kind: str
    identity: str
    team: str
    severity: str
    told: str
    facts: dict[str, Any]
    opened_at: datetime
    updated_at: datetime
    deadline_at: datetime | None
    closed_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str | None
    occurrence: int = 1
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExceptionEvent:
    """One step in the life of an exception. `event_id` follows the order of the commits, so it serves as a cursor."""

    event_id: int
    exception_id: int
    at: datetime
    event: str
    who: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which record, and when."""

    at: datetime
    actor: str
    action: str
    subject: str
    note: str
