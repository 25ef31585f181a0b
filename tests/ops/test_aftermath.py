"""What follows when a child dies, and whose word it is that tells of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ops import aftermath
from ops.aftermath import SOLO
from ops.keyring import keyring
from ops.plan import Child, Death, Plan
from ops.runstate import boxes
from ops.settings import Settings
from schemas.desk import Happened
from streams import blackbox
from streams.blackbox import Found
from streams.voice import HOUSE, provenance


def test_what_is_told_of_a_hung_process_is_believed(tmp_path: Path) -> None:
    found = Found(7, 1, "core-1", (), (("route", "1-1"),))
    data = aftermath._happened(Death("core", 7, -9, "It stood still.", hung=True), found)
    event = Happened.model_validate_json(data)
    assert (event.type, event.data["process"]) == ("process.hung", "core")
    signature = aftermath._signed(Plan(tmp_path, tmp_path, ()), data)
    fields = {b"data": data.encode(), b"sig": signature.encode()}
    assert provenance(keyring(Settings(root=tmp_path)), fields) == (HOUSE, False)


@pytest.mark.parametrize(
    ("started", "suspects", "ready"),
    [((("route", "1-1"),), 0, True), ((("route", "1-1"),), 1, True), ((), 0, False)],
    ids=["it ran something", "that became a suspect", "it was idle"],
)
async def test_the_process_for_suspects_is_ready_when_one_may_come(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    started: tuple[tuple[str, str], ...],
    suspects: int,
    ready: bool,
) -> None:
    told: list[str] = []

    async def tell(_: Path, word: str, name: str) -> None:
        told.append(f"{word} {name}")

    async def ask(*_: object) -> list[int]:
        return [1, suspects]

    found = Found(7, 1, "core-1", (("route", "think"),), started)
    monkeypatch.setattr(blackbox, "read", lambda _: found)
    monkeypatch.setattr(aftermath, "tell", tell)
    monkeypatch.setattr(aftermath, "_ask", ask)
    # Who has suspects already waits for nothing.
    monkeypatch.setattr(aftermath, "STANDBY", 3_600 if suspects else 0)
    box = boxes(tmp_path) / "core.box"
    box.parent.mkdir()
    box.touch()
    plan = Plan(tmp_path, tmp_path, (Child(SOLO, ("true",)),), redis="r")
    await asyncio.wait_for(aftermath.after(plan, Death("core", 7, -9, "")), 30)
    assert told == ([f"start {SOLO}"] if ready else [])
    assert not box.exists()
