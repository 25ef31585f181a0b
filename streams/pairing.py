"""Strangers who ask to be known: a code for each, which the owner confirms elsewhere.

It is asked by the process of the messengers, which can only make codes, and by the owner's
processes, which can only use them up; who is known then stands with the accounts.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from schemas.approvals import written
from schemas.base import now_ms
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
        """Return the code of a stranger, and whether it is new; None once too many asked.

        Asked again, they hear the same code for as long as it counts.
        """
        known = await self._ask("GET", _of(channel, who))
        if known is not None:
            return _said(known), False
        count = _count(channel)
        many = int(await self._ask("INCR", count))
        if many == 1:
            await self._ask("EXPIRE", count, 3_600)
        if many > MOST_AN_HOUR:
            return None
        code = new_code()
        stranger = json.dumps(asdict(Stranger(channel, who, name[:64], now_ms())))
        await self._ask("SET", _code(code), stranger, "EX", LIFE_SECONDS)
        await self._ask("SET", _of(channel, who), code, "EX", LIFE_SECONDS)
        return code, True

    async def look(self, code: str) -> Stranger:
        """Return whose code this is.

        Raises:
            NotFound: nobody's, or not any more.
        """
        found = await self._ask("GET", _code(written(code)[:16]))
        if found is None:
            raise NotFound("No stranger has this code, or not any more; they can ask for another.")
        return Stranger(**json.loads(_said(found)))

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
            if int(await self._ask("INCR", tries)) == 1:
                await self._ask("EXPIRE", tries, LIFE_SECONDS)
            raise

    async def used(self, code: str, stranger: Stranger) -> None:
        """Let a code count no more."""
        await self._ask("DEL", _code(written(code)[:16]))
        await self._ask("DEL", _of(stranger.channel, stranger.who))


def _code(code: str) -> str:
    return f"{keys.PAIRING}code:{code}"


def _of(channel: str, who: str) -> str:
    return f"{keys.PAIRING}of:{channel}:{who}"


def _count(channel: str) -> str:
    return f"{keys.PAIRING}count:{channel}"


def _said(found: Any) -> str:
    return found if isinstance(found, str) else text(found)
