"""Floor 1: the only doors to the outside: both shops, both stores, the operating model, the clock."""
