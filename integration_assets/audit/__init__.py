"""The listing audit: what is wrong between the two sides, told to people. Read only, and free of Dagster."""
