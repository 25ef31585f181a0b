"""What was heard is handed on until it is durable, and of what never will be it is said why."""

from __future__ import annotations

import pytest

from gateways.channels.base import Heard, News, Taken
from gateways.channels.fetching import Unfetched
from gateways.channels.hearing import AGAIN, TRIES, handed_on, said
from schemas.errors import Invalid, Refused, Transient, Unavailable

HEARD = Heard("1", "17", "18", "hello")
SOON = 0.001


class Chat:
    """Fails as it is told to, and remembers what was said there and how it was.

    Args:
        faults: what goes wrong, one try after the other; None where a try goes well.
        mute: how many times nothing can be said.
    """

    def __init__(self, *faults: Exception | None, mute: int = 0) -> None:
        self.faults, self.mute = list(faults), mute
        self.told, self.states = list[str](), list[str]()

    async def receive(self, what: News) -> Taken:
        fault = self.faults.pop(0)
        if fault is not None:
            raise fault
        return Taken("t", "s")

    async def say(self, chat: str, text: str) -> bool:
        self.mute -= 1
        if self.mute < 0:
            self.told.append(text)
        return self.mute < 0

    async def handed_on(self) -> Taken | None:
        return await handed_on(
            HEARD, self.receive, self.say, channel="x",
            well=lambda: self.states.append("well"), ill=self.states.append,
        )  # fmt: skip


async def test_what_may_go_well_later_is_tried_until_it_does() -> None:
    chat = Chat(Unavailable("away", retry_after=SOON), Transient("busy", retry_after=SOON), None)
    assert await chat.handed_on() == Taken("t", "s")
    assert (chat.told, chat.states) == ([], ["away", "busy", "well"])


async def test_what_is_refused_is_said_and_not_tried_again() -> None:
    chat = Chat(Invalid("This file is too large."), None)
    assert await chat.handed_on() is None
    assert (chat.told, chat.states) == (["This file is too large."], [])


async def test_a_file_that_never_comes_is_given_up_once_that_could_be_said() -> None:
    lost = Unfetched("It does not come.", retry_after=SOON)
    chat = Chat(*([lost] * (TRIES + 1)), None, mute=1)
    assert await chat.handed_on() is None
    assert chat.told == [AGAIN.format(lost)]
    assert chat.faults == [None]
    late = Chat(*([lost] * (TRIES - 1)), None)
    assert await late.handed_on() == Taken("t", "s")
    assert late.told == []


@pytest.mark.parametrize(
    ("fault", "done"), [(None, True), (Refused("blocked"), True), (Unavailable("away"), False)]
)
async def test_only_what_may_be_said_later_is_not_said(fault: Exception | None, done: bool) -> None:
    class Mouth:
        """Says it, or fails."""

        async def say(self, chat: str, text: str) -> None:
            if fault is not None:
                raise fault

    assert await said(Mouth(), "x", "18", "hello") is done
