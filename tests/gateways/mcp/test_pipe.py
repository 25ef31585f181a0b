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

from gateways.mcp.bounds import Ended, Flood
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


def nobody(_: Flood | Ended) -> None:
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


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("print(1)", "It ended with status 0, without a word."),
        ("import sys; sys.exit('no key')", "It ended with status 1; its last words: no key"),
        ("import os; os.kill(os.getpid(), 9)", "It was ended by signal 9, without a word."),
        ("import none", "last words: Traceback (most recent call last): / ModuleNotFoundError: "),
        ("import sys; sys.exit('secret' + 's' * 600 + ' the end')", "last words: … the end"),
    ],
)
async def test_the_line_of_one_that_goes_ends_with_its_last_words(program: str, why: str) -> None:
    cut = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(30), started(words(program), {}, cut.set_result) as (heard, _):
        with pytest.raises(anyio.EndOfStream):
            await heard.receive()
        assert why in str(await cut)


async def test_one_that_cannot_be_started_says_so(tmp_path: Path) -> None:
    nothing = str(tmp_path / "nothing")
    with pytest.raises(Ended, match=r"nothing cannot be started: No such file"):
        async with started((nothing,), {}, nobody):
            pass


async def test_one_that_says_much_beside_the_line_still_speaks() -> None:
    program = f"import sys\nsys.stderr.write('x' * 300_000)\n{ECHO}"
    async with asyncio.timeout(30), started(words(program), {}, nobody) as (heard, said):
        await said.send(note("hello"))
        assert (await heard.receive()).message.method == "said"


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
