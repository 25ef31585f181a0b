"""What a backup holds, and the page inside it that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Moment, Word

FORMAT = 2
"""Which kind of archive this is; a newer one is refused, not guessed at."""

REDIS, JOURNAL, HOME = "redis.rdb", "journal.db", "home.db"
CONFIG, MANIFEST = "config.yaml", "manifest.json"
SECRETS, WORKSPACE, LETTERS = "secrets", "workspace", "dead"
FILES = frozenset({REDIS, JOURNAL, HOME, CONFIG, MANIFEST})
DATABASES = (JOURNAL, HOME)
FOLDERS = (SECRETS, WORKSPACE, LETTERS)
"""The last holds the dead letters for which the desk had no room."""

MOST_MEMBERS = 500_000
"""More files than that are refused in both directions."""
MOST_MANIFEST = 256 << 20
"""Bytes."""

How = Literal["key", "recipient", "passphrase"]
"""What opens it: this server's own key, somebody else's, a passphrase."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Cover(Word):
    """What stands outside, for everybody to read: nothing about the owner."""

    format: int = FORMAT
    name: Annotated[str, Field(max_length=100)]
    made_at: Moment
    nexus: Annotated[str, Field(max_length=64)]
    sealed: How
    recipient: Annotated[str, Field(max_length=100)]
    """The key that it is sealed for, in its public half."""


class Kept(Word):
    """One file of the archive, in the order of the archive.

    Its name is only shown; the digest is what counts.
    """

    name: str
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Manifest(Word):
    """What is inside, written last, when all digests are known."""

    format: int = FORMAT
    name: str
    made_at: Moment
    nexus: str
    redis: str
    """The version of the Redis that wrote the copy; empty if there is none."""
    epoch: int = 0
    """How often this history was begun anew from a backup."""
    counts: dict[str, int]
    """Files and bytes."""
    left_out: tuple[str, ...] = ()
    """What is in those folders and not in the archive: links, sockets."""
    kept: tuple[Kept, ...]


def shown(name: str | Path) -> str:
    """Return a file's name as text that can be written down, whatever bytes it has."""
    return str(name).encode("utf-8", "backslashreplace").decode()
