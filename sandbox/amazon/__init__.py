"""Amazon, as its published models describe it."""
