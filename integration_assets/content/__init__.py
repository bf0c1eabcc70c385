"""Titles, descriptions and images of listings: led by Shopify as declared, sent and read back. Free of Dagster."""
