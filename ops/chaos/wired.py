"""A channel of the system of `nexus chaos`: people are asked there too, and press there.

It is a messenger without a vendor: what it shows is a line of a file in the state folder, and what
somebody does there comes in by its own door, as its own Redis user and signed with its own key.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateways.channels.base import Capabilities, Receive, Shown, State
from ops import secrets
from ops.addresses import url
from ops.settings import Settings
from schemas.chat import Parcel
from streams.accept import Ingress
from streams.sign import Gateway
from streams.store import connect

NAME = "wire"
GATEWAY = "channel-wire"
OWNER = "17"
"""The owner's id on the channel."""
EVERY = 3
"""One session of so many talks here, all others at the terminal."""


def here(session: str) -> bool:
    """Whether a client's session, `s` and a number, talks on this channel."""
    return int(session[1:]) % EVERY == EVERY - 1


def gateway(settings: Settings) -> Gateway:
    """Return the channel's gateway, its key made now if there is none."""
    key, *_ = secrets.gateway_keys(settings.root, GATEWAY)
    return Gateway(GATEWAY, key, frozenset({NAME}))


def ingress(settings: Settings) -> Ingress:
    """Return its door, which is not connected yet."""
    redis = connect(url(settings, "durable", "channels"))
    return Ingress(redis, gateway(settings), settings.streams)


class Wired:
    """The channel.

    Args:
        root: the state folder.
    """

    name = NAME
    can = Capabilities(buttons=True, edits=True)
    state: State = "running"

    def __init__(self, root: Path) -> None:
        self._file = root / "cards"

    async def start(self, receive: Receive) -> None:
        """Listen to nobody: who presses here comes by the door itself."""

    async def stop(self) -> None:
        """Listen no more."""

    async def deliver(self, part: Parcel) -> None:
        """Hand over a part of an answer: it is in the outbox, where the checker reads it."""

    async def show(self, card: Shown) -> None:
        """Write down a card."""
        found = asdict(card)
        line = {"id": card.view.id, "state": card.view.state} | {
            name: found[name] for name in ("token", "code")
        }
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, (json.dumps(line) + "\n").encode())
        finally:
            os.close(handle)


def card(root: Path, approval: str) -> dict[str, Any] | None:
    """Return the card of a question as it was last shown; None if it was not."""
    file = root / "cards"
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    found = [row for row in map(json.loads, lines) if row["id"] == approval]
    return found[-1] if found else None
