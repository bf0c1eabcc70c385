"""Floor 0: one row class per warehouse table, and the errors everybody speaks of. Imports nothing of the project."""
