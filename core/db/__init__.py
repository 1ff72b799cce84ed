"""Connections to PostgreSQL and base classes of tables. Which city is meant is decided above."""
