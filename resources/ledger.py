"""The ledger: what must survive everything. SQLite by default, PostgreSQL by url; one interface over both.

Inbox of messages, effects on the outside, leases, rate buckets, holds, baselines, links, cursors, exceptions, audit.
No personal data: payloads are JSON of ids and numbers. Every method is one transaction, on disk when it returns.
"""

from __future__ import annotations

from resources.ledger_parts.desk import Desk
from resources.ledger_parts.effect_views import OPEN_STATES
from resources.ledger_parts.effects import STATES, Effects
from resources.ledger_parts.exceptions import Exceptions
from resources.ledger_parts.inbox import INBOX_CURSOR, Inbox
from resources.ledger_parts.limits import Lease, Limits
from resources.ledger_parts.records import (
    AuditEntry,
    Baseline,
    BucketLevel,
    Delivery,
    Effect,
    EffectEvent,
    ExceptionEvent,
    ExceptionRecord,
    Finding,
    Hold,
    InboxLag,
    InboxMessage,
    Intention,
    Link,
    Verified,
)

__all__ = [
    "INBOX_CURSOR",
    "OPEN_STATES",
    "STATES",
    "AuditEntry",
    "Baseline",
    "BucketLevel",
    "Delivery",
    "Effect",
    "EffectEvent",
    "ExceptionEvent",
    "ExceptionRecord",
    "Finding",
    "Hold",
    "InboxLag",
    "InboxMessage",
    "Intention",
    "Lease",
    "Ledger",
    "Link",
    "Verified",
]


class Ledger(Inbox, Effects, Limits, Desk, Exceptions):
    """`Ledger(url, clock)`: opened at its first use, shared between threads, closed by `close` or a `with` block.

    A SQLite ledger makes and migrates its own file; on PostgreSQL `migrate` is called once by `instep setup`. Raises
    ConfigurationError for a url that cannot be used, and StoreError for everything that goes wrong later.
    """
