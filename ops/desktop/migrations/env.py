"""What Alembic runs for every change of version: on the connection it is handed."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Bring the database of the given connection to the version asked for."""
    tables = context.config.attributes["tables"]
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=tables.metadata,
        version_table=tables.versions,
        transactional_ddl=False,  # whoever hands the connection over has begun and will commit
    )
    context.run_migrations()


if __name__ == "env_py":  # so Alembic names it; anybody else only looks at it
    run()
