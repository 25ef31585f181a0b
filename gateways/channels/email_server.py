"""Where mail goes out and comes in: the two servers of one mailbox."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field

from schemas.errors import Unavailable

PAUSE = 2.0
"""Seconds before another try."""
SECONDS = 20.0
"""That a server may take for one answer."""


class Away(Unavailable):
    """A mail server does not answer, or does not let us in."""

    code = "channel_away"


@dataclass(frozen=True, slots=True)
class MailServer:
    """One server.

    Attributes:
        host: its name.
        port: 465 and 993 speak TLS from the first byte; every other begins it, and must.
        user: who we are there; "" for a server that asks nobody.
        password: what proves it.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def wrapped(self) -> bool:
        """Whether it speaks TLS from the first byte."""
        return self.port in {465, 993}

    @property
    def begins(self) -> bool:
        """Whether TLS is begun; only to this machine itself a password may go in the clear."""
        return not self.wrapped and not _here(self.host)


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def trust() -> ssl.SSLContext:
    """Return whom we believe that they are who they say; blocks, so call it in a thread."""
    return ssl.create_default_context()
