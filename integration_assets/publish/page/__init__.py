"""The operator page: what goes on it, and how it looks. One file of HTML, free of Dagster."""
