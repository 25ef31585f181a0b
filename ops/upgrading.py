"""What Alembic runs for every change of version, of each slice: on the connection it is handed.

Alembic wants a file `env.py` beside each slice's versions; each is the call of this.
"""

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
