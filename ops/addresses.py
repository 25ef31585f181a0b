"""Where the two Redis servers are, for each role."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ops import secrets
from ops.settings import Settings
from streams.embedded import socket_folder
from streams.roles import Server

ADMIN = "boot"
"""The role that a given address is used for as it stands; from it the others get theirs."""


def url(settings: Settings, server: Server, role: str) -> str:
    """Return the address of a server for a role, password included.

    A server of the owner's gets our roles at each start (see `ops.boot`), so that each process
    is there what it is on a private one; unless the owner said that it has no users.

    Args:
        settings: where `redis_url` may name a server of the owner's.
        server: the durable or the live one.
        role: who asks.
    """
    given = settings.redis_url if server == "durable" else settings.redis_live_url
    if given is None:
        sockets = settings.streams.sockets or socket_folder(settings.root)
        password = secrets.read(secrets.redis_file(settings.root, role))
        return f"unix://{role}@{sockets / server}.sock?password={password}"
    address = given.get_secret_value()
    if role == ADMIN or settings.streams.unchecked_redis:
        return address
    return as_role(address, role, secrets.read(secrets.redis_file(settings.root, role)))


def as_role(address: str, role: str, password: str) -> str:
    """Return an address with another user in it.

    Args:
        address: of any of the forms that redis-py reads.
        role: the user.
        password: its password.
    """
    parts = urlsplit(address)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "password"]
    if parts.scheme == "unix":
        query = urlencode([*kept, ("password", password)])
        return f"unix://{role}@{parts.path}?{query}"
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{role}:{quote(password, safe='')}@{place}"
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(kept), ""))


def door(settings: Settings) -> str:
    """Return where the durable server is without anybody's credentials, for the supervisor.

    Returns:
        the path of a unix socket, or host:port; empty where only TLS leads there.
    """
    if settings.redis_url is None:
        sockets = settings.streams.sockets or socket_folder(settings.root)
        return str(sockets / "durable.sock")
    parts = urlsplit(settings.redis_url.get_secret_value())
    if parts.scheme == "unix":
        return parts.path
    return f"{parts.hostname}:{parts.port or 6379}" if parts.scheme == "redis" else ""
