"""Where the files are that people send on Discord."""

from __future__ import annotations

from gateways.channels.base import Sent
from gateways.channels.discord_listen import SERVER
from gateways.channels.fetching import Fetcher, at_home, nowhere

HOSTS = (".discordapp.com", ".discordapp.net")
"""Where Discord keeps files; an address there opens its file to whoever knows it."""


def fetcher(base_url: str | None) -> Fetcher:
    """Return what fetches them; a message brings the addresses of its own.

    Args:
        base_url: a server in the place of Discord's; Discord's own where there is none.
    """

    async def where(sent: Sent) -> str:
        if not at_home(sent.ref, base_url or SERVER, HOSTS):
            raise nowhere("Discord")
        return sent.ref

    return Fetcher("Discord", where)
