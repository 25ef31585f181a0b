"""A clock that dies at any moment: what is due runs once all the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streams.schedules import Schedules
from tests.processors.clock.stand import HOUR, MINUTE, START, Scene, scene_of
from tests.stand import Stand


@pytest.fixture
async def scene(stand: Stand) -> Scene:
    return await scene_of(stand)


class Dies(Schedules):
    """Schedules whose clock dies before it can say that a time is done with."""

    def __init__(self, schedules: Schedules, at: str) -> None:
        super().__init__(schedules._ask)
        self._at = at

    async def note(self, name: str, **words: Any) -> None:
        if self._at == "note":
            raise asyncio.CancelledError
        await super().note(name, **words)

    async def advance(self, name: str, due: int, then: int | None) -> bool:
        raise asyncio.CancelledError


@pytest.mark.parametrize("at", ["note", "advance"])
@pytest.mark.parametrize("missed", ["run_once", "skip", "ask"])
async def test_who_dies_after_saying_it_does_not_say_it_twice(
    scene: Scene, at: str, missed: str
) -> None:
    await scene.add(missed=missed)
    scene.time.set(START + HOUR)
    with pytest.raises(asyncio.CancelledError):
        await scene.clock(Dies(scene.schedules, at)).round()
    scene.time.set(START + HOUR + MINUTE // 2)
    assert await scene.clock().round()
    assert await scene.dues() == [START + HOUR]
    (view,) = await scene.book.all()
    assert (view.runs, view.next[0]) == (1, START + 2 * HOUR)
    assert view.last is not None


async def test_who_dies_before_saying_it_has_not_said_it(scene: Scene) -> None:
    class Closed:
        """A door at which one dies."""

        async def accept(self, *_: object) -> None:
            raise asyncio.CancelledError

    await scene.add()
    scene.time.set(START + HOUR)
    with pytest.raises(asyncio.CancelledError):
        await scene.clock(door=Closed()).round()
    assert await scene.said() == []
    assert await scene.clock().round()
    assert await scene.dues() == [START + HOUR]
