"""What processes share: leases (one sender at a time) and rate buckets (the far side's limits are per account)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from integration_assets.contracts.errors import LeaseTaken, StoreError
from resources.ledger_parts.records import BucketLevel
from resources.ledger_parts.schema import BUCKETS, LEASES
from resources.ledger_parts.store import LedgerStore, locked_row

STEPPED_BACK = timedelta(hours=1)
"""A bucket written this far in the future belongs to a clock that was set back, such as an earlier rehearsal's."""

CALM = timedelta(hours=1)
"""After so long without being asked to wait, the next time counts as the first."""


class Lease:
    """The right to be the only one at work under `name`, until `expires_at`. Given out by `Ledger.lease`.

    `token` grows by one with every holder.
    """

    def __init__(self, limits: Limits, name: str, holder: str, token: int, ttl: float, expires_at: datetime) -> None:
        self._limits = limits
        self.name = name
        self.holder = holder
        self.token = token
        self.ttl = ttl
        self.expires_at = expires_at

    def renew(self) -> None:
        """Hold on for `ttl` seconds from now. Call it between batches; raises LeaseTaken when the lease was lost."""
        self.expires_at = self._limits._renew_lease(self)  # noqa: SLF001 - the two halves of one thing


class Limits(LedgerStore):
    """Leases and rate buckets."""

    @contextmanager
    def lease(self, name: str, holder: str, ttl: float = 60.0) -> Iterator[Lease]:
        """Be the only holder of `name` inside the block; give it back at its end.

        `ttl` is in seconds on the wall, in a rehearsal too, because it bounds how long a dead process is waited
        for. Raises LeaseTaken when somebody else holds it and has not let it expire.
        """
        lease = self._take_lease(name, holder, ttl)
        try:
            yield lease
        finally:
            with suppress(StoreError):  # it expires by itself, and the block's own error matters more
                self._give_back(lease)

    def take(self, account: str, operation: str, rate: float, burst: float, tokens: float = 1) -> float:
        """Reserve `tokens` and answer the seconds of the ledger's clock to wait before the call may go; 0.0 is now.

        `rate` is in tokens a second, `burst` the size of the bucket. The reservation is shared by all processes
        and is never given back, so sleep, then call. All calls that keep to their waits spend at most
        `burst + rate x t` in any window of t seconds.
        """
        if not (rate > 0 and burst >= tokens > 0):
            raise StoreError(
                f"Bucket {account} {operation}: expected rate > 0 and 0 < tokens <= burst, found rate={rate}, "
                f"tokens={tokens}, burst={burst}."
            )
        each = _seconds(1 / rate)
        full_after = each * burst

        def work(connection: Connection) -> float:
            now = self.clock.now()
            key = {"account": account, "operation": operation}
            first = {"rate": rate, "burst": burst, "full_at": now, "updated_at": now}
            row = locked_row(connection, BUCKETS, key, first)
            full_at, not_before = row["full_at"], row["not_before"]
            if row["updated_at"] > now + STEPPED_BACK:
                full_at, not_before = now + full_after, None
            start = max(now, full_at)
            if not_before is not None:
                start = max(start, not_before + full_after - each * tokens)
            spent = start + each * tokens
            connection.execute(
                _update(BUCKETS, key).values(
                    rate=rate, burst=burst, full_at=spent, not_before=not_before, updated_at=now
                )
            )
            wait: timedelta = spent - full_after - now
            return max(0.0, wait.total_seconds())

        return self._write(work, durable=False)

    def penalise(self, account: str, operation: str, seconds: float) -> None:
        """The far side said "too many": nobody calls for `seconds`, and the bucket is empty until then."""

        def work(connection: Connection) -> None:
            now = self.clock.now()
            key = {"account": account, "operation": operation}
            first = {"rate": 1.0, "burst": 1.0, "full_at": now, "updated_at": now}
            row = locked_row(connection, BUCKETS, key, first)
            until = now + _seconds(max(0.0, seconds))
            last = row["penalised_at"]
            again = last is not None and timedelta() <= now - last < CALM
            counted = {
                "penalties": row["penalties"] + 1 if again else 1,
                "penalties_since": row["penalties_since"] if again else now,
                "penalised_at": now,
            }
            connection.execute(_update(BUCKETS, key).values(counted))
            if row["not_before"] is None or row["not_before"] < until or row["updated_at"] > now + STEPPED_BACK:
                connection.execute(_update(BUCKETS, key).values(not_before=until, updated_at=now))

        self._write(work, durable=False)

    def bucket_levels(self) -> list[BucketLevel]:
        """Every bucket as it stands now, by account and operation."""
        now = self.clock.now()
        query = sa.select(BUCKETS).order_by(BUCKETS.c.account, BUCKETS.c.operation)
        levels = []
        for row in self._read(lambda connection: connection.execute(query).mappings().all()):
            rate, burst = row["rate"], row["burst"]
            start = max(now, row["full_at"])
            if row["not_before"] is not None:
                start = max(start, row["not_before"] + _seconds(1 / rate) * (burst - 1))
            tokens = burst - (start - now).total_seconds() * rate
            wait = max(0.0, (1 - tokens) / rate)
            told = (row["penalties"], row["penalties_since"], row["penalised_at"])
            levels.append(BucketLevel(row["account"], row["operation"], rate, burst, max(0.0, tokens), wait, *told))
        return levels

    def _take_lease(self, name: str, holder: str, ttl: float) -> Lease:
        lasts = ttl * self.clock.speed

        def work(connection: Connection) -> Lease:
            now = self.clock.now()
            key = {"name": name}
            first = {"holder": holder, "token": 0, "acquired_at": now, "expires_at": now, "lasts_seconds": lasts}
            row = locked_row(connection, LEASES, key, first)
            left = (row["expires_at"] - now).total_seconds()
            if 0 < left <= row["lasts_seconds"]:  # more than it ever lasts: a clock that was set back
                raise LeaseTaken(
                    f"{name} is being worked on by {row['holder']} until {row['expires_at']:%Y-%m-%d %H:%M:%S} UTC.",
                    todo="Wait for it to end; a process that died is replaced after that time.",
                )
            expires_at = now + _seconds(lasts)
            connection.execute(
                _update(LEASES, key).values(
                    holder=holder,
                    token=row["token"] + 1,
                    acquired_at=now,
                    expires_at=expires_at,
                    lasts_seconds=lasts,
                )
            )
            return Lease(self, name, holder, row["token"] + 1, ttl, expires_at)

        return self._write(work)

    def _renew_lease(self, lease: Lease) -> datetime:
        expires_at = self.clock.now() + _seconds(lease.ttl * self.clock.speed)
        mine = _update(LEASES, {"name": lease.name}).where(LEASES.c.token == lease.token)
        renewed = self._write(lambda connection: connection.execute(mine.values(expires_at=expires_at)).rowcount)
        if renewed != 1:
            raise LeaseTaken(
                f"{lease.name} was lost by {lease.holder}: it was not renewed in time and somebody else took it.",
                todo="Stop at once; the new holder reads back what was sent.",
            )
        return expires_at

    def _give_back(self, lease: Lease) -> None:
        mine = _update(LEASES, {"name": lease.name}).where(LEASES.c.token == lease.token)
        self._write(lambda connection: connection.execute(mine.values(expires_at=self.clock.now())))


def _update(table: sa.Table, key: dict[str, str]) -> sa.Update:
    return sa.update(table).where(*(table.c[name] == value for name, value in key.items()))


def _seconds(seconds: float) -> timedelta:
    """A span in whole microseconds, rounded up, so that rounding never gives a token away."""
    return timedelta(microseconds=math.ceil(seconds * 1_000_000))
