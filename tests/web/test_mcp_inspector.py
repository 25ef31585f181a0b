"""The protocol's own inspector, as somebody's program, against the web door."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.peers.programs import PATH, node, program
from tests.web.house import OWNER, POOR, House

pytestmark = pytest.mark.timeout(240)


async def inspected(
    home: House, folder: Path, *words: str, key: str = OWNER
) -> tuple[int, dict[str, Any]]:
    """Run one method; return the status and the JSON that it printed, or said of its failure."""
    running = await asyncio.create_subprocess_exec(
        *(node(), str(program("mcp-inspector")), "--cli", f"{home.url}/mcp"),
        *("--transport", "http", "--header", f"Authorization: Bearer {key}", *words),
        env={"PATH": PATH, "HOME": str(folder), "NO_COLOR": "1"},
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, failed = await asyncio.wait_for(running.communicate(), 100)
    assert running.returncode is not None
    told = said.decode() if running.returncode == 0 else failed.decode().splitlines()[-1]
    found: dict[str, Any] = json.loads(told)
    return running.returncode, found


async def test_it_lists_and_calls_tools_and_reads(home: House, tmp_path: Path) -> None:
    status, listed = await inspected(home, tmp_path, "--method", "tools/list")
    assert status == 0, listed
    assert {"time_now", "notes_append"} <= {one["name"] for one in listed["tools"]}
    words: tuple[str, ...] = ("--tool-name", "notes_append", "--tool-arg", "text=by the inspector")
    status, called = await inspected(home, tmp_path, "--method", "tools/call", *words)
    assert status == 0, called
    assert called["structuredContent"]["tier"] == "YELLOW"
    assert "by the inspector" in (home.settings.root / "workspace/notes.md").read_text()
    address = ("--uri", "nexus://events")
    status, read = await inspected(home, tmp_path, "--method", "resources/read", *address)
    assert status == 0, read
    assert isinstance(json.loads(read["contents"][0]["text"]), list)
    status, prompts = await inspected(home, tmp_path, "--method", "prompts/list")
    assert status == 0, prompts
    assert {"health", "trouble", "find"} == {one["name"] for one in prompts["prompts"]}


async def test_without_the_right_it_is_let_in_nowhere(home: House, tmp_path: Path) -> None:
    status, failed = await inspected(home, tmp_path, "--method", "tools/list", key=POOR)
    assert status != 0
    assert failed["error"]["status"] == 403
