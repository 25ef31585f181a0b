"""What is checked of every request before anybody looks at who sent it, and put on every answer."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from schemas.errors import Forbidden, Refused
from web.problems import problem

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""What every answer says unless its endpoint says something else."""
YEAR = "max-age=31536000"

HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
"""A name or an address and perhaps a port (RFC 9110, 7.2), and nothing that only looks so."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
IDLE_SECONDS, BODY_SECONDS = 10.0, 120.0
"""How long a body may stand still, and how long all of it may take."""
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NO_PEER = "0.0.0.0"  # noqa: S104 - nobody's address, not one to listen on


class Misdirected(Refused):
    """The Host header names a server that this one is not."""

    code = "wrong_host"
    status = 421


class Foreign(Forbidden):
    """The request comes from a page of somebody else's."""

    code = "foreign_origin"


class TooLarge(Refused):
    """The body is larger than this endpoint takes."""

    code = "too_large"
    status = 413


class TooSlow(Refused):
    """The body did not come in time."""

    code = "too_slow"
    status = 408


@dataclass(frozen=True)
class Site:
    """Under which names this server is reached, and through whom.

    Attributes:
        url: its public address, such as `https://home.example`; empty where there is none.
        hosts: further names it answers to.
        proxies: who may say for whom they ask.
    """

    url: str = ""
    hosts: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = ()
    _names: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        public = urlsplit(self.url).hostname
        names = {one.lower().rstrip(".") for one in (*self.hosts, *([public] if public else []))}
        object.__setattr__(self, "_names", LOOPBACK | names)

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by HTTPS."""
        return self.url.startswith("https://")

    def answers_to(self, host: str, local: str) -> bool:
        """Whether a Host header names this server.

        A page that points a name of its own at this machine is refused here (DNS rebinding); an
        address in figures cannot be pointed anywhere.

        Args:
            host: the header.
            local: the address at which the connection came in.
        """
        if not HOST.fullmatch(host):
            return False
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        return bool(name) and (name in self._names or name == local)

    def is_ours(self, origin: str, host: str) -> bool:
        """Whether a page of this origin is one of this server's own.

        Args:
            origin: the header Origin.
            host: the header Host, checked already.
        """
        parts = urlsplit(origin)
        if self.url and origin == _origin(self.url):
            return True
        return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()

    def client(self, connection: HTTPConnection) -> str:
        """Return the address of who asks; what headers claim counts only from a known proxy."""
        found = connection.client.host if connection.client else NO_PEER
        claimed = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
        while claimed and self._is_proxy(found):
            # From the right: each proxy appends whom it saw, whatever stood there before.
            before = claimed.pop().strip()
            if _address(before) is None:
                break
            found = before
        return found

    def _is_proxy(self, address: str) -> bool:
        found = _address(address)
        return found is not None and any(found in network for network in self.proxies)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def same_origin(site: Site, connection: HTTPConnection) -> bool | None:
    """Whether a page of ours sent this; None when nothing says where it comes from.

    Raises:
        Foreign: a page of somebody else's did.
    """
    origin = connection.headers.get("origin")
    fetched = connection.headers.get("sec-fetch-site")
    if origin is not None and not site.is_ours(origin, connection.headers.get("host", "")):
        raise Foreign("This comes from a page of another site; only our own pages may ask this.")
    if fetched is not None and fetched not in {"same-origin", "none"}:
        raise Foreign("This comes from a page of another site; only our own pages may ask this.")
    return True if origin is not None or fetched == "same-origin" else None


class Guard:
    """Lets in what names this server, and lets nothing out without its headers.

    Args:
        app: everything else.
        site: who we are.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site
        self._headers = dict(HEADERS)
        if site.secure:
            self._headers["Strict-Transport-Security"] = YEAR

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Serve one connection."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        host = Headers(scope=scope).getlist("host")
        local: tuple[str, int | None] = scope.get("server") or ("", None)
        if len(host) == 1 and self._site.answers_to(host[0], local[0]):
            await self._app(scope, receive, dressed)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            error = Misdirected(
                "This server is not known by that name; add it to the setting http.hosts."
            )
            await problem(error)(scope, receive, dressed)


def bounded(scope: Connection, receive: Receive, most: int) -> Receive:
    """Return `receive` for a body of at most `most` bytes that does not stand still.

    Raises:
        TooLarge: it says already that it is larger.
    """
    length = Headers(scope=scope).get("content-length")
    if length is not None and length.isdigit() and int(length) > most:
        raise _too_large(most)
    loop = asyncio.get_running_loop()
    until = loop.time() + BODY_SECONDS
    taken, whole = 0, False

    async def next_part() -> Any:
        nonlocal taken, whole
        if whole:
            return await receive()  # waits for the client to go, as long as that takes
        try:
            async with asyncio.timeout_at(min(loop.time() + IDLE_SECONDS, until)):
                message = await receive()
        except TimeoutError:
            raise TooSlow("The body of the request did not come in time.") from None
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
        if taken > most:
            raise _too_large(most)
        return message

    return next_part


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body is larger than the {most} bytes that are taken here.")
