"""How the service itself is, free of Dagster: sources, allowances, credentials, webhooks, runs, and who is told."""
