"""From an entry to a row: whatever stands in it, it can be written."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from ops.journal.chain import Row
from ops.journal.tables import OWN, OWN_KINDS, RECORD
from processors.tools.redact import Redactor
from schemas.base import MAX_ID, now_ms
from streams.sign import Keyring
from streams.tail import Seen
from streams.voice import provenance

PRODUCER = "producer"
"""Who told an event that nobody signed."""
MOST = 1 << 20
"""Bytes of the largest entry that is written whole; none of our own comes near."""

WRITTEN = frozenset({b"data", b"was"})
"""Fields that are not written beside the others: the message, and what it was before it was
corrected, which stands in its letter already."""


def of_entry(seen: Seen, redact: Redactor, keyring: Keyring) -> Row:
    """Return the row of a topic's entry.

    Of an event stands beside it who told it, and whether it claims falsely to be the server's own
    word: `by` and `forged` are the journal's, whatever stood there.
    """
    data = _text(seen.fields.get(b"data", b""))
    parsed = _parsed(data)
    others = {_text(k): _text(v) for k, v in seen.fields.items() if k not in WRITTEN}
    if seen.topic == "events":
        told_by, false = provenance(keyring, seen.fields)
        others = {**others, "by": told_by or PRODUCER, "forged": "1" if false else "0"}
    return Row(
        topic=seen.topic,
        entry=seen.id,
        at=int(seen.id.partition("-")[0]),
        data=redact.dead(data) if seen.topic == "dead" else redact.text(data),
        turn=_word(parsed, "turn"),
        session=_word(parsed, "session"),
        fields=redact.text(orjson.dumps(others).decode()) if others else None,
    )


def session_of(first: bytes) -> str | None:
    """Return whose a turn is, as its record begins."""
    return _word(_parsed(_text(first)), "session")


def of_record(turn: str, position: int, raw: bytes, session: str | None, redact: Redactor) -> Row:
    """Return the row of an entry of a turn's record."""
    data = _text(raw)
    parsed = _parsed(data)
    at = parsed.get("at")
    kind = parsed.get("kind")
    return Row(
        topic=RECORD,
        entry=f"{turn}/{position}",
        at=at if isinstance(at, int) and 0 <= at < 1 << 62 else now_ms(),
        data=redact.text(data),
        turn=turn,
        session=session,
        position=position,
        kind=kind[:32] if isinstance(kind, str) and kind not in OWN_KINDS else None,
    )


def own(kind: str, entry: str, **what: Any) -> Row:
    """Return a row in which the journal speaks of itself."""
    return Row(topic=OWN, entry=entry, at=now_ms(), data=orjson.dumps(what).decode(), kind=kind)


def words(row: Row) -> str:
    """Return what the full-text search finds in a row: what was asked, and what was said."""
    if row.topic != RECORD or row.kind not in {"asked", "said"}:
        return ""
    found = _parsed(row.data).get("text")
    return found if isinstance(found, str) else ""


def _text(raw: bytes) -> str:
    if len(raw) > MOST:
        rest = f"… {len(raw)} bytes in all, SHA-256 {sha256(raw).hexdigest()}"
        return _text(raw[:MOST]) + rest
    # SQL texts hold no NUL, and what is no UTF-8 is shown by its numbers.
    return raw.decode(errors="backslashreplace").replace("\x00", "\\x00")


def _parsed(data: str) -> Mapping[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _word(parsed: Mapping[str, Any], name: str) -> str | None:
    value = parsed.get(name)
    fit = isinstance(value, str) and 0 < len(value) <= MAX_ID and "\x00" not in value
    return value if fit else None
