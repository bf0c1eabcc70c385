"""How the service itself is: sources that grew old, allowances used up, credentials refused, subscriptions lost.

Each look answers rows for people to read, and makes the ledger's exceptions about it exactly what was found. What
could not be asked just now says nothing: what was known of it stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from integration_assets.contracts.bookkeeping import FRESHNESS
from integration_assets.contracts.desk import ServiceHealth
from integration_assets.contracts.errors import ConfigurationError, Denied, InstepError
from resources.amazon import Amazon
from resources.clock import Clock
from resources.findings import finding, report
from resources.ledger import BucketLevel, Ledger
from resources.operating_model import OperatingModel
from resources.shopify import Shopify
from resources.warehouse import Warehouse

ASKED_WHEN_NEEDED = frozenset({"amazon.availability"})
"""Tables that are read when something depends on them, and not by the clock: their age means nothing."""

WEBHOOKS_CURSOR = "webhooks/subscribed"
"""Where `instep setup` notes what it subscribed to: a JSON object of `uri` and `topics`."""

OFTEN = 3
"""Times in an hour that a service may ask to wait before a person is told."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one thing: its row, the exception where it is one, and whether it could be asked at all."""

    row: ServiceHealth
    facts: Mapping[str, object] | None = None

    @property
    def is_known(self) -> bool:
        """False where it could not be asked."""
        return self.row.state != "unknown"


@dataclass(frozen=True, slots=True)
class Health:
    """The doors that are looked through. `limits` says how old each observed table may grow."""

    model: OperatingModel
    ledger: Ledger
    warehouse: Warehouse
    shopify: Shopify
    amazon: Amazon
    clock: Clock
    limits: Mapping[str, timedelta]

    def look(self) -> list[ServiceHealth]:
        """Look at everything and keep the ledger's exceptions up to date; the rows of all that was seen."""
        now = self.clock.now()
        looks = {
            "stale_source": sources(self.warehouse, self._limits(), now),
            "throttled": allowances(self.ledger.bucket_levels(), now),
            "credentials": [*self._shopify(now), *self._accounts(now)],
            "missing_webhook": self._webhooks(now),
        }
        for kind, found in looks.items():
            tell(self.ledger, kind, found)
        forget_read_again(self.ledger, self.warehouse)
        return [look.row for found in looks.values() for look in found]

    def _limits(self) -> dict[str, timedelta]:
        """How old a source may be by our clock: schedules go by the wall's, and a rehearsal's runs faster."""
        return {name: limit * self.clock.speed for name, limit in self.limits.items()}

    def _shopify(self, now: datetime) -> Iterator[Look]:
        yield credentials("Shopify", self.shopify.shop, now)

    def _accounts(self, now: datetime) -> Iterator[Look]:
        for region in sorted(self.model.amazon):
            yield credentials(f"Amazon {region}", self.amazon.account(region).participations, now)

    def _webhooks(self, now: datetime) -> list[Look]:
        noted = self.ledger.cursor(WEBHOOKS_CURSOR)
        if noted is None:
            return []
        wanted = json.loads(noted)
        try:
            standing = {(each.topic, each.uri) for each in self.shopify.webhook_subscriptions()}
        except InstepError as error:
            return [_row("webhooks", topic, "unknown", str(error), now) for topic in wanted["topics"]]
        return [webhook(topic, (topic, wanted["uri"]) in standing, now) for topic in wanted["topics"]]


def tell(ledger: Ledger, kind: str, looks: Iterable[Look]) -> None:
    """Make the open exceptions of the kind what these looks say, which are all there are."""
    looks = list(looks)
    findings = [finding(kind, look.row.name, look.facts) for look in looks if look.facts is not None]
    report(ledger, kind, findings, keep=[look.row.name for look in looks if not look.is_known])


def forget_read_again(ledger: Ledger, warehouse: Warehouse) -> None:
    """Close what was said of an answer that looked too small, once its table was read again."""
    suspects = ledger.open_exceptions("suspect_snapshot")
    if not suspects or not warehouse.path.exists():
        return
    read = {row.table_name: row.written_at for row in warehouse.rows(FRESHNESS)}
    still = {each.identity for each in suspects if not (at := read.get(each.identity)) or at <= each.updated_at}
    ledger.close_exceptions("suspect_snapshot", still)


