"""The journal: one chained table, and on SQLite an index over what was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "journal",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("entry", sa.String(160), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("turn", sa.String(128)),
        sa.Column("session", sa.String(128)),
        sa.Column("position", sa.Integer),
        sa.Column("kind", sa.String(32)),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("fields", sa.Text),
        sa.Column("mac", sa.String(64), nullable=False),
    )
    op.create_index("journal_entry", "journal", ["topic", "entry"], unique=True)
    op.create_index("journal_turn", "journal", ["turn", "position"])
    asked = sa.text("kind = 'asked'")
    for name, columns in (("journal_asked", ["seq"]), ("journal_session", ["session", "seq"])):
        op.create_index(name, "journal", columns, sqlite_where=asked, postgresql_where=asked)
    checkpoint = sa.text("kind = 'checkpoint'")
    op.create_index(
        "journal_checkpoint",
        "journal",
        ["seq"],
        sqlite_where=checkpoint,
        postgresql_where=checkpoint,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE journal_words USING fts5(words, tokenize = 'trigram')")


def downgrade() -> None:
    """Remove it with all it holds."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE journal_words")
    op.drop_table("journal")
