"""Connections to PostgreSQL and the base classes of tables. Which city is meant is decided above."""
