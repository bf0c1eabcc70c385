"""Prices: Shopify's price made Amazon's by rule, decided, sent and read back. Free of Dagster."""
