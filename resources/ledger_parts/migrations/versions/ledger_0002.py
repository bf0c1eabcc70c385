"""The life of an exception: how often it came, until when it is snoozed, every step. How often a service said wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Add what an exception remembers, a table for the steps of its life, and a count to the rate buckets."""
    op.add_column("buckets", sa.Column("penalties", sa.Integer, nullable=False, server_default="0"))
    op.add_column("buckets", sa.Column("penalties_since", INSTANT, nullable=True))
    op.add_column("buckets", sa.Column("penalised_at", INSTANT, nullable=True))
    op.add_column("exceptions", sa.Column("occurrence", sa.Integer, nullable=False, server_default="1"))
    op.add_column("exceptions", sa.Column("snoozed_until", INSTANT, nullable=True))
    op.create_index("ix_exceptions_identity", "exceptions", ["kind", "identity"])
    op.create_table(
        "exception_events",
        sa.Column(
            "event_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            primary_key=True,
        ),
        sa.Column("exception_id", sa.BigInteger, sa.ForeignKey("exceptions.exception_id"), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Index("ix_exception_events_exception", "exception_id"),
        sqlite_autoincrement=True,
    )
    # What is in the ledger already had a beginning, and maybe an end.
    for event, at in (("opened", "opened_at"), ("closed", "closed_at")):
        op.execute(
            "INSERT INTO exception_events (exception_id, at, event, who, detail) "  # noqa: S608 - constants
            f"SELECT exception_id, {at}, '{event}', 'instep', '' FROM exceptions WHERE {at} IS NOT NULL "
            "ORDER BY exception_id"
        )
