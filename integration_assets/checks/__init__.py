"""Claims about the tables, generated from the contracts or written by hand."""
