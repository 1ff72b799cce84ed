"""Pure values of comments."""
