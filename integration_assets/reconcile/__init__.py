"""Compare: tables derived from both sides, rebuilt whole."""