def sources(warehouse: Warehouse, limits: Mapping[str, timedelta], now: datetime) -> list[Look]:
    """Whether each table was read within its limit. One that never was is not late: it has not begun."""
    if not warehouse.path.exists():
        return []
    read = {row.table_name: row.written_at for row in warehouse.rows(FRESHNESS)}
    looks = []
    for name, limit in sorted(limits.items()):
        at = read.get(name)
        if name in ASKED_WHEN_NEEDED:
            continue
        minutes = int(limit.total_seconds() // 60)
        if at is None:
            looks.append(_row("source", name, "unknown", "It was never read.", now, limit_minutes=minutes))
            continue
        age = now - at
        told = f"It was read {span(age)} ago; it may be {span(limit)} old."
        facts = None
        if age > limit:
            facts = {"source": name, "read_at": f"{at:%Y-%m-%d %H:%M} UTC", "age": span(age)}
        state = "late" if facts else "ok"
        looks.append(_row("source", name, state, told, now, since=at, limit_minutes=minutes, facts=facts))
    return looks


def allowances(levels: Iterable[BucketLevel], now: datetime) -> list[Look]:
    """How much of each rate limit is used up, and whether a service keeps asking us to wait."""
    looks = []
    for level in levels:
        service = service_of(level.account)
        recent = level.penalised_at is not None and timedelta() <= now - level.penalised_at < HOUR
        times = level.penalties if recent else 0
        used = Decimal(str(round(100 * (1 - min(level.tokens, level.burst) / level.burst), 1)))
        told = f"{int(level.tokens)} of {level.burst:g} calls are left."
        facts = None
        if times >= OFTEN and level.penalties_since is not None:
            minutes = max(1, int((now - level.penalties_since).total_seconds() // 60))
            facts = {"service": service, "operation": level.operation, "times": times, "minutes": minutes}
        looks.append(
            _row(
                "allowance",
                f"{service} {level.operation}",
                "failing" if facts else "ok",
                told + (f" It asked us to wait {times} times in the last hour." if times else ""),
                now,
                since=level.penalties_since if times else None,
                used_percent=used,
                retries=times,
                facts=facts,
            )
        )
    return looks


def credentials(service: str, ask: Callable[[], object], now: datetime) -> Look:
    """Whether the service lets us in. A service that is down says nothing about our credentials."""
    try:
        ask()
    except InstepError as error:
        detail = str(error).rstrip(". ")
        if isinstance(error, (ConfigurationError, Denied)):
            facts = {"service": service, "detail": detail}
            return _row("credentials", service, "failing", f"{detail}.", now, facts=facts)
        return _row("credentials", service, "unknown", f"It could not be asked: {detail}.", now)
    return _row("credentials", service, "ok", "It lets us in.", now)


def webhook(topic: str, is_there: bool, now: datetime) -> Look:
    """Whether Shopify still tells us of this topic."""
    if is_there:
        return _row("webhooks", topic, "ok", "Shopify is subscribed to tell us.", now)
    facts = {"topic": topic, "minutes": 15}
    return _row("webhooks", topic, "failing", "The subscription is missing.", now, facts=facts)


def service_of(account: str) -> str:
    """`amazon/eu/A1EXAMPLE` as a person says it: Amazon eu."""
    system, _, rest = account.partition("/")
    return "Shopify" if system == "shopify" else f"Amazon {rest.partition('/')[0]}"


def span(age: timedelta) -> str:
    """A span in the largest unit that says enough: 45 s, 12 min, 7 h, 3 d."""
    seconds = max(0.0, age.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def _row(
    part: str,
    name: str,
    state: str,
    told: str,
    now: datetime,
    *,
    since: datetime | None = None,
    used_percent: Decimal | None = None,
    retries: int = 0,
    limit_minutes: int | None = None,
    facts: Mapping[str, object] | None = None,
) -> Look:
    row = ServiceHealth(
        part=part,
        name=name,
        state=state,
        told=told,
        known_at=since,
        used_percent=used_percent,
        retries=retries,
        limit_minutes=limit_minutes,
        looked_at=now,
    )
    return Look(row, facts)
