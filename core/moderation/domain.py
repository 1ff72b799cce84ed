"""Pure values of moderation."""
