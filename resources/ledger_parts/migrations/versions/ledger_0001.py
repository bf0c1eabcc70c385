"""The first ledger."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "inbox",
        _id("seq"),
        *_texts("source", "message_id", "topic", "subject"),
        _instant("triggered_at", nullable=True),
        _instant("received_at"),
        *_texts("payload"),
        sa.UniqueConstraint("source", "message_id", name="uq_inbox_message"),
        sqlite_autoincrement=True,
    )
    _create_effects()
    _create_limits()
    _create_desk()
    _create_exceptions()


def _create_effects() -> None:
    op.create_table(
        "effects",
        _id("effect_id"),
        *_texts("kind", "region", "subject"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        *_texts("payload", "state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *_texts("origin", "reason"),
        _instant("decided_at"),
        *(_instant(name, nullable=True) for name in ("sent_at", "applied_at", "verified_at", "check_at")),
        sa.Column("reference", sa.Text(), nullable=True),
        *_texts("detail"),
        sa.UniqueConstraint("kind", "region", "subject", "sequence", name="uq_effects_sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_effects_state", "effects", ["state", "kind", "region"])
    op.create_table(
        "effect_subjects",
        *_texts("kind", "region", "subject", primary_key=True),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("newest_id", sa.BigInteger(), nullable=True),
        sa.Column("begun_id", sa.BigInteger(), nullable=True),
        sa.Column("verified_id", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "effect_events",
        _id("event_id"),
        sa.Column("effect_id", sa.BigInteger(), sa.ForeignKey("effects.effect_id"), nullable=False),
        _instant("at"),
        *_texts("state", "detail"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_effect_events_effect", "effect_events", ["effect_id", "state", "at"])
    op.create_index("ix_effect_events_state_at", "effect_events", ["state", "at"])


def _create_limits() -> None:
    op.create_table(
        "leases",
        *_texts("name", primary_key=True),
        *_texts("holder"),
        sa.Column("token", sa.Integer(), nullable=False),
        _instant("acquired_at"),
        _instant("expires_at"),
        sa.Column("lasts_seconds", sa.Float(), nullable=False),
    )
    op.create_table(
        "buckets",
        *_texts("account", "operation", primary_key=True),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("burst", sa.Float(), nullable=False),
        _instant("full_at"),
        _instant("not_before", nullable=True),
        _instant("updated_at"),
    )


def _create_desk() -> None:
    op.create_table(
        "baselines",
        _id("baseline_id"),
        *_texts("region", "subject", "word"),
        sa.Column("quantity", sa.Integer(), nullable=False),
        _instant("at"),
        *_texts("note", "who"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_baselines_subject", "baselines", ["region", "subject"])
    op.create_table(
        "holds",
        _id("hold_id"),
        *_texts("scope", "detail"),
        _instant("opened_at"),
        _instant("released_at", nullable=True),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sqlite_autoincrement=True,
    )
    _unique_while("uq_holds_open", "holds", ["scope"], "released_at IS NULL")
    op.create_table(
        "cursors",
        *_texts("name", primary_key=True),
        *_texts("value"),
        _instant("updated_at"),
    )
    op.create_table(
        "links",
        *_texts("kind", "left_id", "right_id", primary_key=True),
        _instant("created_at"),
    )
    op.create_index("ix_links_right", "links", ["kind", "right_id"])


def _create_exceptions() -> None:
    op.create_table(
        "exceptions",
        _id("exception_id"),
        *_texts("kind", "identity", "team", "severity", "told", "facts"),
        _instant("opened_at"),
        _instant("updated_at"),
        *(_instant(name, nullable=True) for name in ("deadline_at", "closed_at", "acknowledged_at")),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sqlite_autoincrement=True,
    )
    _unique_while("uq_exceptions_open", "exceptions", ["kind", "identity"], "closed_at IS NULL")
    op.create_table(
        "audit",
        _id("audit_id"),
        _instant("at"),
        *_texts("actor", "action", "subject", "note"),
        sqlite_autoincrement=True,
    )


def _id(name: str) -> sa.Column[Any]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, number, sa.Identity(always=False), primary_key=True)


def _texts(*names: str, primary_key: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False, primary_key=primary_key) for name in names]


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, INSTANT, nullable=nullable)


def _unique_while(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(
        name, table, columns, unique=True, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
    )
