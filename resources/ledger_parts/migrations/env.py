"""Runs the ledger's migrations inside the transaction of `Ledger.migrate`, so that they land whole or not at all."""

from __future__ import annotations

from alembic import context

from resources.ledger_parts.schema import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
