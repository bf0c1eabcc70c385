"""Amazon's orders in Shopify: imported, kept up to date, adopted and compared. Knows nothing of Dagster."""
