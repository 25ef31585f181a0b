"""Schedules at the web door: the owner's, and run by the clock beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ops.schedules.api import Scheduling
from schemas.chat import Received
from schemas.events import LastView
from streams import keys
from streams.broker import ensure_group
from tests.ops.users.home import Browser, Home, running
from tests.stand import Stand, soon

DAILY = {"name": "disks", "when": "0 7 * * *", "says": "How are the disks?", "zone": "Berlin"}


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A web door."""
    for topic, group in (("inbox", "admit"), ("events", "react")):
        await ensure_group(stand.redis, keys.topic(topic), group)
    async with running(stand, tmp_path) as found:
        yield found


async def shown(browser: Browser) -> dict[str, Any]:
    said = await browser.get("/api/schedules")
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    return found


async def test_one_is_made_changed_and_forgotten(home: Home, stand: Stand) -> None:
    owner = await home.owner()
    assert (await shown(owner))["schedules"] == []
    made = await owner.post("/api/schedules", **DAILY)
    assert made.status_code == 201, made.text
    assert (made.json()["words"], made.json()["person"]) == (
        "at 07:00 every day (Europe/Berlin)", "owner",
    )  # fmt: skip
    (one,) = (await shown(owner))["schedules"]
    assert one == made.json() == (await owner.get("/api/schedules/disks")).json()
    path = "/api/schedules/disks"
    rests = await owner.ask("PATCH", path, json={"paused": True})
    assert (rests.status_code, rests.json()["state"], rests.json()["next"]) == (200, "paused", [])
    assert (await owner.delete(path)).status_code == 204
    assert (await owner.get(path)).status_code == 404
    told = [entry for entry in await stand.data("events") if '"schedule.changed"' in entry]
    assert len(told) == 3


async def test_the_clock_runs_what_is_to_run_now(home: Home, stand: Stand) -> None:
    owner = await home.owner()
    await owner.post("/api/schedules", **DAILY)
    ran = await owner.post("/api/schedules/disks/run")
    assert ran.status_code == 202, ran.text
    await soon(lambda: stand.data("inbox"))
    (message,) = [Received.model_validate_json(one) for one in await stand.data("inbox")]
    assert (message.person, message.channel, message.text) == (
        "owner", "clock", "How are the disks?",
    )  # fmt: skip

    async def counted() -> bool:
        return bool((await shown(owner))["schedules"][0]["runs"] == 1)

    await soon(counted)
    found = await shown(owner)
    assert found["written"] is False
    last = found["schedules"][0]["last"]
    assert (last["turn"], last["session"], last["outcome"]) == (message.id, message.session, None)


async def test_how_the_last_run_ended_stands_beside_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Journal:
        """A history in which the last run failed."""

        async def ended(self, fired: Any) -> dict[str, LastView]:
            """Return it."""
            return {
                one.rule: LastView(
                    at=one.at, on=one.on, event="", turn=one.turn, outcome="failed", says="No."
                )
                for one in fired
            }

        async def close(self) -> None:
            """Do nothing."""

    (slice_,) = [one for one in home.modules.slices if isinstance(one, Scheduling)]
    monkeypatch.setattr(slice_, "_journal", Journal())
    owner = await home.owner()
    await owner.post("/api/schedules", **DAILY)
    await owner.post("/api/schedules/disks/run")

    async def over() -> Any:
        found = await shown(owner)
        assert found["written"] is True
        return found["schedules"][0]["last"]

    last = await soon(over)
    assert (last["outcome"], last["says"]) == ("failed", "No.")


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"when": "* * * * * *"}, 422, "nothing runs by seconds"),
        ({"when": "x" * 200}, 422, "when"),
        ({"zone": "Mars/Base"}, 404, "no time zone"),
        ({"name": "Über"}, 422, "name"),
        ({"missed": "perhaps"}, 422, "missed"),
        ({"says": ""}, 422, "says"),
        ({"person": "somebody"}, 422, "person"),
    ],
)
async def test_what_does_not_fit_is_refused(
    home: Home, change: dict[str, str], status: int, says: str
) -> None:
    owner = await home.owner()
    said = await owner.post("/api/schedules", **{**DAILY, **change})
    assert said.status_code == status, said.text
    assert says in said.json()["detail"]
    assert (await shown(owner))["schedules"] == []


async def test_what_is_there_twice_is_a_conflict(home: Home) -> None:
    owner = await home.owner()
    await owner.post("/api/schedules", **DAILY)
    assert (await owner.post("/api/schedules", **DAILY)).status_code == 409


async def test_they_are_the_owner_s(home: Home) -> None:
    owner = await home.owner()
    made = await owner.post("/api/keys", name="x", scopes=["read", "events", "tools", "admin"])
    key = home.browser(**{"X-API-Key": made.json()["key"]})
    for browser, status in ((key, 403), (home.browser(), 401)):
        assert (await browser.get("/api/schedules")).status_code == status
        assert (await browser.post("/api/schedules", **DAILY)).status_code == status
        assert (await browser.delete("/api/schedules/disks")).status_code == status
