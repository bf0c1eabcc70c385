"""Tell the teams: what happened to exceptions since each channel was last told, once, by the channels they have.

How far a channel has been told is a cursor in the ledger, moved when it has taken the letter. A process that dies in
between sends the same letter again under the same key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from integration_assets.contracts.errors import InstepError, LeaseTaken
from integration_assets.effects.lane import holder
from integration_assets.rules.alerting import Message, News, Progress, Step, decide
from integration_assets.rules.exceptions import CATALOGUE
from integration_assets.rules.standing import size_of
from resources.alerts import Alerts, Route
from resources.alerts_parts.letter import Item, Letter
from resources.clock import Clock
from resources.findings import finding, raise_all
from resources.ledger import ExceptionEvent, ExceptionRecord, Ledger
from resources.operating_model import OperatingModel

LEASE_SECONDS = 180.0
"""Longer than a letter's tries can take."""

STEPS_AT_ONCE = 20_000
WORDS = {"due": "due soon", "reopened": "again", "opened": "new", "woken": "awake", "changed": "changed"}


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one channel: how many letters went, how many exceptions wait and why, what it answered if no."""

    channel: str
    teams: tuple[str, ...]
    letters: int = 0
    waiting: int = 0
    why: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that telling people needs."""

    model: OperatingModel
    ledger: Ledger
    alerts: Alerts
    clock: Clock

    def has_news(self) -> bool:
        """Whether any channel has not been told of the newest step. One look at the ledger, no call outside."""
        newest = self.ledger.newest_exception_step()
        return any(_progress(self.ledger, route.name)[0].seen < newest for route in self.alerts.routes())

    def deliver(self) -> list[Told]:
        """Let time pass, then tell every channel what is news to it. A channel that fails is an exception itself."""
        self.ledger.let_time_pass(due_within=timedelta(hours=self.model.alerts.due_within_hours))
        routes = self.alerts.routes()
        declared = {route.name for route in routes}
        if any(each.identity not in declared for each in self.ledger.open_exceptions("dead_channel")):
            self.ledger.close_exceptions("dead_channel", declared)
        return [self._tell(route) for route in routes]

    def _tell(self, route: Route) -> Told:
        try:
            with self.ledger.lease(f"alerts/{route.name}", holder(), ttl=LEASE_SECONDS) as lease:
                letters = 0
                while True:
                    lease.renew()
                    told, more = self._once(route)
                    letters += told.letters
                    if not more:
                        return Told(told.channel, told.teams, letters, told.waiting, told.why, told.error)
        except LeaseTaken:
            return Told(route.name, route.teams, why="another process is telling it")

    def _once(self, route: Route) -> tuple[Told, bool]:
        """Tell one letter's worth; whether there may be more."""
        progress, pending = _progress(self.ledger, route.name)
        found = self.ledger.exception_steps(progress.seen, route.teams, limit=STEPS_AT_ONCE)
        more = len(found) == STEPS_AT_ONCE
        if pending:  # this very letter may have gone already: the same steps again, so that its key is the same
            found = [pair for pair in found if pair[0].event_id <= pending]
        steps = [step_of(event, record) for event, record in found]
        decision = decide(route.name, steps, progress, route.wishes, self.clock.now())
        if decision.message is not None:
            _remember(self.ledger, route.name, progress, pending=steps[-1].event_id)
            try:
                self.alerts.send(route, self.letter(decision.message))
            except InstepError as error:
                detail = str(error).rstrip(". ")
                self._dead(route, detail)
                return Told(route.name, route.teams, 0, len(decision.message.news), error=detail), False
            self._alive(route)
        elif not found and not pending:
            # Nothing of these teams: move past the others' steps, so that they are not looked through each time.
            newest = self.ledger.newest_exception_step()
            if (
                newest > progress.seen
                and not progress.early
                and not self.ledger.exception_steps(progress.seen, route.teams, limit=1)
            ):
                _remember(self.ledger, route.name, Progress(newest, sent_at=progress.sent_at))
            return Told(route.name, route.teams), False
        _remember(self.ledger, route.name, decision.after)
        told = Told(route.name, route.teams, int(decision.message is not None), decision.waiting, decision.why)
        return told, (more or bool(pending)) and not decision.waiting

    def letter(self, message: Message) -> Letter:
        """The message in words, with the first step of each kind and links to the operator page."""
        page = self.model.alerts.page_url or ""
        return Letter(
            key=message.key,
            title=message.title,
            severity=message.severity,
            items=tuple(self._item(news, page) for news in message.news),
            counts=message.counts,
            left_out=message.left_out,
            page_url=page,
        )

    def _item(self, news: News, page: str) -> Item:
        step = news.step
        kind = CATALOGUE.get(step.kind)
        facts = self.ledger.exception(step.exception_id).facts
        first = kind.steps_in_words(facts)[0] if kind and news.event != "closed" else ""
        return Item(
            number=step.exception_id,
            word=WORDS.get(news.event, news.event),
            title=step.title,
            severity=step.severity,
            team=step.team,
            told=step.told,
            size=step.size,
            deadline_at=step.deadline_at,
            first_step=first,
            link=f"{page}#kind-{step.kind}" if page else "",
        )

    def _dead(self, route: Route, detail: str) -> None:
        open_ones = {each.identity: each for each in self.ledger.open_exceptions("dead_channel")}
        known = open_ones.get(route.name)
        since = str(known.facts["since"]) if known else f"{self.clock.now():%Y-%m-%d %H:%M} UTC"
        facts = {"channel": route.name, "team": " and ".join(route.teams), "since": since, "detail": detail}
        raise_all(self.ledger, "dead_channel", [finding("dead_channel", route.name, facts)])

    def _alive(self, route: Route) -> None:
        dead = {each.identity for each in self.ledger.open_exceptions("dead_channel")}
        if route.name in dead:
            self.ledger.close_exceptions("dead_channel", dead - {route.name})


