"""Strangers who ask to be known: a code for each, which the owner confirms elsewhere.

It is asked by the process of the messengers, which can only make codes, and by the owner's
processes, which can only use them up; who is known then stands with the accounts.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from schemas.approvals import CODE_SIGNS, written
from schemas.base import MAX_ID, now_ms
from schemas.errors import NotFound, TooMuch
from streams import keys
from streams.cards import new_code
from streams.store import text

Ask = Callable[..., Awaitable[Any]]
"""Sends one command to the durable Redis, word by word."""

LIFE_SECONDS = 900
"""How long a code counts."""
MOST_AN_HOUR = 30
"""Codes of one channel; who comes then hears nothing."""
TRIES = 10
"""Wrong codes in the time that a code lives, over all who try."""
REFUSED_SECONDS = 86_400
"""How long somebody whom the owner refused is told nothing."""
MOST_SHOWN = 100
"""Of those who wait, the newest."""
LONGEST_NAME = 64
LONGEST = 4_096
"""Characters of what is kept of a stranger."""

_WAITING = f"{keys.PAIRING}waiting"
"""The codes, by the second at which each was made."""
_REFUSED = "refused"
"""In the place of a code; no code has small letters."""
_CODE = re.compile(f"[{CODE_SIGNS}]{{8}}")
_ID = re.compile(f"[!-~]{{1,{MAX_ID}}}")


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who asks to be known.

    Attributes:
        channel: where.
        who: their id there.
        name: what they call themselves.
        at: when they asked, in milliseconds since 1970.
    """

    channel: str
    who: str
    name: str
    at: int


class Pairing:
    """The codes that count at this moment.

    Args:
        ask: the way to the durable Redis.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def offer(self, channel: str, who: str, name: str) -> tuple[str, bool] | None:
        """Return the code of a stranger, and whether it is new.

        None for whom the owner refused, and once too many asked.

        Asked again, they hear the same code for as long as it counts.
        """
        known = await self._ask("GET", _of(channel, who))
        if known is not None:
            return None if _said(known) == _REFUSED else (_said(known), False)
        if await self._counted(_count(channel), 3_600) > MOST_AN_HOUR:
            return None
        code = new_code()
        stranger = json.dumps(asdict(Stranger(channel, who, name[:LONGEST_NAME], now_ms())))
        await self._ask("SET", _code(code), stranger, "EX", LIFE_SECONDS)
        await self._ask("SET", _of(channel, who), code, "EX", LIFE_SECONDS)
        now = int(time.time())
        await self._ask("ZREMRANGEBYSCORE", _WAITING, "-inf", now - LIFE_SECONDS)
        await self._ask("ZADD", _WAITING, now, code)
        await self._ask("EXPIRE", _WAITING, LIFE_SECONDS)
        return code, True

    async def waiting(self) -> list[tuple[str, Stranger]]:
        """Return who waits, each behind their code, the newest first."""
        found = []
        for one in await self._ask("ZRANGE", _WAITING, 0, MOST_SHOWN - 1, "REV"):
            code = _said(one)
            stranger = await self._find(code)
            if stranger is not None:
                found.append((code, stranger))
        return found

    async def look(self, code: str) -> Stranger:
        """Return whose code this is.

        Raises:
            NotFound: nobody's, or not any more.
        """
        found = await self._find(written(code))
        if found is None:
            raise NotFound("No stranger has this code, or not any more; they can ask for another.")
        return found

    async def _find(self, code: str) -> Stranger | None:
        found = await self._ask("GET", _code(code)) if _CODE.fullmatch(code) else None
        return None if found is None else _stranger(_said(found))

    async def guess(self, code: str) -> Stranger:
        """Do as `look` for somebody who is not at the terminal: wrong codes are counted.

        Raises:
            NotFound: nobody's, or not any more.
            TooMuch: too many were wrong.
        """
        tries = keys.PAIRING + "tries"
        if int(_said(await self._ask("GET", tries) or "0")) >= TRIES:
            raise TooMuch("Too many wrong codes; wait, or use the terminal.", retry_after=60)
        try:
            return await self.look(code)
        except NotFound:
            await self._counted(tries, LIFE_SECONDS)
            raise

    async def _counted(self, count: str, seconds: int) -> int:
        """Count one more. A count that got no end, by a kill in between, gets it with the next."""
        many = int(await self._ask("INCR", count))
        await self._ask("EXPIRE", count, seconds, "NX")
        return many

    async def used(self, code: str, stranger: Stranger) -> None:
        """Let a code count no more."""
        await self._ask("DEL", _code(written(code)[:16]))
        await self._ask("DEL", _of(stranger.channel, stranger.who))

    async def refuse(self, code: str) -> Stranger:
        """Let a code count no more, and its stranger hear nothing for a day.

        Raises:
            NotFound: it is nobody's, or not any more.
        """
        stranger = await self.look(code)
        await self._ask("DEL", _code(written(code)))
        of = _of(stranger.channel, stranger.who)
        await self._ask("SET", of, _REFUSED, "EX", REFUSED_SECONDS)
        return stranger


def _stranger(found: str) -> Stranger | None:
    """Return who it is; None for what is no stranger: the messengers' process writes this."""
    try:
        said = json.loads(found) if len(found) <= LONGEST else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    channel, who, name, at = (said.get(word) for word in ("channel", "who", "name", "at"))
    if not isinstance(channel, str) or not _ID.fullmatch(channel):
        return None
    if not isinstance(who, str) or not _ID.fullmatch(who):
        return None
    if not isinstance(name, str) or type(at) is not int or not 0 <= at < 1 << 52:
        return None
    # Halves of signs, and what ends a text elsewhere, are nobody's name.
    whole = name[:LONGEST_NAME].encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    return Stranger(channel, who, whole, at)


def _code(code: str) -> str:
    return f"{keys.PAIRING}code:{code}"


def _of(channel: str, who: str) -> str:
    return f"{keys.PAIRING}of:{channel}:{who}"


def _count(channel: str) -> str:
    return f"{keys.PAIRING}count:{channel}"


def _said(found: Any) -> str:
    return found if isinstance(found, str) else text(found)
