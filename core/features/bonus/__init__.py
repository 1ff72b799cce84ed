"""Points for taking part: an append-only ledger and the resident's statement (R80)."""
