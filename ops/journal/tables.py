"""The journal's one table: a row for each entry of a topic, and for each of a turn's record."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    literal_column,
)

REVISION = "0001"
"""The version of the tables that this code works with; the newest one in migrations/."""

RECORD = "record"
"""The `topic` of the entries of turns' records; `entry` is then `<turn>/<position>`."""
OWN = "journal"
"""The `topic` of what the journal says about itself: its beginning, checkpoints, breaks, gaps."""

OWN_KINDS = frozenset({"begun", "checkpoint", "broken", "gap"})
"""What the journal says about itself; no entry of a record bears one of these names."""

WORDS = "journal_words"
"""The full-text index, on SQLite."""

metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("topic", String(32), nullable=False),
    Column("entry", String(160), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("turn", String(128)),
    Column("session", String(128)),
    Column("position", Integer),
    Column("kind", String(32)),
    Column("data", Text, nullable=False),
    Column("fields", Text),
    Column("mac", String(64), nullable=False),
)
"""`seq` counts from 1 without a hole; `mac` chains each row to all before it."""


def is_kind(kind: Literal["asked", "checkpoint"]) -> ColumnElement[bool]:
    """Return the condition in the words of the partial indexes, so that they are used."""
    return journal.c.kind == literal_column(f"'{kind}'")
