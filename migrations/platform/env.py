"""Alembic environment of the `platform` history."""

from migrations.env_shared import run

run()
