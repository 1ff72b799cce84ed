"""Pages of moderation: the queue, one item, letters, blocks, and what an author sees."""
