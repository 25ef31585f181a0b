"""What is delivered, and who hears that nobody wanted it to end so."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.channels.deliver import deliver
from schemas.chat import Reply
from schemas.feed import FeedEvent
from schemas.notices import Notice
from streams.live import LiveFeed


class Feed(LiveFeed):
    """A live feed that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[FeedEvent] = []

    def send(self, session: str, event: FeedEvent) -> None:
        self.told.append(event)


class Board:
    """A place for notices that keeps them."""

    def __init__(self) -> None:
        self.told: list[Notice] = []

    async def publish(self, notice: Notice) -> str:
        self.told.append(notice)
        return notice.key or ""


def reply(**fields: Any) -> Reply:
    """Part of an answer to what a rule asked."""
    known: dict[str, Any] = {
        "id": "r", "trace": "t", "session": "rule-1", "person": "rules", "channel": "rules",
        "turn": "t/1", "chat": "little-room", "part": 0, "parts": 1, "text": "No such container.",
        "outcome": "failed",
    }  # fmt: skip
    return Reply(**{**known, **fields})


async def told(one: Reply) -> list[Notice]:
    board = Board()
    await deliver(one, Feed(), board)
    return board.told


@pytest.mark.parametrize("channel", ["rules", "events"])
@pytest.mark.parametrize(
    ("outcome", "word"),
    [("failed", "failed"), ("refused", "was refused"), ("limited", "was ended by a limit")],
)
async def test_the_owner_is_told_that_a_rule_failed(channel: str, outcome: str, word: str) -> None:
    (notice,) = await told(reply(channel=channel, outcome=outcome))
    assert notice.title == f"What the rule little-room began {word}"
    assert (notice.says, notice.path) == ("No such container.", "/pipeline/messages/t%2F1")
    assert (notice.source, notice.level, notice.person) == ("rules", "problem", None)
    assert notice.key == "failed:little-room", "one that fails often is one notice"


@pytest.mark.parametrize(
    ("code", "word", "level"),
    [
        ("denied", "was denied", "info"),
        ("expired", "was not decided in time", "problem"),
        ("void", "was withdrawn", "problem"),
        ("timeout", "failed", "problem"),
    ],
)
async def test_what_a_person_did_not_allow_did_not_fail(code: str, word: str, level: str) -> None:
    (notice,) = await told(reply(code=code))
    assert (notice.title, notice.level) == (f"What the rule little-room began {word}", level)
    # It is another thing than a failure: neither hides the other.
    assert notice.key == f"{'failed' if word == 'failed' else code}:little-room"


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": "answered"},
        {"outcome": "stopped"},
        {"part": 1, "parts": 2},
        {"inner": True},
        {"channel": "web"},
        {"channel": "telegram"},
    ],
)
async def test_nobody_is_told_of_what_is_no_rule_s_failure(fields: dict[str, Any]) -> None:
    assert await told(reply(**fields)) == []


async def test_whatever_it_is_whoever_watches_hears_it() -> None:
    feed = Feed()
    assert await deliver(reply(), feed, Board()) is None
    parcel = await deliver(reply(channel="telegram", chat="7"), feed, Board())
    assert parcel is not None
    assert (parcel.chat, parcel.text) == ("7", "No such container.")
    assert len(feed.told) == 4


async def test_the_owner_is_told_that_a_schedule_failed() -> None:
    (notice,) = await told(reply(channel="clock", person="owner", chat="morning"))
    assert notice.title == "What the schedule morning began failed"
    assert (notice.source, notice.key) == ("clock", "failed:morning")
    assert await told(reply(channel="clock", chat="morning", outcome="answered")) == []
