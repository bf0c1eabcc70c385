"""Taking in settlements: collected, read, classified, stored. Free of Dagster, for assets and command line."""
