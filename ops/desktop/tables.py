"""The tables of the desktop: notices, and each person's layout."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

from ops.database import Tables

metadata = MetaData()

notices = Table(
    "desktop_notices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("changed", BigInteger, nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("person", String(128), nullable=False),
    Column("source", String(32), nullable=False),
    Column("key", String(128)),
    Column("standing", Boolean, nullable=False),
    Column("level", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("says", Text, nullable=False),
    Column("path", String(300), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
    Column("ended_at", BigInteger),
    Column("seen_at", BigInteger),
    Column("seen_by", String(64)),
    Index("desktop_notices_person", "person", "last_at", "id"),
    Index("desktop_notices_changed", "changed"),
)
"""`changed` is the number of the last change, which grows over all rows: whoever watches looks at
the greatest. `told` is that of the last one in which it was news. `standing` is a matter that ends
by itself; '' as `person` is the owner's."""

layouts = Table(
    "desktop_layouts",
    metadata,
    Column("person", String(128), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("layout", Text, nullable=False),
)
"""`layout` is JSON (schemas/desktop.py)."""

TABLES = Tables(
    name="desktop",
    metadata=metadata,
    revision="0001",
    migrations=Path(__file__).with_name("migrations"),
    versions="desktop_version",
)
