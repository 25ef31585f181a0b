"""Telegram beside a browser: the wire-level server in a process of its own, and what people do."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.house.tree import ROOT
from tests.ops.cli.conftest import wait_for

TOKEN = "777:right-token"
ACCOUNT = "nexus_bot"


class Telegram:
    """What people see and do there.

    Args:
        port: where the wire-level server listens.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._ids = itertools.count(1_000)

    def answers(self) -> bool:
        """Whether it is there already."""
        try:
            return httpx.get(f"{self.url}/wire", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def do(self, do: str, **more: Any) -> None:
        """Have the server do something."""
        httpx.post(f"{self.url}/wire", json={"do": do, **more}, trust_env=False).raise_for_status()

    def say(self, text: str, who: int, name: str) -> None:
        """Let somebody write to the bot."""
        number = next(self._ids)
        message = {
            "message_id": number, "date": 1_700_000_000, "text": text,
            "from": {"id": who, "is_bot": False, "first_name": name},
            "chat": {"id": who, "type": "private"},
        }  # fmt: skip
        self.do("update", updates=[{"update_id": number, "message": message}])

    def told(self, who: int) -> list[str]:
        """Return what somebody was told."""
        log: list[dict[str, Any]] = httpx.get(f"{self.url}/wire", trust_env=False).json()
        return [one["text"] for one in log if one["did"] == "sent" and one["chat"] == str(who)]


@contextmanager
def telegram() -> Iterator[Telegram]:
    """Run the server until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        found = Telegram(door.getsockname()[1])
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.gateways.channels.telegram_wire", str(door.fileno())],
            cwd=ROOT, pass_fds=[door.fileno()],
        )  # fmt: skip
    try:
        wait_for(found.answers)
        yield found
    finally:
        process.kill()
        process.wait()
