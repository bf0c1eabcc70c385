"""The inbox: every message from outside is stored once, before it is answered, in an order that has no gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from integration_assets.contracts.errors import StoreError
from resources.ledger_parts.records import Delivery, InboxLag, InboxMessage
from resources.ledger_parts.schema import CURSORS, INBOX
from resources.ledger_parts.store import LedgerStore, insert_new

INBOX_CURSOR = "inbox"
"""The cursor (see `Ledger.cursor`) that says how far the inbox was worked through."""

INBOX_LOCK = 0x1457E8


class Inbox(LedgerStore):
    """Webhooks and notifications, stored by the receiver and read by sensors."""

    def receive(
        self,
        source: str,
        message_id: str,
        topic: str,
        subject: str,
        triggered_at: datetime | None,
        payload: dict[str, str | int | None],
    ) -> bool:
        """Store one message; it is on disk when this returns. False when it was there already.

        `payload` is flat: ids and numbers, never a person's data. Raises StoreError for anything else.
        """
        return self.receive_many([Delivery(source, message_id, topic, subject, triggered_at, payload)])[0]

    def receive_many(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Store messages in one transaction, in their order; for each, False when it was there already."""
        received_at = self.clock.now()
        for delivery in deliveries:
            _require_flat(delivery)

        def work(connection: Connection) -> list[bool]:
            if connection.dialect.name == "postgresql":
                # Numbers are given before the commit, so two writers side by side could commit them out of order, and
                # a reader that has seen the higher one would never look for the lower one. One writer at a time.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(INBOX_LOCK)))
            statement = insert_new(connection, INBOX)
            return [
                connection.execute(
                    statement.values(
                        source=delivery.source,
                        message_id=delivery.message_id,
                        topic=delivery.topic,
                        subject=delivery.subject,
                        triggered_at=delivery.triggered_at,
                        received_at=received_at,
                        payload=dict(delivery.payload),
                    )
                ).rowcount
                == 1
                for delivery in deliveries
            ]

        return self._write(work)

    def inbox_after(self, seq: int, limit: int = 1000, settled_for: float = 0.0) -> list[InboxMessage]:
        """The messages after `seq`, oldest first, at most `limit`.

        A `seq` is safe to use as a cursor at once: messages appear in its order, on both databases. `settled_for`
        (seconds) waits for a burst to end: reading stops before the first message that is younger.
        """
        query = sa.select(INBOX).where(INBOX.c.seq > seq).order_by(INBOX.c.seq).limit(limit)
        messages = self._read(lambda connection: [InboxMessage(*row) for row in connection.execute(query)])
        if settled_for > 0:
            latest = self.clock.now() - timedelta(seconds=settled_for)
            for position, message in enumerate(messages):
                if message.received_at > latest:
                    return messages[:position]
        return messages

    def inbox_head(self) -> int:
        """The `seq` of the newest message; 0 when none ever came."""
        return self._read(lambda connection: connection.scalar(sa.select(sa.func.max(INBOX.c.seq)))) or 0

    def inbox_lag(self, after: int | None = None) -> InboxLag:
        """What waits behind `after`; by default behind the cursor named `inbox`."""

        def work(connection: Connection) -> tuple[int, datetime | None]:
            start = after
            if start is None:
                start = int(connection.scalar(sa.select(CURSORS.c.value).where(CURSORS.c.name == INBOX_CURSOR)) or 0)
            waiting = sa.select(sa.func.count(), sa.func.min(INBOX.c.received_at)).where(INBOX.c.seq > start)
            count, oldest = connection.execute(waiting).one()
            return count, oldest

        count, oldest = self._read(work)
        seconds = 0.0 if oldest is None else max(0.0, (self.clock.now() - oldest).total_seconds())
        return InboxLag(count, oldest, seconds)

    def forget_inbox(self, before: datetime) -> int:
        """Delete messages received before then; how many. Keep days: the sender's repeats are known by their rows."""
        return self._write(
            lambda connection: connection.execute(sa.delete(INBOX).where(INBOX.c.received_at < before)).rowcount
        )


def _require_flat(delivery: Delivery) -> None:
    for key, value in delivery.payload.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
            raise StoreError(
                f"Message {delivery.message_id} of {delivery.source}: field `{key}` is {type(value).__name__}; "
                "the inbox takes ids and numbers (str, int, null) only."
            )
