"""Browsers that leave and come back while workers and the live Redis die: each has it all, once."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import yaml

from ops.chaos.system import System, system
from ops.chaos.visitor import Refused, Visitor, with_key
from schemas.base import new_id
from schemas.feed import live_events
from schemas.web import Snapshot, Turn
from tests.chaos.load import Says
from tests.stand import soon
from web.fold import Board

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

SEED = int.from_bytes(os.urandom(4), "big")
SESSIONS, WATCHERS, LENGTH = 4, 2, 25.0
PIECES = 40
SAID = "".join(f"{number} " for number in range(PIECES))
BROKEN = (OSError, Refused, asyncio.IncompleteReadError)


def script(folder: Path) -> str:
    """Write a script: a tool call, then an answer in many pieces; return the model's name."""
    steps = [
        {"text": "Let me look.", "calls": [{"tool": "time_now"}], "delay": 0.1},
        {"text": [f"{number} " for number in range(PIECES)], "pause": 0.03},
    ]
    path = folder / "script.yaml"
    path.write_text(yaml.safe_dump(steps))
    return f"scripted:{path}"


class Browser:
    """Watches one conversation, on and off, and shows it by the rule of the web door.

    Attributes:
        visits: how often it came.
        resumed: how often it went on without a snapshot.
        board: what it shows.
        wrong: text that was glued from halves.
    """

    def __init__(self, visitor: Visitor, session: str, seed: str) -> None:
        self.visits = self.resumed = self.snapshots = 0
        self.board = Board(session)
        self.wrong: list[str] = []
        self._visitor = visitor
        self.session = session
        self._chance = random.Random(seed)
        self._cursor = ""

    async def run(self) -> None:
        """Come and go until cancelled."""
        while True:
            with suppress(*BROKEN, TimeoutError):
                async with asyncio.timeout(self._chance.uniform(0.2, 3.0)):
                    await self._look()
            await asyncio.sleep(self._chance.uniform(0.0, 0.5))

    async def stay(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(*BROKEN):
                await self._look()
            await asyncio.sleep(0.1)

    async def _look(self) -> None:
        async with self._visitor.following(self.session, self._cursor) as events:
            self.visits += 1
            begun = False
            async for event in events:
                if not begun:
                    self.resumed += event.name != "snapshot"
                    begun = True
                self._show(event.name, event.data)
                self._cursor = event.id or self._cursor

    def _show(self, name: str, data: bytes) -> None:
        match name:
            case "snapshot":
                self.snapshots += 1
                found = Snapshot.model_validate_json(data)
                self.board = Board(found.session, found.turns)
            case "turn":
                self.board.replace(Turn.model_validate_json(data))
            case _:
                self.board.apply(live_events.validate_json(data))
        for turn in self.board.turns:
            for step in turn.steps:
                if not any(whole.startswith(step.text) for whole in ("Let me look.", SAID)):
                    self.wrong.append(f"{name}: {turn.id}/{step.step}: {step.text!r}")


async def say(visitor: Visitor, session: str | None, text: str) -> str:
    """Say something until it is accepted; return the conversation."""
    key = new_id()
    body = {"text": text, **({"session": session} if session else {})}
    async with asyncio.timeout(60):
        while True:
            with suppress(*BROKEN):
                said = await visitor.ask("POST", "/api/chat", body, **{"Idempotency-Key": key})
                return str(said["session"])
            await asyncio.sleep(0.1)


async def stored(visitor: Visitor, session: str) -> list[Turn]:
    """The turns as they are stored, oldest first."""
    async with asyncio.timeout(60):
        while True:
            with suppress(*BROKEN):
                page = await visitor.ask("GET", f"/api/sessions/{session}/turns?limit=100")
                break
            await asyncio.sleep(0.1)
    return [Turn.model_validate_json(json.dumps(one)) for one in reversed(page["turns"])]


def texts(turns: list[Turn]) -> list[tuple[str, str, list[str]]]:
    """What is read in these turns."""
    return [
        (turn.id, turn.answer.text if turn.answer else "", [step.text for step in turn.steps])
        for turn in turns
    ]


async def test_every_browser_shows_what_is_stored(says: Says, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    models = {"flash": script(tmp_path)}
    async with system(copies=2, models=models) as one:
        visitor = await with_key(one.settings)
        speaker = Visitor(one.settings.http.port, visitor.headers)
        sessions = [await say(speaker, None, f"begin {n}") for n in range(SESSIONS)]
        browsers = [
            Browser(visitor, session, f"{SEED} {session} {n}")
            for session in sessions
            for n in range(WATCHERS)
        ]
        tasks = [asyncio.create_task(browser.run()) for browser in browsers]
        talk = [asyncio.create_task(talking(one, visitor, session)) for session in sessions]
        kills = await kill(one, chance)
        for task in talk:
            task.cancel()
        await asyncio.gather(*talk, return_exceptions=True)
        await soon(lambda: at_rest(one), 60)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        staying = [asyncio.create_task(browser.stay()) for browser in browsers]
        turns = {session: await stored(speaker, session) for session in sessions}
        for browser in browsers:
            await soon(partial(shows, browser, turns[browser.session]), 30)
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)
        count = sum(map(len, turns.values()))
        says(
            f"seed={SEED} kills={kills} turns={count}"
            f" visits={sum(b.visits for b in browsers)}"
            f" resumed={sum(b.resumed for b in browsers)}"
            f" snapshots={sum(b.snapshots for b in browsers)}"
        )
    assert [wrong for browser in browsers for wrong in browser.wrong] == []
    assert kills["live"] > 0
    assert kills["core"] + kills["core-2"] > 0
    assert sum(browser.resumed for browser in browsers) > 5
    for session in sessions:
        for turn in turns[session]:
            assert turn.answer is not None
            assert turn.answer.text == SAID, turn.answer


def shows(browser: Browser, turns: list[Turn]) -> bool:
    """Whether a browser shows the last turns as they are stored."""
    return texts(list(browser.board.turns))[-10:] == texts(turns)[-10:]


async def talking(one: System, visitor: Visitor, session: str) -> None:
    """Say something again and again until cancelled."""
    speaker = Visitor(one.settings.http.port, visitor.headers)
    while True:
        await say(speaker, session, "go on")
        await asyncio.sleep(1.5)


async def kill(one: System, chance: random.Random) -> dict[str, int]:
    """Kill one process after the other for a while."""
    kills = {"core": 0, "core-2": 0, "live": 0}
    began = time.monotonic()
    while time.monotonic() - began < LENGTH:
        await asyncio.sleep(chance.uniform(1.0, 3.0))
        name = min(kills, key=lambda n: (kills[n] > 0, chance.random()))
        if one.pid(name) is not None:
            await one.kill(name)
            kills[name] += 1
    return kills


async def at_rest(one: System) -> bool:
    """Whether every turn is over and every process is back."""
    there = all(one.pid(name) is not None for name in ("core", "core-2", "live"))
    return there and not await one.running()
