"""Conversations, how far the journal was read for them, and the files that people sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("person", sa.String(128), nullable=False),
        sa.Column("channel", sa.String(128), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("hidden_at", sa.BigInteger),
    )
    op.create_index("conversations_person", "conversations", ["person", "last_at", "id"])
    op.create_table("conversations_read", sa.Column("seq", sa.BigInteger, primary_key=True))
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("person", sa.String(128), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("type", sa.String(127), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("attachments_person", "attachments", ["person", "at"])


def downgrade() -> None:
    """Remove them with all they hold."""
    for table in ("attachments", "conversations_read", "conversations"):
        op.drop_table(table)
