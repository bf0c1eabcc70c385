"""Money, from the stores to the rules and back: free of Dagster, for assets and command line alike."""
