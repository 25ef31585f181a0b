"""Where the files are that people send on Telegram."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateways.channels.base import Sent
from gateways.channels.fetching import Fetcher, Unfetched, nowhere
from gateways.channels.telegram_listen import UNREADABLE
from gateways.channels.telegram_send import PAUSE, through

if TYPE_CHECKING:
    from telegram import Bot


def fetcher(bot: Bot, files: str) -> Fetcher:
    """Return what fetches them.

    Args:
        bot: the library's client.
        files: where the server's files are; the address holds the bot's token.
    """

    async def where(sent: Sent) -> str:
        try:
            found = await through(lambda _: bot.get_file(sent.ref), "")
        except UNREADABLE:
            raise Unfetched("Telegram says nonsense of this file.", retry_after=PAUSE) from None
        address = str(found.file_path or "")
        # A server of the owner's may name a file on its own disk: that is none of this one's.
        if not address.startswith(f"{files}/") or ".." in address.split("/"):
            raise nowhere("Telegram's server")
        return address

    return Fetcher("Telegram", where)


def alone(chat: str) -> bool:
    """Whether a person is alone with us there: the numbers of groups are negative."""
    return chat.isdecimal()
