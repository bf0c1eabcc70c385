"""The FBA mirror: what Amazon can ship, shown at one Shopify location per region account. Free of Dagster."""
