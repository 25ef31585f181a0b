"""Plans that the tests of the supervisor run, and waiting for what comes of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ops import servers
from ops.plan import Child, Plan
from streams.embedded import Pair
from streams.settings import StreamsSettings

PYTHON = sys.executable


SLEEP = ("/bin/sleep", "1000")


def plan_of(state: Path, *children: Child, **more: Any) -> Plan:
    sockets = state / "run"
    sockets.mkdir(mode=0o700, exist_ok=True)
    return Plan(state, sockets, children, **more)


def redis_children(state: Path) -> tuple[Pair, tuple[Child, ...]]:
    pair = servers.private_servers(state, StreamsSettings())
    return pair, servers.children(state, pair)
