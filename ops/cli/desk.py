"""What the owner can do at the dead-letter desk."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import ValidationError

from ops.cli import place
from schemas.desk import DeadLetter
from schemas.errors import Conflict, NotFound, Refused
from streams import keys
from streams.line import Line

DESK = keys.topic("dead")
PAGE = 500


@dataclass(frozen=True)
class Filed:
    """A letter and where it lies.

    Attributes:
        entry: its entry on the desk's stream.
        letter: what it says.
    """

    entry: str
    letter: DeadLetter

    @property
    def data(self) -> bytes:
        """The original, as far as it was kept."""
        return base64.b64decode(self.letter.original)

    @property
    def original(self) -> str:
        """The original as text; bytes that are none are escaped."""
        return self.data.decode("utf-8", "backslashreplace")

    @property
    def age(self) -> float:
        """Seconds since it was given up."""
        return max(0.0, time.time() - self.letter.at / 1000)


@asynccontextmanager
async def _desk() -> AsyncIterator[Line]:
    here = place.settings()
    place.reachable(here)
    line = place.line(here, "durable", "desk")
    try:
        yield line
    finally:
        await line.close()


async def everything() -> list[Filed]:
    """Return all letters, oldest first."""
    async with _desk() as line:
        return [filed async for filed in _all(line)]


async def one(name: str) -> Filed:
    """Return one letter by its id, its entry's id, or the beginning of either.

    Raises:
        NotFound: there is none.
        Conflict: there are several.
    """
    async with _desk() as line:
        return await _find(line, name)


async def drop(name: str) -> Filed:
    """Remove a letter and return it."""
    async with _desk() as line:
        filed = await _find(line, name)
        await line.say("XDEL", DESK, filed.entry)
        return filed


async def redrive(name: str) -> Filed:
    """Put a letter's message back on its topic, with the ids it had, and return the letter.

    Raises:
        Refused: it was too large to be kept whole.
    """
    async with _desk() as line:
        filed = await _find(line, name)
        letter = filed.letter
        if letter.size != len(filed.data):
            raise Refused(
                f"Only {len(filed.data)} of its {letter.size} bytes were kept; it cannot be sent"
                " again."
            )
        answer = await line.say(
            "FCALL", "redrive", 0, filed.entry, letter.source, filed.data, letter.signature,
            letter.turn or "", letter.session or "",
        )  # fmt: skip
        if answer == "GONE":
            raise NotFound(f"Somebody else took {letter.id} from the desk.")
        return filed


async def _all(line: Line) -> AsyncIterator[Filed]:
    after = "-"
    while rows := await line.say("XRANGE", DESK, after, "+", "COUNT", PAGE):
        for entry, fields in rows:
            found = dict(zip(fields[::2], fields[1::2], strict=True))
            try:
                yield Filed(entry, DeadLetter.model_validate_json(found.get("data", "")))
            except ValidationError:
                yield Filed(entry, _unreadable(entry))
        after = f"({rows[-1][0]}"


def _unreadable(entry: str) -> DeadLetter:
    return DeadLetter(
        id=entry, at=int(entry.partition("-")[0]), stage="?", source="dead", entry=entry,
        code="unreadable", error="Unreadable", text="This is no letter of ours.", original="",
        size=0,
    )  # fmt: skip


async def _find(line: Line, name: str) -> Filed:
    found = [
        filed
        async for filed in _all(line)
        if filed.letter.id.lower().startswith(name.lower()) or filed.entry.startswith(name)
    ]
    exact = [filed for filed in found if name in {filed.letter.id, filed.entry}]
    if not found:
        raise NotFound(f"There is no letter {name} at the desk; `nexus dead list` shows all.")
    if len(found) > 1 and not exact:
        raise Conflict(f"{len(found)} letters begin with {name}; use more of the id.")
    return (exact or found)[0]
