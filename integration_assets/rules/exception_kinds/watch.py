"""The watch itself: the daemon, its ticks, work that stands still, and the channels that tell of all this."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

KINDS: Final = (
    ExceptionKind(
        name="daemon_silent",
        title="Dagster's daemon does not answer",
        team="engineering",
        record_owner="Instep",
        severity="urgent",
        deadline="",
        told="Dagster's daemon was last alive {age} ago ({detail}). No schedule and no sensor runs; nothing is pushed.",
        steps=(
            "Look whether `dagster-daemon run` is running on its machine, and at the end of its log.",
            "Start it again; what was missed is caught up by the next reconciliation.",
            "Until it is back: `instep sync --once` does a whole cycle by hand.",
        ),
        closes_when="The daemon has been seen alive.",
    ),
    ExceptionKind(
        name="failed_tick",
        title="A sensor or schedule fails to decide",
        team="engineering",
        record_owner="Instep",
        severity="high",
        deadline="",
        told="The last {times} ticks of {name} failed: {detail}. What it starts does not run by itself.",
        steps=(
            "Open Automation in the Dagster UI and read the error of the last tick.",
            "When the code server is at fault, start it again: it must run the version that is deployed.",
            "Until it is mended, the reconciliation finds what was missed; `instep sync --once` does so now.",
        ),
        closes_when="A later tick has succeeded.",
    ),
    ExceptionKind(
        name="push_lag",
        title="A change has waited too long to be sent",
        team="engineering",
        record_owner="Instep",
        severity="urgent",
        deadline="",
        told="The oldest change that is not sent yet has waited for {age}: {what}. Amazon may be selling old numbers.",
        steps=(
            "Run `instep doctor`: it tells which part stands still.",
            "Look at Runs in the Dagster UI: a long queue, or a run that does not end, holds up the others.",
            "Run `instep sync --once` to send what waits now.",
        ),
        closes_when="No change has waited longer than the operating model allows.",
    ),
    ExceptionKind(
        name="dead_channel",
        title="A channel for alerts does not take them",
        team="engineering",
        record_owner="Instep",
        severity="high",
        deadline="",
        told="Alerts for {team} by {channel} have not been taken since {since}: {detail}. They wait, none is lost.",
        steps=(
            "Check the address in the variable {channel} and whether the service behind it is up.",
            "For e-mail, check `[alerts.mail]` in the operating model and the mail server's log.",
            "Run `instep watch`: it tries at once, and says what the channel answers.",
        ),
        closes_when="The channel has taken an alert.",
    ),
)
