"""The ledger's tables, the same on SQLite and PostgreSQL. The migrations beside this file build them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from integration_assets.contracts.errors import StoreError

REVISION = "0002"
"""The migration this code was written for."""

VERSION_TABLE = "instep_ledger_version"
"""Its own name, because Dagster keeps an `alembic_version` and may live in the same database."""

DOCUMENT_BYTES = 16_384
"""The largest payload or set of facts: ids and numbers need far less, a pasted document does not belong here."""

PERSONAL = frozenset(
    {
        "address",
        "address1",
        "address2",
        "billing_address",
        "buyer",
        "buyer_email",
        "buyer_name",
        "customer",
        "email",
        "first_name",
        "last_name",
        "phone",
        "postal_code",
        "recipient",
        "shipping_address",
        "zip",
    }
)
"""Names of fields that hold a buyer's data; the ledger takes none of them, at any depth."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC time: TIMESTAMPTZ on PostgreSQL, ISO 8601 of fixed width on SQLite, so that text sorts as time."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """SQLite has no type for a time with an offset, so it is kept as text there."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a time without an offset; bring any other to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise StoreError(f"The ledger keeps aware times only, found {value.isoformat()} without an offset.")
        utc = value.astimezone(UTC)
        return utc.isoformat(timespec="microseconds") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """An aware time in UTC, whatever the server's session zone is."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if dialect.name == "sqlite" else value.astimezone(UTC)


class Document(TypeDecorator[dict[str, Any]]):
    """A JSON object of ids and numbers, kept as text with sorted keys on both databases."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse what is not JSON, what is too large, and what names a person."""
        if value is None:
            return None
        refuse_personal_data(value)
        try:
            text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise StoreError(f"The ledger keeps JSON of ids and numbers: {error}.") from error
        if len(text.encode("utf-8", "surrogatepass")) > DOCUMENT_BYTES:
            raise StoreError(
                f"A payload of {len(text)} characters is over the ledger's limit of {DOCUMENT_BYTES} bytes.",
                todo="Keep ids and numbers only; documents belong in the warehouse's archive.",
            )
        return text

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, Any] | None:  # noqa: ARG002 - SQLAlchemy's signature
        """The object as it was given."""
        return None if value is None else dict(json.loads(value))


def refuse_personal_data(value: object) -> None:
    """Raise StoreError when an object, at any depth, has a field whose name says it holds a buyer's data."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if str(key).lower() in PERSONAL:
                raise StoreError(f"The ledger keeps no personal data: the field `{key}` was refused.")
            refuse_personal_data(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            refuse_personal_data(inner)


METADATA = sa.MetaData()


def _id(name: str) -> sa.Column[int]:
    """A number given by the database, never given twice."""
    return sa.Column(
        name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), primary_key=True
    )


def _text(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, **options)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, Instant, nullable=nullable)


INBOX = sa.Table(
    "inbox",
    METADATA,
    _id("seq"),
    _text("source"),
    _text("message_id"),
    _text("topic"),
    _text("subject"),
    _instant("triggered_at", nullable=True),
    _instant("received_at"),
    sa.Column("payload", Document, nullable=False),
    sa.UniqueConstraint("source", "message_id", name="uq_inbox_message"),
    sqlite_autoincrement=True,
)

EFFECTS = sa.Table(
    "effects",
    METADATA,
    _id("effect_id"),
    _text("kind"),
    _text("region"),
    _text("subject"),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("payload", Document, nullable=False),
    _text("state"),
    sa.Column("attempts", sa.Integer, nullable=False),
    _text("origin"),
    _text("reason"),
    _instant("decided_at"),
    _instant("sent_at", nullable=True),
    _instant("applied_at", nullable=True),
    _instant("verified_at", nullable=True),
    _instant("check_at", nullable=True),
    sa.Column("reference", sa.Text, nullable=True),
    _text("detail"),
    sa.UniqueConstraint("kind", "region", "subject", "sequence", name="uq_effects_sequence"),
    sa.Index("ix_effects_state", "state", "kind", "region"),
    sqlite_autoincrement=True,
)

SUBJECTS = sa.Table(
    "effect_subjects",
    METADATA,
    _text("kind", primary_key=True),
    _text("region", primary_key=True),
    _text("subject", primary_key=True),
    sa.Column("last_sequence", sa.Integer, nullable=False),
    sa.Column("newest_id", sa.BigInteger, nullable=True),
    sa.Column("begun_id", sa.BigInteger, nullable=True),
    sa.Column("verified_id", sa.BigInteger, nullable=True),
)
"""One row per subject: what is newest, begun last, verified last. Its lock puts a subject's writers in a row."""

