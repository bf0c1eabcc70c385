"""Shipments, cancellations and refunds on both sides: facts gathered, decided, sent, read back. Free of Dagster."""