def step_of(event: ExceptionEvent, record: ExceptionRecord) -> Step:
    """A step as the rule wants it."""
    kind = CATALOGUE.get(record.kind)
    return Step(
        event_id=event.event_id,
        event=event.event,
        exception_id=record.exception_id,
        kind=record.kind,
        title=kind.title if kind else record.kind.replace("_", " "),
        team=record.team,
        severity=record.severity,
        told=record.told,
        size=size_of(record.facts).told,
        deadline_at=record.deadline_at,
        is_closed=record.closed_at is not None,
        is_asleep=record.snoozed_until is not None,
    )


def cursor_of(channel: str) -> str:
    """Name of the ledger's cursor that says how far a channel has been told."""
    return f"alerts/{channel}"


def _progress(ledger: Ledger, channel: str) -> tuple[Progress, int]:
    """How far it has been told, and the last step of a letter that may have gone; 0 where none is in doubt."""
    text = ledger.cursor(cursor_of(channel))
    if text is None:
        return Progress(), 0
    kept: dict[str, Any] = json.loads(text)
    sent_at = tuple(datetime.fromtimestamp(at, UTC) for at in kept["sent_at"])
    return Progress(kept["seen"], frozenset(kept["early"]), sent_at), int(kept.get("pending", 0))


def _remember(ledger: Ledger, channel: str, progress: Progress, *, pending: int = 0) -> None:
    kept = {
        "seen": progress.seen,
        "early": sorted(progress.early),
        "sent_at": [round(at.timestamp(), 3) for at in progress.sent_at],
        **({"pending": pending} if pending else {}),
    }
    ledger.set_cursor(cursor_of(channel), json.dumps(kept))


def summed_up(told: list[Told]) -> Iterator[str]:
    """One line a channel, for a log or a terminal."""
    for each in told:
        parts = [f"{each.letters} sent"]
        if each.waiting:
            parts.append(f"{each.waiting} waiting{f' ({each.why})' if each.why else ''}")
        elif each.why:
            parts.append(each.why)
        if each.error:
            parts.append(f"not taken: {each.error}")
        yield f"{each.channel} ({', '.join(each.teams)}): {'; '.join(parts)}"
