"""Pure values of deadlines."""
