"""Pages of comments: writing, answering, withdrawing."""
