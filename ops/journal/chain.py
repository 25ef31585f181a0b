"""The chain: each row's mac covers the row and all before it, under a key the database has not."""

from __future__ import annotations

import hmac
from typing import NamedTuple

import orjson

START = "0" * 64
"""What the first row is chained to."""


class Row(NamedTuple):
    """One row before it has a place in the chain; the names are the columns'."""

    topic: str
    entry: str
    at: int
    data: str
    turn: str | None = None
    session: str | None = None
    position: int | None = None
    kind: str | None = None
    fields: str | None = None


def mac(key: bytes, before: str, seq: int, row: Row) -> str:
    """Return the mac of a row.

    Args:
        key: the chain's key.
        before: the mac of the row before.
        seq: the row's number.
        row: all else that it holds.
    """
    return hmac.digest(key, before.encode() + orjson.dumps([seq, *row]), "sha256").hex()
