"""The owner sees which rules count, whether their file fits, and what they did."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ops import event_files
from ops.event_files import KeptRules
from ops.journal.firings import Firing
from schemas.events import LastView
from streams import keys
from tests.ops.users.home import Browser, Home, running
from tests.stand import Stand

GOOD = """
- name: disk
  on: disk.full
  when: data.free < 5
  do: notify
  level: warning
  says: "{data.path} is full"
- name: door
  on: door.*
  do: run tool
  tool: time_now
  with: {zone: UTC}
"""


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A web door."""
    async with running(stand, tmp_path) as found:
        yield found


def write(home: Home, text: str) -> None:
    file = event_files.rules_file(home.settings.root)
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


async def shown(browser: Browser) -> dict[str, Any]:
    said = await browser.get("/api/events/rules")
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    return found


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_files, "FRESH", 0)


async def test_rules_are_shown_as_they_are_written(home: Home) -> None:
    owner = await home.owner()
    empty = await shown(owner)
    assert (empty["rules"], empty["faults"], empty["written"]) == ([], [], False)
    write(home, GOOD)
    disk, door = (await shown(owner))["rules"]
    assert (disk["name"], disk["on"], disk["when"], disk["do"], disk["what"], disk["level"]) == (
        "disk", "disk.full", "data.free < 5", "notify", "{data.path} is full", "warning",
    )  # fmt: skip
    assert (door["what"], door["firings"], door["fired"]) == ('time_now {"zone":"UTC"}', [], 0)
    assert [(one["last"], one["fault"]) for one in (disk, door)] == [(None, ""), (None, "")]


async def test_a_rule_whose_tool_is_not_there_says_so_and_the_others_count(home: Home) -> None:
    owner = await home.owner()
    write(home, GOOD.replace("time_now", "time_nw"))
    found = await shown(owner)
    disk, door = found["rules"]
    assert disk["fault"] == ""
    assert door["fault"] == "There is no tool named 'time_nw'. Did you mean time_now?"
    assert found["faults"] == [], "the file itself fits: a tool may come back"


async def test_a_broken_file_is_told_and_the_last_good_one_counts(home: Home) -> None:
    owner = await home.owner()
    write(home, GOOD)
    await shown(owner)
    write(home, GOOD.replace("do: notify", "do: nothing"))
    found = await shown(owner)
    assert [one["name"] for one in found["rules"]] == ["disk", "door"]
    (fault,) = found["faults"]
    assert fault["file"] == found["file"]
    assert fault["says"].startswith("rules.0.do: it must be")
    folder = event_files.types_folder(home.settings.root)
    folder.mkdir()
    (folder / "x.json").write_text("{")
    assert len((await shown(owner))["faults"]) == 2


async def test_what_they_did_stands_beside_them(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Journal:
        """A history in which one rule fired often."""

        async def fired(self, rules: Any) -> list[Firing]:
            """Return it."""
            assert [one.name for one in rules] == ["disk", "door"]
            return [Firing("door", "door.opened", at, f"turn-{at}") for at in range(9, 0, -1)]

        async def ended(self, fired: list[Firing]) -> dict[str, LastView]:
            """Return how the last of them ended."""
            last = fired[0]
            view = LastView(
                at=last.at, on=last.on, event="e9", turn=last.turn, outcome="failed", says="No."
            )
            return {last.rule: view}

        async def close(self) -> None:
            """Do nothing."""

    write(home, GOOD)
    for one in home.modules.slices:
        if hasattr(one, "_rules"):
            monkeypatch.setattr(one._rules, "_journal", Journal())
    disk, door = (await shown(await home.owner()))["rules"]
    assert (disk["fired"], door["fired"], len(door["firings"])) == (0, 9, 5)
    assert door["firings"][0] == {"on": "door.opened", "at": 9, "turn": "turn-9"}
    assert disk["last"] is None
    assert door["last"] == {
        "at": 9, "on": "door.opened", "event": "e9", "turn": "turn-9", "outcome": "failed",
        "says": "No.",
    }  # fmt: skip


async def test_what_they_did_not_do_stands_beside_them_too(home: Home) -> None:
    owner = await home.owner()
    write(home, GOOD.replace("do: notify", "do: notify\n  per_minute: 2"))
    redis, at = home.house.runtime.beside("durable", 1), 1_796_032_800_000
    await redis.hset(keys.rule_counts("disk"), mapping={"skipped": 3, "skipped_at": at})
    await redis.hset(keys.rule_counts("door"), mapping={"fired": 3, "fired_at": at})
    disk, door = (await shown(owner))["rules"]
    why = "It may fire 2 times a minute, and was meant more often."
    assert disk["skipped"] == {"times": 3, "at": at, "why": why}
    assert door["skipped"] is None
    await redis.aclose()


async def test_it_is_the_owner_s(home: Home) -> None:
    assert KeptRules(home.settings.root).now() == ()
    owner = await home.owner()
    made = await owner.post("/api/keys", name="x", scopes=["read", "events", "admin"])
    key = home.browser(**{"X-API-Key": made.json()["key"]})
    assert (await key.get("/api/events/rules")).status_code == 403
    assert (await home.browser().get("/api/events/rules")).status_code == 401
