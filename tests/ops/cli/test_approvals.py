"""Deciding at the terminal: by command, and where the question arises."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ops.chaos import witness
from ops.chaos.system import System
from ops.chaos.waiting import soon
from streams.approvals import Requests
from streams.cards import shown
from tests.chaos.load import witnessed
from tests.ops.cli.conftest import Nexus
from tests.ops.cli.test_terminal import Seat

ASK, DANGER = "calls witness_ask", "calls witness_danger"


@pytest.fixture
async def one() -> AsyncIterator[System]:
    """A server with tools that need a yes."""
    async with witnessed() as found:
        yield found


def effects(one: System) -> int:
    return sum(witness.effects(one.root / "book").values())


async def waits(one: System) -> str:
    """Wait for a request; return its id."""

    async def there() -> Any:
        return await Requests(one.redis, "terminal").pending("owner")

    (request,) = await soon(there, 60)
    return str(request.id)


async def test_by_command(one: System) -> None:
    nexus = Nexus(one.root)

    async def run(*words: str) -> Any:
        return await asyncio.to_thread(nexus, *words)

    asking = asyncio.create_task(run("ask", ASK))
    name = await waits(one)
    listed = await run("approvals")
    assert name in listed.stdout
    assert "ORANGE" in listed.stdout
    (found,) = json.loads((await run("approvals", "--json")).stdout)
    assert (found["id"], found["tool"], found["state"]) == (name, "witness_ask", "pending")
    shown = await run("approvals", "show", name[:6])
    for words in ("ORANGE: may this run?", "witness_ask", "the model says", "Let me see.", name):
        assert words in shown.stdout
    said = await run("approvals", "approve", name[:6])
    assert (said.returncode, said.stdout) == (0, "Approved; it goes on.\n"), said.stderr
    ended = await asking
    assert "Done with" in ended.stdout
    assert f"nexus approvals show {name}" in ended.stderr
    assert effects(one) == 1
    late = await run("approvals", "deny", name)
    assert late.returncode == 1
    assert "This was approved already by owner." in late.stderr
    missing = await run("approvals", "show", "nowhere")
    assert (missing.returncode, "There is no request nowhere" in missing.stderr) == (1, True)

    # RED: the terminal's own code opens nothing here; the page's does.
    asking = asyncio.create_task(run("ask", DANGER))
    name = await waits(one)
    bare = await run("approvals", "approve", name)
    assert bare.returncode == 1
    assert "the code that is shown in another place" in bare.stderr
    card = await Requests(one.redis, "web").card(name)
    assert card is not None
    own = json.loads((await run("approvals", "show", name, "--json")).stdout)["code"]
    assert (await run("approvals", "approve", name, "--code", own)).returncode == 1
    said = await run("approvals", "approve", name, "--code", card[1])
    assert said.returncode == 0, said.stderr
    await asking
    assert effects(one) == 2


async def test_where_the_question_arises(one: System) -> None:
    def talk() -> str:
        with Seat(Nexus(one.root), "ask", ASK) as seat:
            seat.until("Type yes or no: ")
            seat.type("perhaps\n")
            seat.until("Type yes or no: ")
            seat.type("yes\n")
            return seat.until("Done with")

    seen = await asyncio.to_thread(talk)
    assert "Approved; it goes on." in seen
    assert effects(one) == 1


async def test_nothing_is_decided_by_silence(one: System) -> None:
    def talk() -> str:
        with Seat(Nexus(one.root), "ask", ASK) as seat:
            seat.until("Type yes or no: ")
            seat.type("\n")
            seat.until("Type yes or no: ")
            seat.type("no\n")
            return seat.until("Done with")

    assert "Denied; it does not run." in await asyncio.to_thread(talk)
    assert effects(one) == 0


async def test_a_call_says_what_it_waits_for(one: System) -> None:
    """And goes on without whoever does not wait."""
    nexus = Nexus(one.root)

    async def run(*words: str) -> Any:
        return await asyncio.to_thread(nexus, *words)

    left = await run("tools", "run", "witness_ask", "note=a", "--json", "--no-wait")
    assert left.returncode == 4, left.stderr
    going = json.loads(left.stdout)
    name = await waits(one)
    assert (going["state"], going["approval"], going["tier"]) == ("awaiting", name, "ORANGE")
    assert going["command"].startswith("witness_ask")
    code = shown(json.loads((await run("approvals", "show", name, "--json")).stdout)["code"])
    assert f"`nexus approvals approve {code}`, or deny" in left.stderr
    assert f"nexus approvals show {name}" in left.stderr
    said = await run("approvals", "approve", code.lower())
    assert (said.returncode, said.stdout) == (0, "Approved; it goes on.\n"), said.stderr

    late = await run("tools", "run", "witness_ask", "note=b", "--timeout", "5")
    assert late.returncode == 4
    assert (late.stdout, "still waits" in late.stderr) == ("", True)
    assert (await run("approvals", "deny", await waits(one))).returncode == 0

    waiting = asyncio.create_task(run("tools", "run", "witness_danger", "note=c", "--json"))
    name = await waits(one)
    await run("approvals", "deny", name)
    ended = await waiting
    assert (ended.returncode, json.loads(ended.stdout)["tier"]) == (1, "RED")
    assert "--code CODE (which the page shows)" in ended.stderr
    assert effects(one) == 1
