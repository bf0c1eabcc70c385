"""What starts work: sensors that read the inbox and the ledger, and the webhook receiver."""
