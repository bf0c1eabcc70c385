"""Amazon's notifications of changed orders: the queue, and what is on it. Orders are found without them, too."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

KINDS: Final = (
    ExceptionKind(
        name="notifications_unread",
        title="Amazon's notifications cannot be read",
        team="engineering",
        record_owner="Instep",
        severity="normal",
        deadline="",
        told=(
            "The queue on which Amazon {region} tells of changed orders cannot be read, so they are found by the "
            "schedule alone, some minutes later. What was said: {reason}."
        ),
        steps=(
            "Read the reason: a key that AWS refuses, a queue that is gone, or a network that is down.",
            "Mend it, and run `instep doctor`: it looks at the queue and at the subscription.",
            "Restart `instep listen` where it has ended. Nothing is lost: AWS keeps messages for days.",
        ),
        closes_when="The queue has been read.",
    ),
    ExceptionKind(
        name="notification_set_aside",
        title="There are messages on the queue that are no changed orders",
        team="engineering",
        record_owner="Amazon",
        severity="normal",
        deadline="",
        told=(
            "On the queue of Amazon {region} a message was set aside: {reason}. The last of its kind was {message}. "
            "It was not deleted: AWS keeps it out of sight for half a day, and for as long as the queue keeps messages."
        ),
        steps=(
            "Look at the message in the AWS console: it stays on the queue, and nothing waits behind it.",
            "One of another type or seller: that subscription leads to this queue by mistake; give it another queue.",
            "One that makes no sense: Amazon may have changed its form; upgrade Instep, or tell its makers the reason.",
            "Delete it by hand once it is of no use, or give the queue a dead-letter queue that takes it.",
        ),
        closes_when="No message of the kind has come for half a day.",
    ),
)
