"""The operating model's sections about who is told, by which channel, and when nobody is to be disturbed."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from resources.operating_model_parts.types import (
    Env,
    Flag,
    Listed,
    Matching,
    Minutes,
    Port,
    Positive,
    Section,
    Takes,
    Text,
    Url,
    refuse,
)

Severity = Literal["urgent", "high", "normal"]
ADDRESSES = 'a list of variables, such as [{ env = "FINANCE_ALERTS" }]'


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        refuse("the name of a time zone, such as Europe/London")
    return name


TimeOfDay = Annotated[Text, Matching('a time of day, such as "22:00"', r"([01]\d|2[0-3]):[0-5]\d")]
Zone = Annotated[Text, Takes('the name of a time zone, such as "Europe/London"'), AfterValidator(_zone)]


class TeamSettings(Section):
    """A team and where its alerts go."""

    alerts: Annotated[tuple[Env, ...], Listed(ADDRESSES, or_none=True)] = Field(
        default=(),
        description="Variables with the addresses of its alerts: a Slack webhook (https://hooks.slack.com/…, or any "
        "that takes the same with slack+https://…), an e-mail address (mailto:finance@example-brand.com), or any other "
        "https:// address, which is sent JSON. Whoever knows such an address can write to it, so it is a secret.",
    )
    least: Severity = Field(
        default="normal", description="The least severity that is told; a deadline that comes near always is."
    )


class MailSettings(Section):
    """The mail server that alerts leave by."""

    host: Text = Field(description="Name of the server.")
    port: Port = Field(default=587, description="Its port.")
    sender: Annotated[Text, Matching("an e-mail address", r"[^@\s<>]+@[^@\s<>]+")] = Field(
        description="Address that alerts come from."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is kept private; `none` only for a server on this machine."
    )
    user: Env | None = Field(default=None, description="Variable with the user's name, where the server wants one.")
    password: Env | None = Field(default=None, description="Variable with the password.")


class AlertSettings(Section):
    """When and how teams are told. Without addresses in `[teams]` nobody is, and the operator page shows it all."""

    fallback: Annotated[tuple[Env, ...], Listed(ADDRESSES, or_none=True)] = Field(
        default=(), description="Variables with the addresses for teams that have none of their own."
    )
    quiet_from: TimeOfDay | None = Field(default=None, description="When quiet hours begin. Give both or neither.")
    quiet_until: TimeOfDay | None = Field(
        default=None,
        description="When they end. Until then only exceptions are told whose deadline is near: account health.",
    )
    time_zone: Zone = Field(default="UTC", description="The brand's own time, for the two above.")
    urgent_in_quiet_hours: Flag = Field(default=False, description="Whether urgent exceptions are told all the same.")
    digest_over: Positive = Field(
        default=10, description="More exceptions than this at once are told as one digest, with examples of each kind."
    )
    most_per_hour: Positive = Field(
        default=12, description="Messages an hour to one channel; what comes then is told together in a later one."
    )
    due_within_hours: Positive = Field(
        default=4, description="How long before its deadline an exception is told again."
    )
    lag_minutes: Minutes = Field(
        default=45, description="How long a change may wait to be sent before somebody is told."
    )
    page_url: Url | None = Field(default=None, description="Where the operator page is read, for links in alerts.")
    dagster_url: Url | None = Field(default=None, description="Where the Dagster UI is, for links on the page.")
    heartbeat: Env | None = Field(
        default=None,
        description="Variable with an address that `instep watch` calls while all is well; the service behind it "
        "raises the alarm when the calls stop.",
    )
    mail: MailSettings | None = Field(default=None, description="The mail server, where alerts go by e-mail.")
