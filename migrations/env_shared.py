"""What both histories' env.py do: print SQL for the runner, or compare with the metadata.

Revisions are applied by `veche migrate`, never by Alembic itself: this file only compiles a
revision to SQL (offline mode) or gives Alembic a connection to look at (`connection` attribute).
"""

from alembic import context

OPTIONS = {
    "compare_type": True,
    "compare_server_default": False,
    "transactional_ddl": False,
    "version_table": "schema_revision",
}


def run() -> None:
    attributes = context.config.attributes
    metadata = attributes.get("metadata")
    connection = attributes.get("connection")
    if connection is None:
        context.configure(
            dialect_name="postgresql",
            target_metadata=metadata,
            literal_binds=True,
            output_buffer=attributes.get("output"),
            **OPTIONS,
        )
        context.run_migrations()
    else:
        context.configure(connection=connection, target_metadata=metadata, **OPTIONS)
        context.run_migrations()
