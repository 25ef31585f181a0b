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
from streams.redrive import Sending, together
from streams.redrive import redrive as send_again

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


async def of_step(letter: Filed) -> list[Filed]:
    """Return a letter with those of the same step of its turn."""
    async with _desk() as line:
        step = _sending(letter).step
        found = [one async for one in _all(line) if step and _sending(one).step == step]
    return found or [letter]


async def redrive(letters: list[Filed]) -> tuple[int, list[str]]:
    """Put letters' messages back on their topics, with the ids they had.

    Returns:
        How many were sent, and for each other one or each other step why it could not be.
    """
    left = [_cut_off(filed) for filed in letters if not filed.whole]
    going = [_sending(filed) for filed in letters if filed.whole]
    async with _desk() as line:
        others = await _others(line, going)
        for group in together(going):
            try:
                await send_again(line, group, others)
            except Refused as error:
                left.append(str(error))
                going = [one for one in going if one not in group]
    return len(going), left


async def correct(filed: Filed, data: bytes, signature: str, history: str) -> None:
    """Put a corrected message in a letter's place on its topic.

    Args:
        filed: the letter.
        data: the corrected message.
        signature: the gateway's, for these bytes.
        history: what the message was before.

    Raises:
        Refused: it cannot go on now; the sentence says why.
    """
    async with _desk() as line:
        one = Sending(filed.entry, filed.letter, data, signature, history)
        await send_again(line, [one], await _others(line, [one]))


def _sending(filed: Filed) -> Sending:
    it = filed.letter
    history = orjson.dumps([one.model_dump() for one in it.history]).decode()
    return Sending(filed.entry, it, filed.data, it.signature, history if it.history else "")


async def _others(line: Line, going: list[Sending]) -> list[Sending]:
    """Return the further letters of the turns whose calls are to be sent."""
    turns = {one.turn for one in going if one.step}
    entries = {one.entry for one in going}
    if not turns:
        return []
    found = [_sending(filed) async for filed in _all(line) if filed.letter.turn in turns]
    return [one for one in found if one.entry not in entries]


def _cut_off(filed: Filed) -> str:
    kept = f"Only {len(filed.data)} of the {filed.letter.size} bytes of {filed.letter.id} were kept"
    return f"{kept}; it cannot be sent again, but `nexus dead edit` can complete it."


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
