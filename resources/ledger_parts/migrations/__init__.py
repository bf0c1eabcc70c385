"""The ledger's migrations: `env.py` runs them on a connection it is given, `versions` holds one module per revision.

A new revision: copy the last module of `versions`, give it the next number, name the one before in `down_revision`,
set `REVISION` in `resources/ledger_parts/schema.py` to it. A test compares what the migrations build with the schema.
"""
