"""What the owner can do at the dead-letter desk."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
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
    def whole(self) -> bool:
        """Whether all of the original was kept."""
        return len(self.data) == self.letter.size

    @property
    def original(self) -> str:
        """The original as text; bytes that are none are escaped."""
        return self.data.decode("utf-8", "backslashreplace")

    @property
    def age(self) -> float:
        """Seconds since it was given up."""
        return max(0.0, time.time() - self.letter.at / 1000)

    @property
    def kind(self) -> tuple[str, str, str]:
        """What letters have in common that fell out for the same reason."""
        return self.letter.stage, self.letter.code, self.letter.error


@dataclass(frozen=True)
class Wanted:
    """Which letters are meant; what is None is not asked about."""

    stage: str | None = None
    code: str | None = None
    session: str | None = None

    def __call__(self, filed: Filed) -> bool:
        """Whether a letter is among them."""
        it = filed.letter
        pairs = ((self.stage, it.stage), (self.code, it.code), (self.session, it.session))
        return all(wanted is None or wanted == found for wanted, found in pairs)


@asynccontextmanager
async def _desk() -> AsyncIterator[Line]:
    here = place.settings()
    place.reachable(here)
    line = place.line(here, "durable", "desk")
    try:
        yield line
    finally:
        await line.close()


async def everything(wanted: Callable[[Filed], bool] = Wanted()) -> list[Filed]:
    """Return all letters that are wanted, newest first."""
    async with _desk() as line:
        return [filed async for filed in _all(line) if wanted(filed)][::-1]


async def one(name: str) -> Filed:
    """Return one letter by its id, its entry's id, or the beginning of either.

    Raises:
        NotFound: there is none.
        Conflict: there are several.
    """
    async with _desk() as line:
        return await _find(line, name)


async def like(name: str) -> list[Filed]:
    """Return all letters that fell out of the same stage for the same reason, oldest first."""
    async with _desk() as line:
        kind = (await _find(line, name)).kind
        return [filed async for filed in _all(line) if filed.kind == kind]


async def drop(letters: list[Filed]) -> None:
    """Remove letters."""
    async with _desk() as line:
        for start in range(0, len(letters), PAGE):
            entries = [filed.entry for filed in letters[start : start + PAGE]]
            await line.say("XDEL", DESK, *entries)


async def redrive(letters: list[Filed]) -> tuple[list[Filed], list[Filed]]:
    """Put letters' messages back on their topics, with the ids they had.

    Returns:
        Those that were sent, and those that could not be: too large to be kept whole, or taken
        by somebody else meanwhile.
    """
    sent: list[Filed] = []
    left: list[Filed] = []
    async with _desk() as line:
        for filed in letters:
            it = filed.letter
            history = orjson.dumps([one.model_dump() for one in it.history]).decode()
            fine = filed.whole and await _send(
                line, filed, filed.data, it.signature, history if it.history else ""
            )
            (sent if fine else left).append(filed)
    return sent, left


async def correct(filed: Filed, data: bytes, signature: str, history: str) -> None:
    """Put a corrected message in a letter's place on its topic.

    Args:
        filed: the letter.
        data: the corrected message.
        signature: the gateway's, for these bytes.
        history: what the message was before.

    Raises:
        NotFound: somebody else took the letter meanwhile.
    """
    async with _desk() as line:
        if not await _send(line, filed, data, signature, history):
            raise NotFound(f"Somebody else took {filed.letter.id} from the desk.")


async def _send(line: Line, filed: Filed, data: bytes, signature: str, history: str) -> bool:
    letter = filed.letter
    answer = await line.say(
        "FCALL", "redrive", 0, filed.entry, letter.source, data, signature,
        letter.turn or "", letter.session or "", history,
    )  # fmt: skip
    return bool(answer != "GONE")


def export(letters: list[Filed], file: Path) -> None:
    """Write letters to a file, one a line, oldest first; only its owner may read it.

    Raises:
        Conflict: it is there already.
        Refused: it cannot be written.
    """
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{file} is there already; choose another name.") from None
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as lines:
        lines.writelines(f"{filed.letter.model_dump_json()}\n" for filed in letters)


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
