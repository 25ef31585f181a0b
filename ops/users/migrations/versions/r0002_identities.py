"""Where people are known: their ids on the messengers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "users_identities",
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("who", sa.String(128), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("person", sa.String(128), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("users_identities_person", "users_identities", ["person"])


def downgrade() -> None:
    """Remove it with all it holds."""
    op.drop_table("users_identities")
