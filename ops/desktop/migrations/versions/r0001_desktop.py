"""The desktop: notices, and each person's layout."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "desktop_notices",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("told", sa.BigInteger, nullable=False),
        sa.Column("person", sa.String(128), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("key", sa.String(128)),
        sa.Column("standing", sa.Boolean, nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("seen_at", sa.BigInteger),
        sa.Column("seen_by", sa.String(64)),
    )
    op.create_index("desktop_notices_person", "desktop_notices", ["person", "last_at", "id"])
    op.create_index("desktop_notices_changed", "desktop_notices", ["changed"])
    op.create_table(
        "desktop_layouts",
        sa.Column("person", sa.String(128), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("layout", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove them with all they hold."""
    for name in ("desktop_layouts", "desktop_notices"):
        op.drop_table(name)
