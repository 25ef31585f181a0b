"""The protocol's own conformance suite against the web door; what does not apply says why."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

import pytest
import yaml
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.peers.programs import PATH, node, program
from tests.stand import Stand
from tests.web.house import OWNER, free_port, house
from tests.web.mcp_tools import TOOLS
from web.app import app
from web.auth import Gate
from web.guard import Site
from web.listener import Listener

BASELINE = Path(__file__).with_name("mcp_baseline.yaml")
DATED = re.compile(r"-\d{4}-\d\d-\d\dT.*")
"""What the suite puts behind a scenario's name: when it was run."""


def keyed(served: ASGIApp) -> ASGIApp:
    """Return the door with the owner's key in every request: the suite has none to give."""

    async def with_key(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [*scope["headers"], (b"x-api-key", OWNER.encode())]
        await served({**scope, "headers": headers}, receive, send)

    return with_key


async def test_every_scenario_passes_or_says_why_not(stand: Stand, tmp_path: Path) -> None:
    ending, port = asyncio.Event(), free_port()
    async with house(stand, tmp_path / "root", tools=TOOLS) as home:
        served = app(home.modules.endpoints, Gate(home.known, Site()), Site(), ending)
        listener = Listener("127.0.0.1", port, keyed(served), ending)
        await listener.start()
        try:
            results = await conformance(f"http://127.0.0.1:{port}/mcp", tmp_path)
        finally:
            await listener.stop()
    reasons = yaml.safe_load(BASELINE.read_text())["reasons"]
    failed = {name: faults for name, faults in results.items() if faults}
    passed = results.keys() - failed.keys()
    assert failed.keys() == reasons.keys(), json.dumps(failed, indent=1)
    assert {"server-initialize", "tools-list", "tools-call-with-progress", "ping"} <= passed
    assert {"dns-rebinding-protection", "server-sse-multiple-streams"} <= passed


async def conformance(url: str, folder: Path) -> dict[str, list[str]]:
    """Run the suite; return what failed in each scenario."""
    running = await asyncio.create_subprocess_exec(
        *(node(), str(program("conformance")), "server", "--url", url, "--suite", "all"),
        *("--output-dir", str(folder / "results")),
        env={**os.environ, "PATH": PATH, "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    found: dict[str, list[str]] = {}
    for path in (folder / "results").rglob("checks.json"):
        checks = json.loads(path.read_text())
        name = DATED.sub("", path.parent.name).removeprefix("server-")
        wrong = [one for one in checks if one["status"] == "FAILURE"]
        found[name] = [one.get("errorMessage") or one["name"] for one in wrong]
    assert found, said.decode()
    return found


pytestmark = pytest.mark.timeout(300)
