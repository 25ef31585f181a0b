"""What Alembic runs for every change of version."""

from __future__ import annotations

from ops.upgrading import run

if __name__ == "env_py":  # so Alembic names it; anybody else only looks at it
    run()
