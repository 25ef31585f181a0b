"""Where the two Redis servers are, for each role."""

from __future__ import annotations

from ops import secrets
from ops.settings import Settings
from streams.embedded import socket_folder
from streams.roles import Server


def url(settings: Settings, server: Server, role: str) -> str:
    """Return the address of a server for a role, password included.

    A given server with a user in its address is used as that user; one without gets our roles
    (see `ops.boot`), and each process its own.

    Args:
        settings: where `redis_url` may name a server of the owner's.
        server: the durable or the live one.
        role: who asks.
    """
    given = settings.redis_url if server == "durable" else settings.redis_live_url
    if given is not None:
        return given.get_secret_value()
    sockets = settings.streams.sockets or socket_folder(settings.root)
    password = secrets.read(secrets.redis_file(settings.root, role))
    return f"unix://{role}@{sockets / server}.sock?password={password}"
