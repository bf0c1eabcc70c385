"""The service itself: sources, credentials, webhooks and runs."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

KINDS: Final = (
    ExceptionKind(
        name="suspect_snapshot",
        title="An answer is much smaller than the last one",
        team="operations",
        record_owner="Instep",
        severity="urgent",
        deadline="",
        told="{source} answered with {new_rows} rows, where there were {old_rows}. The last answer is used.",
        steps=(
            "Check in {source} whether so much was really removed, or a location or permission was taken away.",
            "If it was a failed read, nothing is to be done: the next good one is taken.",
            "If it is right: `instep accept-snapshot {source} --note '...'`.",
        ),
        closes_when="An answer of plausible size has been read, or somebody has accepted the small one.",
    ),
    ExceptionKind(
        name="stale_source",
        title="A source has not been read for too long",
        team="operations",
        record_owner="Instep",
        severity="high",
        deadline="",
        told="{source} was last read at {read_at}, {age} ago. Decisions rest on old numbers.",
        steps=(
            "Run `instep doctor`: it tells whether the source, the credentials or the schedule is at fault.",
            "Look at the last run of the source in Dagster and at its error.",
            "When it is mended, run `instep sync --once`.",
        ),
        closes_when="The source has been read again.",
    ),
    ExceptionKind(
        name="throttled",
        title="A service keeps asking us to wait",
        team="engineering",
        record_owner="Instep",
        severity="normal",
        deadline="",
        told="{service} made us wait {times} times for {operation} in {minutes} minutes. Work is late, not lost.",
        steps=(
            "Look for another application that uses the same account: it shares the allowance.",
            "Compare the rates in `instep doctor` with those Amazon or Shopify grants the account.",
            "Run large catch-ups outside of trading hours.",
        ),
        closes_when="The operation has gone through for an hour without being asked to wait.",
    ),
    ExceptionKind(
        name="credentials",
        title="A service does not accept our credentials",
        team="engineering",
        record_owner="Instep",
        severity="urgent",
        deadline="",
        told="{service} refuses our credentials: {detail}. Nothing is read or sent there until they are mended.",
        steps=(
            "Run `instep doctor`: it names the variable or the permission at fault, never the secret.",
            "On Amazon, check that the application is still authorised and has the roles it needs.",
            "On Shopify, check that the app is installed and has the scopes it needs.",
            "Put the new secret into the environment and start the services again.",
        ),
        closes_when="A call to the service has succeeded.",
    ),
    ExceptionKind(
        name="missing_webhook",
        title="Shopify does not tell us of changes any more",
        team="engineering",
        record_owner="Shopify",
        severity="high",
        deadline="",
        told="The subscription to {topic} is missing. Changes are found by the schedule, up to {minutes} minutes late.",
        steps=(
            "Check that the receiver runs and that its public address can be reached from outside.",
            "Run `instep setup` to subscribe again.",
            "Shopify removes a subscription after repeated failures: look for refusals in the receiver's log.",
        ),
        closes_when="The subscription is there again.",
    ),
    ExceptionKind(
        name="failed_run",
        title="A run has failed",
        team="engineering",
        record_owner="Instep",
        severity="high",
        deadline="",
        told="The run of {job} failed at {step}: {detail}.",
        steps=(
            "Read the error: it says what happened and what to do next.",
            "When the cause is mended, run the job again; nothing is sent twice by running it again.",
        ),
        closes_when="A later run of the same job has succeeded.",
    ),
)
