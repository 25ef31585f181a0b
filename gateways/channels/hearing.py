"""What every channel does with what it heard: it is handed on until it is durable, or said why not.

One after the other: meanwhile the vendor keeps what comes behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from gateways.channels.base import News, Receive, Taken
from gateways.channels.fetching import Unfetched
from schemas.errors import Expected, Transient

log = structlog.get_logger("channels")

TRIES = 3
"""How often a file is asked for that its vendor has and does not hand out."""
AGAIN = "{} Send it again, please."

Say = Callable[[str, str], Awaitable[bool]]
"""Says something in a chat; returns false where a later try may help."""


class Mouth(Protocol):
    """Says something on one channel."""

    async def say(self, chat: str, text: str) -> object:
        """Say it; nobody waits for it, and it is not said again."""
        ...


async def said(mouth: Mouth, channel: str, chat: str, text: str) -> bool:
    """Say something; return false where a later try may help.

    Args:
        mouth: says it.
        channel: where.
        chat: to whom.
        text: what.
    """
    try:
        await mouth.say(chat, text)
    except Expected as error:
        log.info("channel.unsaid", channel=channel, error=str(error)[:200])
        return not isinstance(error, Transient)
    return True


async def handed_on(
    what: News,
    receive: Receive,
    say: Say,
    *,
    channel: str,
    well: Callable[[], None],
    ill: Callable[[str], None],
) -> Taken | None:
    """Hand on what was heard until it is durable; None where it never will be, and that was said.

    Args:
        what: what was heard.
        receive: takes it in.
        say: says something in its chat.
        channel: where it was heard.
        well: says that all is well again.
        ill: says what is wrong.
    """
    tries, sick = 0, False
    while True:
        try:
            taken = await receive(what)
            break
        except Unfetched as error:
            # A file that never comes must not keep all others waiting; whoever sent it is told.
            tries += 1
            if tries >= TRIES and await say(what.chat, AGAIN.format(error)):
                return None
            await asyncio.sleep(error.retry_after or 1.0)
        except Transient as error:
            sick = True
            ill(str(error))
            await asyncio.sleep(error.retry_after or 1.0)
        except Expected as error:
            # Whoever said it is known; a stranger is refused nothing.
            log.warning("channel.refused", channel=channel, error=str(error)[:200])
            await say(what.chat, str(error)[:500])
            return None
    if sick:
        well()
    return taken
