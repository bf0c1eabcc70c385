"""Observe: what the Shopify shop says, one file per table."""
