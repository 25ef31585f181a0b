"""What a private Redis server is: its configuration, its socket, its command line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from schemas.errors import Refused

MEGABYTE = 1 << 20
SOCKET_LIMIT = 107
"""Longest path of a unix socket on Linux, in bytes."""


class Unfit(Refused):
    """A Redis server, or the place for one, that cannot keep the promises."""

    code = "unfit"


@dataclass(frozen=True)
class Engine:
    """A Redis program that was found and starts.

    Attributes:
        binary: the server program.
        version: as (major, minor, patch).
        modules: the query engine's modules; empty means the memory feature is off.
    """

    binary: Path
    version: tuple[int, int, int]
    modules: tuple[Path, ...] = ()

    @property
    def can_search(self) -> bool:
        """Whether the query engine comes with it."""
        return bool(self.modules)


@dataclass(frozen=True)
class ServerSpec:
    """One private server, described and not yet running.

    Attributes:
        name: which of the two.
        engine: the program to run.
        socket: the unix socket it listens on, its only door.
        data: its working folder.
        config: the configuration file that `prepare` writes.
        acl: the aclfile that `prepare` writes.
        lines: the configuration, one directive each.
        users: the aclfile's text.
    """

    name: Literal["durable", "live"]
    engine: Engine
    socket: Path
    data: Path
    config: Path
    acl: Path
    lines: tuple[str, ...]
    users: str

    @property
    def argv(self) -> tuple[str, ...]:
        """The command line that runs it in the foreground, logging to standard output."""
        return (str(self.engine.binary), str(self.config))

    def url(self, role: str, password: str) -> str:
        """Return the address at which `role` reaches this server."""
        return f"unix://{quote(role)}:{quote(password)}@{self.socket}"

    def prepare(self) -> None:
        """Write what the server reads at its start: folders (0700), configuration and users (0600).

        Raises:
            Unfit: the socket's path is longer than 107 bytes.
        """
        length = len(os.fsencode(self.socket))
        if length > SOCKET_LIMIT:
            raise Unfit(
                f"The Redis socket path {self.socket} has {length} bytes, and Linux allows"
                f" {SOCKET_LIMIT}."
            )
        for folder in (self.data, self.config.parent, self.acl.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(self.config, "\n".join(self.lines) + "\n")
        _write_private(self.acl, self.users)
        # A killed server leaves its socket behind; whoever holds the state folder's lock knows
        # that nobody listens there any more.
        self.socket.unlink(missing_ok=True)


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _common(socket: Path, data: Path, acl: Path, maxmemory: int) -> list[str]:
    return [
        "port 0",
        f"unixsocket {_quoted(socket)}",
        "unixsocketperm 700",
        "daemonize no",
        'logfile ""',
        "loglevel notice",
        "always-show-logo no",
        f"dir {_quoted(data)}",
        f"aclfile {_quoted(acl)}",
        "databases 1",
        'save ""',
        f"maxmemory {maxmemory}",
        "maxclients 1000",
        # Its clock ticks 5 times a second, not 10: half the work at rest, and a blocked read
        # still ends within 0.2 s of its time.
        "hz 5",
        "enable-debug-command no",
        "enable-protected-configs no",
        # A thread and a memory test after a crash would only delay the restart.
        "crash-memcheck-enabled no",
        "shutdown-timeout 0",
    ]


def durable(
    engine: Engine,
    *,
    socket: Path,
    state: Path,
    users: str,
    maxmemory: int = 256 * MEGABYTE,
    fsync: Literal["always", "everysec"] = "always",
) -> ServerSpec:
    """Describe the server that must not lose an acknowledged write.

    Args:
        engine: the program; its modules are loaded.
        socket: where it listens.
        state: the `redis` folder inside the state folder.
        users: the aclfile's text.
        maxmemory: bytes after which new work is refused.
        fsync: `everysec` trades the last second of a power cut for speed.
    """
    data, acl = state / "durable", state / "durable.acl"
    lines = [
        *_common(socket, data, acl, maxmemory),
        "maxmemory-policy noeviction",
        # Nothing of ours comes near it; what anybody may write is read into a worker's memory.
        "proto-max-bulk-len 4mb",
        "appendonly yes",
        'appendfilename "journal.aof"',
        'appenddirname "aof"',
        f"appendfsync {fsync}",
        "no-appendfsync-on-rewrite no",
        "aof-use-rdb-preamble yes",
        # A power cut may cut the last entry short: it was never acknowledged.
        "aof-load-truncated yes",
        "auto-aof-rewrite-percentage 100",
        "auto-aof-rewrite-min-size 64mb",
        *(f"loadmodule {_quoted(module)}" for module in engine.modules),
    ]
    return ServerSpec(
        "durable", engine, socket, data, state / "durable.conf", acl, tuple(lines), users
    )


def live(
    engine: Engine,
    *,
    socket: Path,
    state: Path,
    users: str,
    maxmemory: int = 64 * MEGABYTE,
) -> ServerSpec:
    """Describe the server for what may be lost: tokens, progress, rate limits.

    Args:
        engine: the program; no module is loaded.
        socket: where it listens.
        state: the `redis` folder inside the state folder.
        users: the aclfile's text.
        maxmemory: bytes after which the least used keys go.
    """
    data, acl = state / "live", state / "live.acl"
    lines = [
        *_common(socket, data, acl, maxmemory),
        "maxmemory-policy allkeys-lru",
        "appendonly no",
    ]
    return ServerSpec("live", engine, socket, data, state / "live.conf", acl, tuple(lines), users)
