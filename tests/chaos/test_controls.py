"""Negative controls: builds that break one promise each, and the checker is red for every one."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ops.addresses import url
from ops.chaos.report import Report
from ops.chaos.service import Wish, run
from ops.chaos.system import System, system
from ops.chaos.waiting import soon
from schemas.base import new_id
from schemas.chat import Received
from streams import keys
from streams.store import connect
from tests.chaos.broken import (
    acknowledged_first,
    bounded,
    crossed,
    hasty,
    library,
    unassured,
    unbooked,
    unowned,
)
from tests.chaos.load import WORKER, Load, Says, finished
from tests.chaos.test_fences import SHORT, overtaken

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]


async def small(**more: Any) -> Report:
    """Run a few turns, each with one call, and no kills unless wished."""
    wish: dict[str, Any] = {
        "turns": 12, "seed": 5, "kill": (), "rate": 50.0, "text": "calls witness_mark",
        "steady": True, "copies": 1, "patience": 6.0,
    }  # fmt: skip
    return await run(Wish(**{**wish, **more}))


async def test_a_sound_build_is_green(says: Says) -> None:
    report = await small(prepare=forge)
    says(f"sound, with a forged message: {report.broken}")
    assert report.broken == {}
    assert report.void, "nobody was killed, so nothing is shown"


async def test_acknowledged_before_it_is_published(says: Says) -> None:
    report = await small(prepare=library(acknowledged_first))
    says(f"negative control, XACK before an XADD that fails: {report.broken}")
    assert report.lost


async def test_trimmed_by_length(says: Says) -> None:
    report = await small(prepare=library(bounded))
    says(f"negative control, MAXLEN: {report.broken}")
    assert report.lost


async def test_answers_that_go_astray(says: Says) -> None:
    report = await small(text="turn #", prepare=library(crossed))
    says(f"negative control, each is told the answer to another: {report.broken}")
    assert report.broken["astray"] >= 10
    assert set(report.broken) == {"astray"}, "nothing else sees it"


async def test_a_fence_that_does_not_ask_for_the_owner(says: Says) -> None:
    """A stopped process wakes up with a refusal, while the new owner is about to answer."""
    async with system(copies=2, module=WORKER, streams=SHORT) as one:
        await library(unowned)(one)
        verdict, read = await overtaken(one)
        says(f"negative control, no owner in the fence: {verdict}, {read}")
    # Whether the letter is filed depends on who is first, the clerk or the owner's commit.
    assert len(read) == 1
    assert "I stood still" in read[0], "who was overtaken has ended the turn"


async def test_effects_that_are_begun_again(says: Says) -> None:
    dying: dict[str, Any] = {"crash": "tool.after_effect", "patience": 60.0}
    report = await small(turns=1, prepare=library(unbooked), **dying)
    says(f"negative control, a ledger that forgets: {report.broken}")
    assert report.effects_max == 2
    assert report.broken["effects_max"] == 2


# What a person is asked -----------------------------------------------------------------------


async def asking(tool: str, **more: Any) -> Report:
    """Run a few turns, each with a question to a person."""
    words = {"streams": {"approval_seconds": 3.0, "approval_red_seconds": 3.0}}
    return await small(text=f"calls {tool}", words=words, **more)


async def test_a_sound_build_does_what_a_person_says(says: Says) -> None:
    """As each seed does, without kills."""
    report = await asking("witness_ask witness_danger", rate=8.0)
    says(f"sound, with a person: {report.row()}")
    assert report.broken == {}
    assert report.asked == 24 == report.approved + report.refused + report.expired
    assert report.approved == sum(report.effects.values()) > 0
    assert report.refused > 0


async def test_decisions_that_count_again(says: Says) -> None:
    report = await asking("witness_ask", prepare=library(hasty))
    says(f"negative control, a question is decided as often as one likes: {report.broken}")
    assert report.broken["decided_twice"]


async def test_a_yes_of_one_place_to_what_is_red(says: Says) -> None:
    report = await asking("witness_danger", prepare=library(unassured), seed=82)
    says(f"negative control, no step-up: {report.broken}")
    assert report.broken["unpressed"]


async def test_a_tool_that_asks_nobody(says: Says) -> None:
    report = await asking("witness_ask", module="tests.chaos.unasked")
    says(f"negative control, a tool that should ask and does not: {report.broken}")
    assert report.broken["unwanted"] == 12
    assert report.asked == 0


async def forge(one: System) -> None:
    """Write a message as somebody who may only knock, and claim to be the owner."""
    name = new_id()
    message = Received(
        id=name, trace=name, session="s0", person="owner", channel="terminal", chat="s0",
        text="calls witness_mark",
    )  # fmt: skip
    producer = connect(url(one.settings, "durable", "producer"))
    await producer.xadd(keys.topic("inbox"), {"data": message.model_dump_json()})
    await producer.aclose()


async def test_signatures_that_are_not_checked(says: Says) -> None:
    report = await small(prepare=forge, module="tests.chaos.gullible")
    says(f"negative control, no signature is checked: {report.broken}")
    assert report.broken["unasked"] == 1


async def test_a_log_that_lost_its_last_second(says: Says) -> None:
    """A power cut under `everysec`, as the file that it leaves: the last writes are not there."""
    async with system(streams={"durability": "everysec", "drain_seconds": 1.0}) as one:
        load = Load(one, 5)
        await asyncio.gather(*(load.say(f"s{n}", "what time is it?") for n in range(20)))
        pid = await soon(lambda: one.pid("durable"))
        os.kill(pid, signal.SIGSTOP)
        cut(one.root, 5_000)
        os.kill(pid, signal.SIGKILL)
        await soon(lambda: one.pid("durable") != pid)
        verdict = await finished(one, load, 6)
        says(f"negative control, everysec and a power cut: {verdict}")
    assert verdict.lost


def cut(root: Path, size: int) -> None:
    """Take the end off the file in which Redis writes what it did."""
    files = list(root.rglob("*.incr.aof"))
    assert files, "the append-only file is somewhere"
    newest = max(files, key=lambda path: path.stat().st_size)
    os.truncate(newest, max(0, newest.stat().st_size - size))
