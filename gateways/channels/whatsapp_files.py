"""Where the files are that people send on WhatsApp."""

from __future__ import annotations

from gateways.channels.base import Sent
from gateways.channels.fetching import Fetcher, at_home, fits, nowhere
from gateways.channels.whatsapp_send import Sender

SECONDS = 15.0
"""Within which a file is here: sooner than WhatsApp's call must be answered."""
HOSTS = (".fbsbx.com",)
"""Where WhatsApp keeps files; nobody else is shown our token."""


def fetcher(sender: Sender, server: str) -> Fetcher:
    """Return what fetches them.

    Args:
        sender: knows the API.
        server: the API's address.
    """

    async def where(sent: Sent) -> str:
        about = await sender.media(sent.ref)
        address, size = about.get("url"), about.get("file_size", 0)
        fits(size if isinstance(size, int) else 0)
        if not isinstance(address, str) or not at_home(address, server, HOSTS):
            raise nowhere("WhatsApp")
        return address

    return Fetcher("WhatsApp", where, sender.stream, seconds=SECONDS)