EVENTS = sa.Table(
    "effect_events",
    METADATA,
    _id("event_id"),
    sa.Column("effect_id", sa.BigInteger, sa.ForeignKey("effects.effect_id"), nullable=False),
    _instant("at"),
    _text("state"),
    _text("detail"),
    sa.Index("ix_effect_events_effect", "effect_id", "state", "at"),
    sa.Index("ix_effect_events_state_at", "state", "at"),
    sqlite_autoincrement=True,
)

LEASES = sa.Table(
    "leases",
    METADATA,
    _text("name", primary_key=True),
    _text("holder"),
    sa.Column("token", sa.Integer, nullable=False),
    _instant("acquired_at"),
    _instant("expires_at"),
    sa.Column("lasts_seconds", sa.Float, nullable=False),
)

BUCKETS = sa.Table(
    "buckets",
    METADATA,
    _text("account", primary_key=True),
    _text("operation", primary_key=True),
    sa.Column("rate", sa.Float, nullable=False),
    sa.Column("burst", sa.Float, nullable=False),
    _instant("full_at"),
    _instant("not_before", nullable=True),
    _instant("updated_at"),
    sa.Column("penalties", sa.Integer, nullable=False, server_default="0"),
    _instant("penalties_since", nullable=True),
    _instant("penalised_at", nullable=True),
)
"""`penalties` counts how often the far side said "too many", from `penalties_since` on, with no calm hour between."""


BASELINES = sa.Table(
    "baselines",
    METADATA,
    _id("baseline_id"),
    _text("region"),
    _text("subject"),
    _text("word"),
    sa.Column("quantity", sa.Integer, nullable=False),
    _instant("at"),
    _text("note"),
    _text("who"),
    sa.Index("ix_baselines_subject", "region", "subject"),
    sqlite_autoincrement=True,
)

HOLDS = sa.Table(
    "holds",
    METADATA,
    _id("hold_id"),
    _text("scope"),
    _text("detail"),
    _instant("opened_at"),
    _instant("released_at", nullable=True),
    sa.Column("who", sa.Text, nullable=True),
    sa.Column("note", sa.Text, nullable=True),
    sqlite_autoincrement=True,
)
sa.Index(
    "uq_holds_open",
    HOLDS.c.scope,
    unique=True,
    sqlite_where=HOLDS.c.released_at.is_(None),
    postgresql_where=HOLDS.c.released_at.is_(None),
)

CURSORS = sa.Table(
    "cursors",
    METADATA,
    _text("name", primary_key=True),
    _text("value"),
    _instant("updated_at"),
)

LINKS = sa.Table(
    "links",
    METADATA,
    _text("kind", primary_key=True),
    _text("left_id", primary_key=True),
    _text("right_id", primary_key=True),
    _instant("created_at"),
    sa.Index("ix_links_right", "kind", "right_id"),
)

EXCEPTIONS = sa.Table(
    "exceptions",
    METADATA,
    _id("exception_id"),
    _text("kind"),
    _text("identity"),
    _text("team"),
    _text("severity"),
    _text("told"),
    sa.Column("facts", Document, nullable=False),
    _instant("opened_at"),
    _instant("updated_at"),
    _instant("deadline_at", nullable=True),
    _instant("closed_at", nullable=True),
    _instant("acknowledged_at", nullable=True),
    sa.Column("acknowledged_by", sa.Text, nullable=True),
    sa.Column("note", sa.Text, nullable=True),
    sa.Column("occurrence", sa.Integer, nullable=False, server_default="1"),
    _instant("snoozed_until", nullable=True),
    sa.Index("ix_exceptions_identity", "kind", "identity"),
    sqlite_autoincrement=True,
)
sa.Index(
    "uq_exceptions_open",
    EXCEPTIONS.c.kind,
    EXCEPTIONS.c.identity,
    unique=True,
    sqlite_where=EXCEPTIONS.c.closed_at.is_(None),
    postgresql_where=EXCEPTIONS.c.closed_at.is_(None),
)

EXCEPTION_EVENTS = sa.Table(
    "exception_events",
    METADATA,
    _id("event_id"),
    sa.Column("exception_id", sa.BigInteger, sa.ForeignKey("exceptions.exception_id"), nullable=False),
    _instant("at"),
    _text("event"),
    _text("who"),
    _text("detail"),
    sa.Index("ix_exception_events_exception", "exception_id"),
    sqlite_autoincrement=True,
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    _id("audit_id"),
    _instant("at"),
    _text("actor"),
    _text("action"),
    _text("subject"),
    _text("note"),
    sqlite_autoincrement=True,
)
