"""Foreign MCP servers: two that everybody knows, and one that means harm, each in its room."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from mcp import MCPError

from gateways.machines.sandbox import ENVIRONMENT
from gateways.mcp.bounds import Ended, Flood
from gateways.mcp.client import LONGEST_RESULT, LONGEST_WORDS, Endless, Foreign, speaking
from gateways.mcp.room import PROCESSES, entered, roomed
from schemas.foreign import Reached
from tests.house.tree import ROOT
from tests.peers.programs import FOLDER, node, program

HOSTILE = ROOT / "tests/peers/hostile.py"
PYTHON = str(Path(sys.base_prefix).resolve())


def nothing() -> None:
    """Take no notice."""


def harmful(what: str) -> Reached:
    command = (str(Path(sys.executable).resolve()), str(HOSTILE), what)
    return Reached(command=command, read=(PYTHON, str(HOSTILE)))


def hostile(what: str) -> AbstractAsyncContextManager[Foreign]:
    return speaking(roomed(harmful(what)), "", "", nothing)


def peer(name: str, *arguments: str, write: tuple[str, ...] = ()) -> Reached:
    script = str(program(name))
    home = str(Path(node()).resolve().parent)
    command = (str(Path(node()).resolve()), script, *arguments)
    return Reached(command=command, read=(home, str(FOLDER)), write=write)


async def test_a_server_that_everybody_knows() -> None:
    reached = peer("mcp-server-everything", "stdio")
    async with speaking(roomed(reached), "", "", nothing) as foreign:
        tools = {one.name for one in await foreign.tools()}
        found = await foreign.call("echo", {"message": "hello there"})
    assert "echo" in tools
    assert found.ok
    assert "hello there" in found.text


async def test_files_of_the_folder_it_was_given_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.txt").write_text("the words of a")
    (tmp_path / "other.txt").write_text("not for you")
    folder = str(tmp_path / "mine")
    reached = peer("mcp-server-filesystem", folder, write=(folder,))
    async with speaking(roomed(reached), "", "", nothing) as foreign:
        read = await foreign.call("read_text_file", {"path": f"{folder}/a.txt"})
        wrote = await foreign.call("write_file", {"path": f"{folder}/b.txt", "content": "b"})
        other = await foreign.call("read_text_file", {"path": str(tmp_path / "other.txt")})
    assert "the words of a" in read.text
    assert wrote.ok
    assert (tmp_path / "mine/b.txt").read_text() == "b"
    assert not other.ok
    assert "not for you" not in other.text


async def test_it_sees_neither_our_environment_nor_our_files() -> None:
    witness = ROOT / "pyproject.toml"
    async with hostile("looks") as foreign:
        found = json.loads((await foreign.call("do", {"text": str(witness)})).text)
        script = json.loads((await foreign.call("do", {"text": str(HOSTILE)})).text)
    assert not found["there"]
    assert script["there"], "it would see what is there"
    assert set(found["names"]) <= {*ENVIRONMENT, "PWD", "SHLVL", "_", "LC_CTYPE"}


async def test_one_that_breeds_has_an_end() -> None:
    with entered(harmful("breeds")) as command:
        async with speaking(command, "", "", nothing) as foreign:
            made = int((await foreign.call("do", {})).text)
    assert PROCESSES // 2 < made < PROCESSES + 3


async def test_what_it_says_is_cut() -> None:
    async with hostile("huge") as foreign:
        (tool,) = await foreign.tools()
        found = await foreign.call("do", {})
    assert (tool.name, len(tool.description)) == ("do", LONGEST_WORDS)
    assert len(found.text) < LONGEST_RESULT + 100


@pytest.mark.parametrize("what", ["endless", "many"])
async def test_a_list_without_an_end_is_none(what: str) -> None:
    async with hostile(what) as foreign:
        with pytest.raises(Endless):
            await foreign.tools()


@pytest.mark.parametrize(
    ("what", "why"), [("floods", "messages within"), ("no-line", "bytes in one message")]
)
async def test_one_that_floods_ends_the_call_and_nothing_else(what: str, why: str) -> None:
    async with asyncio.timeout(60):
        with pytest.raises(Flood, match=why):
            async with hostile(what) as foreign:
                await foreign.call("do", {})


async def test_one_that_dies_ends_the_call_and_nothing_else() -> None:
    async with asyncio.timeout(60):
        with pytest.raises(Ended, match="It ended with status 1, without a word"):
            async with hostile("dies") as foreign:
                await foreign.call("do", {})


async def test_one_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateways.mcp.client.ANSWER_SECONDS", 1.0)
    async with asyncio.timeout(30):
        with pytest.raises((MCPError, TimeoutError, ExceptionGroup)):
            async with hostile("mute") as foreign:
                await foreign.tools()
