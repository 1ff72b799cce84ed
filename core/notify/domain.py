"""Pure values of notify."""
