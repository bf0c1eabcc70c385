"""Runs that failed, as exceptions: opened by the failure, closed by the next success of the same job."""

from __future__ import annotations

import re

from resources.findings import finding, raise_all
from resources.ledger import Ledger

OUR_ERROR = re.compile(
    r"(?:[\w.]*\.)?(?:InstepError|ConfigurationError|RemoteError|Throttled|Rejected|Unavailable|Denied|UnknownOutcome|"
    r"NotOurs|DataError|BadDocument|ShrunkenSnapshot|StoreError|WarehouseBusy|LeaseTaken|Failure)"
)
SHRUNK = re.compile(r"(?P<source>[a-z_]+\.[a-z_]+)[^:]*: (?P<new_rows>\d+) rows read, (?P<old_rows>\d+) rows known")
LONGEST = 400


def run_failed(ledger: Ledger, job: str, step: str, error: str) -> None:
    """Tell of a failed run. `error` is `told_of_error`'s answer.

    A shrunken answer is an exception of its own, because what ends it is another thing.
    """
    detail = error.rstrip(". ")
    raise_all(ledger, "failed_run", [finding("failed_run", job, {"job": job, "step": step, "detail": detail})])
    shrunk = SHRUNK.search(error)
    if shrunk is not None:
        facts = {name: value if name == "source" else int(value) for name, value in shrunk.groupdict().items()}
        raise_all(ledger, "suspect_snapshot", [finding("suspect_snapshot", str(facts["source"]), facts)])


def run_succeeded(ledger: Ledger, job: str) -> None:
    """A job has gone through: what was said of its last run is over."""
    still = {record.identity for record in ledger.open_exceptions("failed_run")} - {job}
    ledger.close_exceptions("failed_run", still)


def told_of_error(class_name: str, message: str) -> str:
    """What an error says, for the ledger: our own errors whole, of any other only its kind.

    A stranger's message may quote what it was working on, a buyer's address too; ours never do.
    """
    first = (message.strip().splitlines() or [""])[0]
    if not OUR_ERROR.fullmatch(class_name):
        return f"{class_name}, an error that the program did not expect"
    head, colon, told = first.partition(": ")
    return (told if colon and OUR_ERROR.fullmatch(head) else first)[:LONGEST]
