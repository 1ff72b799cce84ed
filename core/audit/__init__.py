"""What staff did and what was decided, on which clause: append-only, hash-chained."""
