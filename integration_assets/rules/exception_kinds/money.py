"""Money: settlements that do not balance, cannot be read or are missing, and fees that nobody has named."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

KINDS: Final = (
    ExceptionKind(
        name="unbalanced_settlement",
        title="The lines of a settlement are not its total",
        team="finance",
        record_owner="Amazon",
        severity="high",
        deadline="Before the month in which it was paid is closed.",
        told="Settlement {settlement_id} of Amazon {region} does not balance. {reason}.",
        steps=(
            "Compare the total with what the bank got, and download the report again from Seller Central, Payments.",
            "`instep settlement check` tells for any file whether it balances.",
            "Ask Seller Support for the difference, naming the settlement; a revised file replaces this one by itself.",
        ),
        closes_when="A file of the settlement that balances has been taken.",
    ),
    ExceptionKind(
        name="unreadable_settlement",
        title="A settlement file leaves a doubt and was not taken",
        team="finance",
        record_owner="Amazon",
        severity="high",
        deadline="Amazon forgets a report after 90 days; its bytes are in the archive.",
        told="Report {report_id} of Amazon {region}, settlement {settlement_id}, was not taken. {reason}.",
        steps=(
            "Read the reason: it names the line or what cannot be told from the file.",
            "Download the report again from Seller Central and look at it with `instep settlement check`.",
            "If Amazon has changed the file, tell engineering.",
            "When the reader is mended, run `instep settlement collect`: it reads the file again.",
        ),
        closes_when="A later file of the settlement, or this one, has been taken.",
    ),
    ExceptionKind(
        name="missing_settlement",
        title="A payout is missing between two others",
        team="finance",
        record_owner="Amazon",
        severity="high",
        deadline="Amazon forgets a report 90 days after it was made.",
        told=(
            "No settlement of {place} covers the time from {start} to {end} UTC, between settlements {before} and "
            "{after}."
        ),
        steps=(
            "Look in Seller Central, Payments, All statements, whether there is one for that time.",
            "If there is, run `instep settlement collect`: it looks at all the reports that Amazon still has.",
            "If it could not be read, its own exception says why.",
            "If the account was paused, acknowledge this with a note.",
        ),
        closes_when="A settlement for that time has been taken.",
    ),
    ExceptionKind(
        name="unmapped_fee",
        title="Settlements have lines of a kind that nobody has named",
        team="finance",
        record_owner="Instep",
        severity="normal",
        deadline="Before the month is closed: until then it is booked to the account for unmapped lines.",
        told=(
            "Amazon {region} has {lines} lines of the kind {kind}, {amount} together, in {settlements} settlements, "
            "{settlement_id} the latest. They count in every total and stand in no account of their own."
        ),
        steps=(
            "Find out in Seller Central what the lines are.",
            "Name the kind in `[[settlements.kind]]` of the operating model, with its bucket.",
            "Run `instep settlement collect`: it takes these settlements in again, with their lines in that bucket.",
        ),
        closes_when="No current settlement has such a line without a name.",
    ),
)
