"""Slack and other webhooks: one POST of JSON each. The address is a secret, so no error repeats it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from integration_assets.contracts.errors import InstepError, Rejected, Throttled, Unavailable
from resources.alerts_parts.letter import Item, Letter
from resources.trust import trusted

TIMEOUT_SECONDS = 10.0
SLACK_TEXT = 2900
"""Slack refuses a section of more than 3,000 characters."""

SLACK_BLOCKS = 45
SIGNS = {"urgent": ":red_circle:", "high": ":large_orange_circle:", "normal": ":large_blue_circle:"}


class Slack:
    """A Slack incoming webhook, or whatever takes the same."""

    def __init__(self, address: str) -> None:
        self._address = address

    def send(self, letter: Letter) -> None:
        """Post the letter as blocks, with its title as what a notification shows."""
        post(self._address, {"text": letter.title, "blocks": _blocks(letter)}, key=letter.key)


class Webhook:
    """Any address that takes JSON."""

    def __init__(self, address: str) -> None:
        self._address = address

    def send(self, letter: Letter) -> None:
        """Post the letter as a document."""
        post(self._address, letter.document(), key=letter.key)


def post(address: str, body: Mapping[str, Any], *, key: str) -> None:
    """POST a document; `key` goes along as Idempotency-Key. Throttled, Rejected or Unavailable when it is not taken."""
    try:
        answer = httpx.post(
            address,
            content=json.dumps(body, ensure_ascii=False).encode(),
            headers={"content-type": "application/json; charset=utf-8", "idempotency-key": key},
            timeout=TIMEOUT_SECONDS,
            verify=trusted(),
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(f"the address does not answer ({type(error).__name__})") from None
    if not answer.is_success:
        raise _refusal(answer)


def _refusal(answer: httpx.Response) -> InstepError:
    status = answer.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        after = answer.headers.get("retry-after", "")
        return Throttled("the address asks to wait (HTTP 429)", retry_after=float(after) if after.isdigit() else None)
    if status >= 500 or status == httpx.codes.REQUEST_TIMEOUT:
        return Unavailable(f"the address fails (HTTP {status})", status=status)
    return Rejected(f"the address refuses it (HTTP {status})", status=status)


def _blocks(letter: Letter) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [{"type": "header", "text": {"type": "plain_text", "text": letter.title[:150]}}]
    if letter.counts:
        blocks.append(_section("\n".join(f"*{count:,}* {_plain(title)}" for title, count in letter.counts)))
    shown = letter.items[: SLACK_BLOCKS - len(blocks)]
    blocks += [_section(_item(item)) for item in shown]
    left_out = letter.left_out + len(letter.items) - len(shown)
    rest = [f"And {left_out:,} more."] if left_out else []
    rest.append(f"<{letter.page_url}|Open the operator page>" if letter.page_url else "`instep exceptions` shows all.")
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": " ".join(rest)}]})
    return blocks


def _item(item: Item) -> str:
    head = f"{SIGNS.get(item.severity, '')} *{_plain(item.title)}* ({item.word}, {item.team}, number {item.number})"
    extra = [part for part in (item.size, _slack_time(item)) if part]
    lines = [
        head,
        _plain(item.told),
        "; ".join(extra),
        f"_First:_ {_plain(item.first_step)}" if item.first_step else "",
    ]
    return "\n".join(line for line in lines if line)


def _slack_time(item: Item) -> str:
    """The deadline in each reader's own time."""
    if item.deadline_at is None:
        return ""
    told = f"{item.deadline_at:%Y-%m-%d %H:%M} UTC"
    return f"by <!date^{int(item.deadline_at.timestamp())}^{{date_short_pretty}} {{time}}|{told}>"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:SLACK_TEXT]}}


def _plain(text: str) -> str:
    """Text that Slack does not read as a link or a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
