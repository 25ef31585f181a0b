"""`nexus mcp`: adding, classifying and removing foreign servers while the server runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateways.mcp.test_client import HOSTILE, PYTHON
from tests.ops.cli.conftest import Nexus, nexus, other, port, wait_for

__all__ = ["nexus", "other", "port"]


@pytest.fixture
def odd(nexus: Nexus) -> Iterator[str]:
    python = str(Path(sys.executable).resolve())
    words = ("--read", PYTHON, "--read", str(HOSTILE), "--", python, str(HOSTILE), "says")
    ran = nexus("mcp", "add", "odd", *words)
    assert ran.returncode == 0, ran.stderr
    assert f"odd: {python} {HOSTILE} says" in ran.stdout, "the whole command is shown"
    yield "odd"
    assert nexus("mcp", "remove", "odd").returncode == 0


def test_a_foreign_tool_goes_the_way_of_every_tool(nexus: Nexus, odd: str) -> None:
    wait_for(lambda: [one["state"] for one in nexus.json("mcp", "list")["servers"]] == ["up"])
    (tool,) = nexus.json("mcp", "tools", odd)["tools"]
    assert (tool["name"], tool["tier"]) == ("mcp:odd:do", "BLACK")
    shown = nexus("mcp", "tools", odd).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    call = ("tools", "run", "mcp:odd:do", "text=x")
    assert "mcp:odd:do" not in nexus("tools", "list").stdout
    blocked = nexus.json(*call, status=1)
    assert (blocked["blocked"], blocked["tier"]) == (True, "BLACK")
    assert "has not classified it" in blocked["reason"]
    assert nexus("mcp", "classify", odd, "do", "green").returncode == 1
    assert nexus.json("mcp", "classify", odd, "do", "yellow")["tier"] == "YELLOW"
    assert "mcp:odd:do" in nexus("tools", "list").stdout
    found = nexus.json(*call)
    assert (found["ok"], found["tier"]) == (True, "YELLOW")
    assert found["content"].startswith("mcp:odd:do brought back:")


def test_one_that_lacks_something_in_its_room_says_what_and_what_gives_it_more(
    nexus: Nexus,
) -> None:
    ran = nexus("mcp", "add", "room", "--", "cat", "/none")
    try:
        assert ran.returncode == 0, ran.stderr
        why = "It ended with status 1; its last words: cat: /none: No such file or directory"
        assert ran.stderr.splitlines() == [
            f"room is away: {why}",
            "  In the sandbox; folders: none; network: no.",
            "  What it lacks there: `nexus mcp remove room`, then add it with --network, --read DIR"
            " or --write DIR.",
        ]
        shown = nexus("mcp", "tools", "room", "--root", str(nexus.root))
        assert (shown.returncode, shown.stdout) == (1, "")
        assert f"`nexus --root {nexus.root} mcp remove room`" in shown.stderr
        found = nexus.json("mcp", "tools", "room", status=1)
        assert (found["state"], found["tools"]) == ("away", [])
        assert found["why"].startswith(why[:20])
        assert why in nexus("mcp", "list").stdout
    finally:
        assert nexus("mcp", "remove", "room").returncode == 0


def test_without_a_server_nobody_is_there(other: Nexus) -> None:
    assert other("init").returncode == 0
    ran = other("mcp", "add", "away", "--url", "http://127.0.0.1:9/mcp")
    assert ran.returncode == 0
    assert "BLACK" in ran.stdout
    assert ran.stderr == "away is away: LivOS is not running; `nexus up` starts it.\n"
    assert other.json("mcp", "tools", "away", status=1)["state"] == "away"


def test_what_does_not_fit_says_so(nexus: Nexus) -> None:
    neither = nexus("mcp", "add", "none")
    assert neither.returncode == 1
    assert neither.stderr == "none cannot be added; it is either a command or an address.\n"
    odd = nexus("mcp", "add", "odd", "--url", "nowhere")
    assert "odd cannot be added; --url: it has a sign, or a form, that is not" in odd.stderr
    assert nexus("mcp", "tools", "none").returncode == 1
    assert nexus("mcp", "remove", "none").returncode == 1
