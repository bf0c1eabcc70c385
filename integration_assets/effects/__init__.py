"""Carrying out effects of any kind: intended in the ledger, sent once, read back. Free of Dagster."""
