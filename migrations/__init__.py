"""Alembic histories: `platform` (shared tables) and `tenant` (the schema every city has)."""
