"""Hand out: what people read outside Dagster."""
