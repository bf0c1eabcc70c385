"""Floor 0: pure decisions on plain values. No clock, no network, no file, no frame."""
