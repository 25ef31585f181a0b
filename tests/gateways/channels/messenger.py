"""The real process of the messengers in a test, with the servers of the vendors in their place."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ops import secrets
from ops.channels.kinds import KINDS
from ops.keyring import gateway
from ops.settings import Settings
from ops.users.book import opened
from ops.users.known import Identity
from ops.users.rows import Person
from schemas.channels import ChannelState
from schemas.errors import Conflict
from schemas.people import Role
from streams.channels import States
from streams.sign import Gateway
from tests.gateways.channels.peer import LONG, Peer
from tests.house.tree import ROOT
from tests.ready import Begun, ready
from tests.stand import QUICK, Stand, soon

LOADED = (
    "ops.channels.__main__", "tests.gateways.channels.wire",
    *(f"gateways.channels.{name}" for name in ("discord", "email", "telegram_hook", "whatsapp")),
    *("aiosmtplib", "discord", "httpx2", "imapclient", "justhtml", "telegram.request", "yarl"),
)  # fmt: skip
"""What the process loads, at once or when a messenger begins."""


class Messengers:
    """The process of the messengers, with a state folder of its own.

    Args:
        stand: both servers.
        root: the state folder.
        peers: the vendors' servers.
    """

    def __init__(self, stand: Stand, root: Path, *peers: Peer) -> None:
        self.stand, self.root, self.peers = stand, root, peers
        self.settings = Settings(root=root)
        self._process: Begun | None = None
        ours = tuple(field for kind in KINDS.values() for field in kind.fields)
        self._env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("NEXUS_", *ours))},
            "PYTHONPATH": str(ROOT),
            "NEXUS_STREAMS__SOCKETS": str(stand.servers.pair.durable.socket.parent),
            **{
                f"NEXUS_STREAMS__{name.upper()}": str(getattr(QUICK, name))
                for name in ("lease_seconds", "beat_seconds", "reclaim_seconds", "backoff_seconds")
            },
        }
        for peer in peers:
            self._env |= peer.environment
        for role in ("channels", "desk"):
            file = secrets.redis_file(root, role)
            secrets.replace(file, stand.servers.passwords[role].encode())

    @property
    def gateways(self) -> tuple[Gateway, ...]:
        """The keys that this process signs with, in the order of the peers."""
        return tuple(gateway(self.settings, f"channel-{one.name}") for one in self.peers)

    async def know(self) -> None:
        """Let the owner and a member be known by their ids."""
        for peer in self.peers:
            people: tuple[tuple[str, str, Role], ...] = (
                (peer.owner, "owner", "owner"), (peer.member, "anna", "member"),
            )  # fmt: skip
            for who, name, role in people:
                async with opened(self.settings) as book:
                    with suppress(Conflict):
                        await book.add(Person(name, name, role, "no password fits this"))
                    await book.known.add(Identity(peer.name, who, "Somebody", name))

    async def start(self, **environment: str) -> None:
        """Start it."""
        env = {k: v for k, v in {**self._env, **environment}.items() if v}
        words = ("-m", "ops.channels", f"--root={self.root}")
        self._process = await ready(*LOADED).begin(*words, env=env)

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        """End it; return how it ended."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await self._process.wait()

    async def state(self, true: Callable[[ChannelState], bool], name: str = "") -> ChannelState:
        """Wait until a channel, the first unless named, says that it is so."""
        states = States(self.stand.redis.execute_command)

        async def there() -> ChannelState | None:
            found = await states.of(name or self.peers[0].name)
            return found if true(found) else None

        found: ChannelState = await soon(there, LONG)
        return found


@asynccontextmanager
async def messengers(stand: Stand, root: Path, *peers: Peer) -> AsyncIterator[Messengers]:
    """Give the process, not yet started; it is gone at the end of the block."""
    found = Messengers(stand, root, *peers)
    await found.know()
    for peer in peers:
        await peer.meet(stand.servers.pair.durable.socket.parent)
    try:
        yield found
    finally:
        if found._process is not None:
            await found.kill(signal.SIGTERM)
