"""A local Amazon and Shopify over HTTP, and a brand that trades on them. Imports nothing of the product."""
