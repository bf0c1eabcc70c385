"""Every error the product raises on purpose.

    InstepError
    ├── ConfigurationError      the operating model, a secret or a scope is wrong: a person must mend it
    ├── RemoteError             the far side
    │   ├── Throttled           asked to wait; certainly not applied
    │   ├── Rejected            the far side said no; certainly not applied
    │   │   └── NotOurs         refused on this side, before any call: somebody else owns the field
    │   ├── Unavailable         could not be reached or failed; certainly not applied
    │   │   └── Denied          does not let us in: credentials, a role, the account; no fault of the record
    │   └── UnknownOutcome      the call may have been applied: read back before anything else
    ├── DataError               what was read cannot be trusted
    │   ├── BadDocument         damaged, foreign or unreadable
    │   └── ShrunkenSnapshot    implausibly smaller than the last one
    └── StoreError              our own stores
        ├── WarehouseBusy       another process kept the warehouse for longer than we waited
        └── LeaseTaken          another sender is at work

A message says what happened, to which record, what was expected and what to do next. Never a secret, never
personal data.
"""

from __future__ import annotations


class InstepError(Exception):
    """What happened, and what to do next."""

    def __init__(self, message: str, *, todo: str = "") -> None:
        super().__init__(f"{message} {todo}".rstrip() if todo else message)
        self.todo = todo


class ConfigurationError(InstepError):
    """The operating model, a secret or a scope is wrong; nothing runs until a person mends it."""


class RemoteError(InstepError):
    """The far side. `operation` is its own name for the call, `request_id` its own number for it."""

    def __init__(
        self,
        message: str,
        *,
        todo: str = "",
        operation: str = "",
        status: int | None = None,
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message, todo=todo)
        self.operation = operation
        self.status = status
        self.code = code
        self.request_id = request_id


class Throttled(RemoteError):
    """Asked to wait; certainly not applied. `retry_after` is in seconds, None when the far side named none."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        operation: str = "",
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message, operation=operation, status=429, code=code, request_id=request_id)
        self.retry_after = retry_after


class Rejected(RemoteError):
    """The far side understood and said no; certainly not applied. Sending the same again will not help.

    `places` are the parts of the input that it named, dotted, such as `input.quantities.3.quantity`.
    """

    places: tuple[str, ...] = ()


class NotOurs(Rejected):
    """Refused before any call was made: the field belongs to somebody else. Certainly not applied."""


class Unavailable(RemoteError):
    """The far side could not be reached or failed before it acted; certainly not applied. Try again later."""


class Denied(Unavailable):
    """The far side does not let us in: a credential, a role or the whole account is refused. Certainly not applied.

    It says nothing of the record that was asked for, and trying again at once does not help.
    """


class UnknownOutcome(RemoteError):
    """A write may or may not have been applied. Read back before anything else."""


class DataError(InstepError):
    """What was read cannot be trusted, so it is not used."""


class BadDocument(DataError):
    """A document is damaged, foreign or unreadable."""


class ShrunkenSnapshot(DataError):
    """A complete answer is implausibly smaller than the last one: a failed read, not an emptied shop."""


class StoreError(InstepError):
    """The warehouse or the ledger."""


class WarehouseBusy(StoreError):
    """Another process kept the warehouse for longer than we waited."""


class LeaseTaken(StoreError):
    """Another sender holds the lease for this kind and region."""
