"""One module per revision of the ledger. A revision that was released is never edited."""
