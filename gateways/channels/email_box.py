"""The mailbox, by IMAP: what is new is unread, and read once it is durable here.

IMAPClient blocks, so everything here runs in a thread. It is the one library of the three that
waits for new mail (RFC 2177), says when a server went in between, and fetches without marking.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from gateways.channels.email_server import PAUSE, SECONDS, Away, MailServer, trust

FOLDER = "INBOX"
DAYS = 7
"""What came earlier was seen before, or tells nothing any more."""
LARGEST = 10 << 20
"""Bytes of a mail that are read."""
_SEEN = b"\\Seen"
Given = TypeVar("Given")


class Box:
    """One connection to a mailbox.

    Args:
        server: where it is.
    """

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._client: Any = None
        self._idles = False

    def open(self) -> None:
        """Connect, sign in, and open the folder.

        Raises:
            Away: the server does not answer, or does not let us in.
        """
        server = self._server
        self._client = self._do(self._connected)
        self._do(lambda: self._client.login(server.user, server.password))
        self._do(lambda: self._client.select_folder(FOLDER))
        self._idles = self._do(lambda: self._client.has_capability("IDLE"))

    def _connected(self) -> Any:
        from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]  # noqa: PLC0415

        server = self._server
        client = IMAPClient(
            server.host,
            server.port,
            ssl=server.wrapped,
            ssl_context=trust() if server.wrapped else None,
            timeout=SocketTimeout(connect=10, read=SECONDS),
        )
        if server.begins:
            client.starttls(trust())
        return client

    def new(self) -> list[int]:
        """Return the numbers of what is unread, oldest first.

        Raises:
            Away: the server does not answer.
        """
        since = (datetime.now(UTC) - timedelta(days=DAYS)).date()
        found = self._do(lambda: self._client.search(["UNSEEN", "UNDELETED", "SINCE", since]))
        return sorted(int(one) for one in found)

    def fetch(self, number: int) -> bytes | None:
        """Return a mail, or the beginning of one that is too large; None where it is gone.

        Raises:
            Away: the server does not answer.
        """
        part = f"BODY.PEEK[]<0.{LARGEST}>".encode()
        found = self._do(lambda: self._client.fetch([number], [part])).get(number, {})
        return next((one for key, one in found.items() if key.startswith(b"BODY[]")), None)

    def read(self, number: int) -> None:
        """Mark a mail as read: it does not come again.

        Raises:
            Away: the server does not answer.
        """
        self._do(lambda: self._client.add_flags([number], [_SEEN], silent=True))

    def wait(self, seconds: float) -> bool:
        """Wait until something may be new; return whether the server can say so by itself.

        Raises:
            Away: the server does not answer.
        """
        if not self._idles:
            self._do(self._client.noop)
            return False

        def idle() -> None:
            self._client.idle()
            self._client.idle_check(seconds)
            self._client.idle_done()

        self._do(idle)
        return True

    def close(self) -> None:
        """Let go of the connection; whoever waits for it in another thread waits no more."""
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(OSError, AttributeError):
            client.socket().shutdown(socket.SHUT_RDWR)
        with suppress(OSError, ValueError):
            client.shutdown()

    def _do(self, call: Callable[[], Given]) -> Given:
        from imapclient.exceptions import IMAPClientError, LoginError  # type: ignore[import-untyped]  # noqa: PLC0415

        try:
            return call()
        except LoginError:
            why = "The IMAP server refuses the user or the password."
            raise Away(why, retry_after=PAUSE) from None
        except (IMAPClientError, OSError, ValueError, AttributeError) as error:
            # Its own words may hold what it was told; what kind of error it is says enough.
            why = f"The IMAP server: {type(error).__name__}."
            raise Away(why, retry_after=PAUSE) from None
