"""The stock rule applied to the stores: facts gathered, decided, pushed, read back. Knows nothing of Dagster."""
