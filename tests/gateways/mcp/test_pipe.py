"""The line to a program that is started here: messages in and out, bounded, and no remains."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification

from gateways.mcp.bounds import Flood
from gateways.mcp.pipe import started
from tests.stand import soon

ECHO = """
import json, os, sys
for line in sys.stdin:
    print("no message at all")
    print(json.dumps([1, 2]))
    names = sorted(os.environ)
    print(json.dumps({"jsonrpc": "2.0", "method": "said", "params": {"names": names}}), flush=True)
"""
STAYS = """
import os, sys, time
if os.fork():
    open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(3600)
"""


def nobody(_: Flood) -> None:
    raise AssertionError("it was cut off")


def alive(group: int) -> list[str]:
    """The processes of a group that run; one that is dead and that nobody waited for does not."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == group and state != "Z":
            found.append(path.parent.name)
    return found


def words(program: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-c", program, *arguments)


def note(text: str) -> SessionMessage:
    return SessionMessage(JSONRPCNotification(jsonrpc="2.0", method="say", params={"x": text}))


async def test_messages_go_both_ways_and_what_is_none_is_said_to_nobody() -> None:
    async with asyncio.timeout(30), started(words(ECHO), {"MINE": "1"}, nobody) as (heard, said):
        await said.send(note("hello"))
        first: Any = await heard.receive()
    assert first.message.method == "said"
    names = set(first.message.params["names"])
    assert "MINE" in names
    assert names <= {"MINE", "LC_CTYPE"}, "it has no other environment"


async def test_nothing_of_it_is_left(tmp_path: Path) -> None:
    note_of = tmp_path / "pid"
    async with started(words(STAYS, str(note_of)), {}, nobody):
        await soon(lambda: note_of.exists() and note_of.read_text(), 30)
        group = int(note_of.read_text())
        assert len(alive(group)) == 2
    await soon(lambda: not alive(group), 30)


async def test_the_line_of_one_that_goes_ends() -> None:
    async with asyncio.timeout(30), started(words("print(1)"), {}, nobody) as (heard, _):
        with pytest.raises(anyio.EndOfStream):
            await heard.receive()


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "bytes in one message"),
        (f"while True: print({json.dumps(json.dumps([1]))})", "messages within"),
    ],
)
async def test_one_that_says_too_much_is_cut_off(program: str, why: str) -> None:
    cut = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(30), started(words(program), {}, cut.set_result):
        assert why in str(await cut)
