"""The tables of conversations: a list made from the journal, and what people say about it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from ops.database import Tables

metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("person", String(128), nullable=False),
    Column("channel", String(128), nullable=False),
    Column("title", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("hidden_at", BigInteger),
    Index("conversations_person", "person", "last_at", "id"),
)
"""`person` is who spoke in it first; a hidden one comes back when somebody speaks in it again."""

read = Table("conversations_read", metadata, Column("seq", BigInteger, primary_key=True))
"""One row: up to which row of the journal the list was made."""

attachments = Table(
    "attachments",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("person", String(128), nullable=False),
    Column("name", String(255), nullable=False),
    Column("type", String(127), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("attachments_person", "person", "at"),
)
"""Files that people sent; their bytes lie in the state folder under these ids."""

TABLES = Tables(
    name="list of conversations",
    metadata=metadata,
    revision="0001",
    migrations=Path(__file__).with_name("migrations"),
    versions="conversations_version",
)
