"""The kinds of exceptions, one file per concern; `rules/exceptions.py` puts the catalogue together."""
