"""The Shopify Admin API, as its published schema describes it."""
