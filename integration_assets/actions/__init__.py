"""Act: one file per kind of effect, from plan to read-back."""
