"""Which addresses of the internet may be reached: none of this house, none of the network below."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from schemas.errors import Forbidden, Invalid, NotFound, Transient

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""From a host's name and port to its addresses."""

MAX_URL = 2_048
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was read, and whose form is fit to be asked for."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query; begins with a slash."""

    @property
    def origin(self) -> str:
        """Scheme, host and port as they are said in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}{'' if self.port == usual else f':{self.port}'}"

    @property
    def url(self) -> str:
        """All of it; what is behind `#` is nobody's business but the reader's."""
        return self.origin + self.path


def read(url: str) -> Target:
    """Read an address.

    Raises:
        Invalid: it is none, or not one of http or https.
    """
    if len(url) > MAX_URL or _ODD.search(url):
        raise Invalid("That is not a URL: it is too long, or has spaces or control characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        # A zone (`%eth0`) names a network interface of this machine.
        literal = ":" in host
        name = host if literal else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        raise Invalid(f"{url[:200]} is not a URL.") from None
    if parts.scheme not in ("http", "https"):
        raise Invalid("Only http:// and https:// are fetched.")
    if not name or "%" in name or "@" in parts.netloc:
        raise Invalid("A URL names a host, and no user or password.")
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    path = quote(path, safe="/?&=%:@!$'()*+,;~-._[]")
    return Target(
        parts.scheme, name.lower(), port or {"http": 80, "https": 443}[parts.scheme], path
    )


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, whatever form it has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    inner: list[ipaddress.IPv4Address] = []
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            inner = [found.ipv4_mapped]
        elif found.sixtofour:
            inner = [found.sixtofour]
        elif found.teredo:
            inner = list(found.teredo)
        elif any(found in net for net in _NAT64) or int(found) >> 32 == 0:
            inner = [ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)]
        if found.is_site_local:
            return False
    plain = found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_unspecified or found.is_loopback
    )
    if inner and isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        return all(is_public(str(one)) for one in inner)
    return plain and all(is_public(str(one)) for one in inner)


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Ask the system for a host's addresses.

    Raises:
        NotFound: there is no such host.
        Transient: nobody could say.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
            raise NotFound(f"There is no server named {host}.") from None
        raise Transient(f"The address of {host} cannot be found now.") from None
    except UnicodeError:
        raise Invalid(f"{host[:100]} cannot be a server's name.") from None
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


class Allowed:
    """Who may be reached.

    Args:
        hosts: names that may be private.
        ports: the ports.
        resolve: who knows the addresses of a name.
    """

    def __init__(
        self, hosts: tuple[str, ...] = (), ports: tuple[int, ...] = (80, 443),
        resolve: Resolve = resolve,
    ) -> None:  # fmt: skip
        self._hosts = {host.lower().rstrip(".") for host in hosts}
        self._ports = ports
        self._resolve = resolve

    async def addresses(self, target: Target) -> tuple[str, ...]:
        """Return what may be connected to: these, and no others that the name may have later.

        Raises:
            Forbidden: the port or an address of it is not to be reached.
            NotFound: there is no such server.
            Transient: nobody could say.
        """
        if target.port not in self._ports:
            raise Forbidden(f"Port {target.port} is not fetched from (internet.ports).")
        found = await self._resolve(target.host, target.port)
        if not found:
            raise NotFound(f"There is no server named {target.host}.")
        if target.host not in self._hosts and not all(is_public(one) for one in found):
            raise Forbidden(
                f"{target.host} is not on the public internet, and the owner has not allowed it"
                " (internet.hosts)."
            )
        return found
