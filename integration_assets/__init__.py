"""What Dagster shows: the rooms that observe, compare, act and publish, and the floor they stand on."""
