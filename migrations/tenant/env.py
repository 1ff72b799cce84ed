"""Alembic environment of the `tenant` history."""

from migrations.env_shared import run

run()
