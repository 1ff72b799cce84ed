"""Pages of moderation: the queue, letters, blocks."""
