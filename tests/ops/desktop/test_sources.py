"""What the server has to tell by itself: told when it becomes so, over when it is no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateways.llm.cooling import Cooling
from gateways.llm.fallback import Candidate, Fallback
from gateways.llm.scripted import Scripted
from ops.desktop.notices import Notices
from ops.desktop.sources import Sources
from ops.settings import Settings
from processors.agent.caps import Caps
from processors.agent.mind import Mind
from processors.agent.turns import Limits
from schemas.desk import DeadLetter
from schemas.notices import NoticeView
from streams import keys, metrics
from streams.approvals import Requests
from streams.census import Census
from streams.pressure import Pressure
from streams.spending import Accounts, Spent
from streams.store import connect
from tests.stand import Stand
from tests.web.plays import play


class Scene:
    """The sources, over a Redis that a test changes."""

    def __init__(self, stand: Stand, folder: Path) -> None:
        self.redis = stand.redis
        self.notices = Notices.of(Settings(root=folder))
        self.cooling = Cooling(lambda: self.seconds)
        self.seconds = 0.0
        self.accounts = Accounts()
        one, two = (Candidate(who, Scripted(play, name="m")) for who in ("a", "b"))
        self.sources = Sources(
            self.notices,
            requests=Requests(stand.redis, "web"),
            census=Census(stand.redis),
            pressure=Pressure(stand.redis),
            mind=Mind({"flash": Fallback(lambda: (one, two), self.cooling)}, "flash"),
            limits=Limits(caps=Caps(day=Spent(cost=1_000_000))),
            spent=self._spent,
        )
        self.names = (one.name, two.name)

    async def _spent(self) -> Accounts:
        return self.accounts

    async def look(self) -> dict[str, NoticeView]:
        """Look once, and return what is not over, by source."""
        await self.sources.look()
        page = await self.notices.page(("", "owner"), None, 100)
        return {one.source: one for one in page.notices if one.ended_at is None}

    def fail(self, name: str) -> None:
        self.cooling.failed(name, None)
        self.seconds += 120


@pytest.fixture
async def scene(stand: Stand, tmp_path: Path) -> AsyncIterator[Scene]:
    found = Scene(stand, tmp_path)
    yield found
    await found.notices.close()


async def test_a_healthy_server_has_nothing_to_tell(scene: Scene) -> None:
    assert await scene.look() == {}


async def test_a_model_that_failed_once_is_no_news_and_one_that_is_down_is(scene: Scene) -> None:
    first, second = scene.names
    scene.fail(first)
    assert await scene.look() == {}
    scene.fail(first)
    found = await scene.look()
    assert found["models"].level == "warning"
    assert "Another model goes on" in found["models"].says
    for _ in range(2):
        scene.fail(second)
    assert (await scene.look())["models"].level == "problem"
    scene.cooling.worked(first)
    scene.cooling.worked(second)
    assert await scene.look() == {}


async def test_a_newer_letter_is_another_notice(scene: Scene) -> None:
    for number in (1, 2):
        letter = DeadLetter(
            id=f"l{number}", stage="think", source="think", entry="1-0", code="bug",
            error="KeyError", text=f"fault {number}", original="", size=0,
        )  # fmt: skip
        await scene.redis.xadd(keys.topic("dead"), {"data": letter.model_dump_json()})
        found = (await scene.look())["letters"]
        assert f"fault {number}" in found.says
    assert found.title == "2 messages could not be handled"
    page = await scene.notices.page(("",), None, 100)
    assert [one.ended_at is None for one in page.notices] == [True, False]


async def test_what_is_spent_is_told_until_midnight(scene: Scene) -> None:
    scene.accounts = Accounts(day=Spent(cost=2_000_000))
    found = (await scene.look())["budget"]
    assert "2.00 US dollars" in found.says
    scene.accounts = replace(scene.accounts, day=Spent())
    assert await scene.look() == {}


async def test_a_journal_that_nobody_writes_is_told(scene: Scene) -> None:
    await scene.redis.xgroup_create(keys.topic("inbox"), keys.JOURNAL, id="0", mkstream=True)
    found = (await scene.look())["room"]
    assert found.title == "The history is not written down"
    await scene.redis.set(keys.LEASE + keys.JOURNAL, "somebody")
    scene.sources._pressure._read_at = float("-inf")
    assert await scene.look() == {}


async def test_what_the_sweeper_finds_is_counted_in_one_notice(scene: Scene) -> None:
    for _ in range(3):
        metrics.STAGES.findings["turn.lost"] += 1
        found = await scene.look()
    assert (found["sweeper"].times, found["sweeper"].path) == (3, "/pipeline")


async def test_a_redis_that_is_away_ends_nothing(scene: Scene) -> None:
    letter = DeadLetter(
        id="l", stage="think", source="think", entry="1-0", code="bug",
        error="KeyError", text="fault", original="", size=0,
    )  # fmt: skip
    await scene.redis.xadd(keys.topic("dead"), {"data": letter.model_dump_json()})
    await scene.look()
    away = connect("unix:///nowhere/at/all.sock")
    scene.sources._census = Census(away)
    assert "letters" in await scene.look()
    await away.aclose()
