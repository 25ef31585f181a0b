"""The tables of the accounts: people, their logins, their keys."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

from ops.database import Tables

REVISION = "0002"
"""The version of the tables that this code works with; the newest one in migrations/."""

metadata = MetaData()

people = Table(
    "users_people",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("known_as", String(256), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password", String(256), nullable=False),
    Column("totp", Boolean, nullable=False),
    Column("totp_step", BigInteger, nullable=False),
    Column("recovery", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("users_people_known_as", "known_as", unique=True),
)
"""`known_as` is the name as it is compared; `totp_step` the last step whose code was used;
`recovery` the digests of the recovery codes that are left, as JSON."""

logins = Table(
    "users_logins",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person", String(128), nullable=False),
    Column("device", String(256), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("refresh", String(64), nullable=False),
    Column("before", String(64)),
    Column("rotated_at", BigInteger, nullable=False),
    Index("users_logins_person", "person"),
)
"""`refresh` is the digest of the one refresh token that counts, `before` of the one it replaced."""

keys = Table(
    "users_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person", String(128), nullable=False),
    Column("name", String(64), nullable=False),
    Column("scopes", String(128), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("last_at", BigInteger),
    Column("expires_at", BigInteger),
    Index("users_keys_person", "person"),
)

identities = Table(
    "users_identities",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("who", String(128), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("person", String(128), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("users_identities_person", "person"),
)
"""Where somebody is known, by their id there; `name` is what they called themselves, and only
shown. `ops/identities.py` reads it too."""

changes = Table(
    "users_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""One row, whose number grows whenever somebody's rights change: other processes look at it."""

TABLES = Tables(
    name="accounts",
    metadata=metadata,
    revision=REVISION,
    migrations=Path(__file__).with_name("migrations"),
    versions="users_version",
)
