"""Pure values of plan."""
