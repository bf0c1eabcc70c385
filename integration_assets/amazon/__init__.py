"""Observe: what Amazon says, one file per table."""
