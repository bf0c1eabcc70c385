"""Who is told what, and when: steps of exceptions become one message, wait for the morning, or are nobody's news.

Pure decisions. A channel is told of each step once; many at once are a digest; quiet hours hold all back but what has a
deadline before they end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

SEVERITIES = ("urgent", "high", "normal")
NEWS = ("due", "reopened", "opened", "woken", "changed")
"""Steps that a team hears of while the exception is open, the most telling first. That a person has seen it is none."""

HOUR = timedelta(hours=1)
LAST_MINUTE = timedelta(hours=2)
"""A deadline so soon after the quiet hours is too near to be told of only then."""

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an exception's life, with the exception as it is now."""

    event_id: int
    event: str
    exception_id: int
    kind: str
    title: str
    team: str
    severity: str
    told: str
    size: str = ""
    deadline_at: datetime | None = None
    is_closed: bool = False
    is_asleep: bool = False


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nobody is disturbed, in the brand's own time; they may go over midnight."""

    starts: time
    ends: time
    zone: ZoneInfo

    def end_of(self, now: datetime) -> datetime | None:
        """When the quiet hours end that `now` is in; None outside of them."""
        here = now.astimezone(self.zone)
        over_midnight = self.starts > self.ends
        inside = (
            (here.time() >= self.starts or here.time() < self.ends)
            if over_midnight
            else self.starts <= here.time() < self.ends
        )
        if not inside:
            return None
        ends = here.replace(hour=self.ends.hour, minute=self.ends.minute, second=0, microsecond=0)
        if ends <= here:
            ends += timedelta(days=1)
        return ends.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a channel wants: the least severity, how many exceptions one message tells of singly, how many an hour."""

    least: str = "normal"
    digest_over: int = 10
    most_per_hour: int = 12
    quiet: Quiet | None = None
    urgent_in_quiet_hours: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a channel has been told: up to step `seen`, `early` ones beyond it, and when in the last hour."""

    seen: int = 0
    early: frozenset[int] = frozenset()
    sent_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """One exception to tell of, and the step that makes it news; `closed` where it is over."""

    event: str
    step: Step


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is sent. `key` names the steps it tells of, so that a repeat can be known as one."""

    key: str
    title: str
    severity: str
    is_digest: bool
    news: tuple[News, ...]
    left_out: int = 0
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The message to send now, if any; how far the channel is once that has gone; how many steps wait."""

    message: Message | None
    after: Progress
    waiting: int = 0
    why: str = field(default="")


def decide(channel: str, steps: Sequence[Step], progress: Progress, wishes: Wishes, now: datetime) -> Decision:
    """Decide what the channel hears of these steps, which are all after `progress.seen`, oldest first."""
    recent = tuple(at for at in progress.sent_at if now - HOUR < at <= now)
    progress = replace(progress, sent_at=recent)
    if not steps:
        return Decision(None, progress)
    fresh = [step for step in steps if step.event_id not in progress.early]
    told = _news(fresh, wishes)
    everything = replace(progress, seen=steps[-1].event_id, early=frozenset())
    if not told:
        return Decision(None, everything)
    quiet_until = wishes.quiet.end_of(now) if wishes.quiet else None
    if quiet_until is not None:
        pressing = [news for news in told if _is_pressing(news, quiet_until, wishes)]
        if not pressing:
            return Decision(None, progress, len(told), f"quiet until {quiet_until:%H:%M} UTC")
        of_these = {news.step.exception_id for news in pressing}
        gone = {step.event_id for step in fresh if step.exception_id in of_these}
        after = replace(progress, early=progress.early | gone, sent_at=(*recent, now))
        return Decision(_message(channel, pressing, wishes, gone), after, len(told) - len(pressing))
    if len(recent) >= wishes.most_per_hour and not any(news.event == "due" for news in told):
        return Decision(None, progress, len(told), f"{len(recent)} messages went in the last hour")
    after = replace(everything, sent_at=(*recent, now))
    return Decision(_message(channel, told, wishes, {step.event_id for step in fresh}), after)


def _news(steps: Iterable[Step], wishes: Wishes) -> list[News]:
    """What these steps come to, one entry an exception, the most pressing first."""
    by_exception: dict[int, list[Step]] = {}
    for step in steps:
        by_exception.setdefault(step.exception_id, []).append(step)
    found = []
    for mine in by_exception.values():
        last = mine[-1]
        events = {step.event for step in mine}
        if SEVERITIES.index(last.severity) > SEVERITIES.index(wishes.least) and "due" not in events:
            continue
        if last.is_closed:
            # What came and went between two looks is nobody's work.
            if not events & {"opened", "reopened"} and "closed" in events:
                found.append(News("closed", last))
            continue
        event = next((each for each in NEWS if each in events), None)
        if event is not None and (event == "due" or not last.is_asleep):
            found.append(News(event, last))
    return sorted(found, key=_weight)


def _weight(news: News) -> tuple[bool, int, str, str, int]:
    step = news.step
    deadline = step.deadline_at.isoformat() if step.deadline_at else "9"
    return news.event == "closed", SEVERITIES.index(step.severity), deadline, step.kind, step.exception_id


def _is_pressing(news: News, quiet_until: datetime, wishes: Wishes) -> bool:
    if news.event == "closed":
        return False
    deadline = news.step.deadline_at
    due_before = deadline is not None and deadline <= quiet_until + LAST_MINUTE
    return due_before or (wishes.urgent_in_quiet_hours and news.step.severity == "urgent")


def _message(channel: str, news: Sequence[News], wishes: Wishes, steps: Iterable[int]) -> Message:
    ids = sorted(steps)
    opened = [each for each in news if each.event != "closed"]
    closed = len(news) - len(opened)
    is_digest = len(news) > wishes.digest_over
    counts = Counter(each.step.title for each in opened)
    return Message(
        key=f"{channel}-{ids[0]}-{ids[-1]}-{len(ids)}",
        title=_title(opened, closed),
        severity=min((each.step.severity for each in opened), key=SEVERITIES.index, default="normal"),
        is_digest=is_digest,
        news=tuple(_examples(news) if is_digest else news),
        left_out=len(news) - len(_examples(news)) if is_digest else 0,
        counts=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))) if is_digest else (),
    )


def _title(opened: Sequence[News], closed: int) -> str:
    over = f"{closed} closed" if closed else ""
    if not opened:
        return f"Instep: {over}"
    if len(opened) == 1:
        only = opened[0]
        told = f"{only.step.title} ({only.step.severity})"
        word = {"due": "due soon: ", "reopened": "again: "}.get(only.event, "")
        return f"Instep: {word}{told}{f'; {over}' if over else ''}"
    by_severity = Counter(each.step.severity for each in opened)
    severities = ", ".join(f"{by_severity[word]} {word}" for word in SEVERITIES if by_severity[word])
    return f"Instep: {len(opened):,} exceptions ({severities}){f'; {over}' if over else ''}"


def _examples(news: Sequence[News]) -> list[News]:
    """The most pressing few of each kind."""
    seen: Counter[str] = Counter()
    kept = []
    for each in news:
        kind = f"{each.event == 'closed'} {each.step.kind}"
        if seen[kind] < EXAMPLES:
            kept.append(each)
        seen[kind] += 1
    return kept
