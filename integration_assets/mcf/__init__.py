"""Multi-Channel Fulfilment: orders of the shop that Amazon ships, from request to tracking. Free of Dagster."""
