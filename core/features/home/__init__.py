"""A city's home page, its page about itself, and what robots may read."""
