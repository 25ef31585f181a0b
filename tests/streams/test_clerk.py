"""The clerk files what was given up, as it stands on the road."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from schemas.base import new_id
from schemas.desk import DeadLetter, Former, Report
from streams import keys
from streams.broker import ensure_group
from streams.clerk import Clerk
from streams.dead import KEPT_BYTES
from streams.store import fcall
from tests.stand import Stand

WHY = Report(code="bug", error="Bug", text="It broke.", stack="here").model_dump_json()


async def give_up(stand: Stand, fields: dict[Any, Any], why: str = WHY) -> str:
    """Lay something on `think`, read it, give it up; return its entry."""
    await ensure_group(stand.redis, "nexus:think", "think")
    entry: Any = await stand.tester.xadd("nexus:think", fields)
    await stand.redis.xreadgroup("think", "me", {"nexus:think": ">"})
    item = (entry, 0, "", "", 0, "", why, 0)
    place = ("think", "think", "me", new_id(), 1)
    assert await fcall(stand.redis, "bury", *place, *item, key="nexus:think") == [b"OK 0"]
    return str(entry.decode())


async def test_a_letter_says_what_it_was_and_why(stand: Stand) -> None:
    former = Former(letter="l", error="Bug", text="before", original="", size=1)
    was = json.dumps([former.model_dump()])
    data = '{"turn": "t", "session": "s"}'
    entry = await give_up(stand, {"data": data, "sig": "terminal:00", "was": was, "n": 3})
    assert await Clerk(stand.redis).file() == 1
    (letter,) = await stand.letters()
    assert letter == DeadLetter(
        **json.loads(WHY),
        stage="think",
        source="think",
        entry=entry,
        original=base64.b64encode(data.encode()).decode(),
        size=len(data),
        signature="terminal:00",
        turn="t",
        session="s",
        history=(former,),
    )
    assert await stand.pending("think", "think") == []
    assert await Clerk(stand.redis).file() == 0


async def test_many_are_filed_in_their_order(stand: Stand) -> None:
    entries = [await give_up(stand, {"data": f"{n}"}) for n in range(50)]
    assert await Clerk(stand.redis).file() == 50
    assert [letter.entry for letter in await stand.letters()] == entries


@pytest.mark.parametrize("why", ["", "{", "[]", '{"code": 7}', '{"id": "a b"}', "\x00"])
async def test_what_a_stage_says_cannot_keep_its_message_from_the_desk(
    stand: Stand, why: str
) -> None:
    entry = await give_up(stand, {"data": b"\xff\x00 no text"}, why)
    assert await Clerk(stand.redis).file() == 1
    (letter,) = await stand.letters()
    assert (letter.code, letter.entry) == ("unreadable", entry)
    assert base64.b64decode(letter.original) == b"\xff\x00 no text"


async def test_of_a_long_original_the_beginning_is_kept(stand: Stand) -> None:
    await give_up(stand, {"data": "x" * 3_000_000, "sig": "s" * 1_000, "was": "w" * 100_000})
    await Clerk(stand.redis).file()
    (letter,) = await stand.letters()
    assert len(base64.b64decode(letter.original)) == KEPT_BYTES
    assert (letter.size, len(letter.signature), letter.history) == (3_000_000, 256, ())


async def test_what_was_deleted_meanwhile_is_told_all_the_same(stand: Stand) -> None:
    entry = await give_up(stand, {"data": "{}"})
    await stand.tester.xdel("nexus:think", entry)
    assert await Clerk(stand.redis).file() == 1
    (letter,) = await stand.letters()
    assert (letter.text, letter.size) == ("It broke.", 0)
    assert await stand.pending("think", "think") == []


async def test_two_clerks_file_a_letter_once(stand: Stand) -> None:
    """The one that stalled between looking and filing finds it done."""
    await give_up(stand, {"data": "{}"})
    ((topic, group, entry, *_),) = await fcall(stand.redis, "unfiled", 20, "think")
    await Clerk(stand.redis).file()
    assert await fcall(stand.redis, "file", 1, topic, group, entry, "", "again") == 0
    assert len(await stand.letters()) == 1
    assert not await stand.tester.exists(keys.trouble("think", "think"))
