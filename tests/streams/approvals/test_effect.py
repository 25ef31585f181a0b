"""An effect begins with its own yes only."""

from __future__ import annotations

from schemas.base import new_id
from streams import keys
from streams.store import fcall
from tests.streams.approvals.room import Room, ask, token


async def begin(room: Room, called: str, asking: str, entry: str = "") -> str:
    found = await fcall(
        room.redis, "effect_start", *("tool", "tool", "a", entry or room.calls[0], 0, "t", called),
        *("plain", new_id(), asking),
    )  # fmt: skip
    return str(found[0].decode())


async def test_what_began_and_is_asked_anew_has_begun(room: Room) -> None:
    """The rules changed between the crash and the next try, so a person is asked again."""
    await room.ask()
    await room.press(pressed=token("home:terminal"))
    (again,) = await room.read("tool")
    assert await begin(room, "c1", "a1", again) == "GO"
    (answer,) = await room.commit("ask", "tool", ask(again, "c1", "a2"))
    assert answer.startswith("ASKED")
    await room.press("a2", pressed=token("home:terminal", "a2"))
    (again,) = await room.read("tool")
    assert await begin(room, "c1", "a2", again) == "UNKNOWN"


async def test_an_effect_begins_with_its_own_yes_only(room: Room) -> None:
    await room.ask(1)
    await room.ask(2)
    assert await begin(room, "c3", "a1", room.calls[2]) == "UNASKED"
    assert await begin(room, "c3", "", room.calls[2]) == "GO", "nobody was asked about this one"
    await room.press("a1", pressed=token("home:terminal"))
    await room.press("a2", "denied", pressed=token("home:terminal", "a2"))
    first, second = await room.read("tool")
    assert await begin(room, "c1", "", first) == "UNASKED"
    assert await begin(room, "c1", "a2", first) == "UNASKED"
    assert await begin(room, "c2", "a2", second) == "UNASKED"
    assert await begin(room, "c1", "a1", first) == "GO"


async def test_a_yes_of_another_history_begins_nothing(room: Room) -> None:
    await room.ask()
    await room.press(pressed=token("home:terminal"))
    (entry,) = await room.read("tool")
    await room.tester.incr(keys.EPOCH)
    assert await begin(room, "c1", "a1", entry) == "UNASKED"


async def test_what_is_asked_anew_needs_a_new_yes(room: Room) -> None:
    await room.ask()
    await room.press(pressed=token("home:terminal"))
    (entry,) = await room.read("tool")
    assert (await room.commit("ask", "tool", ask(entry, "c1", "a9")))[0].startswith("ASKED")
    again = await room.held("tool")
    assert await begin(room, "c1", "a1", again) == "UNASKED"
    assert await room.press("a9", pressed=token("home:terminal", "a9")) == "DECIDED"
    assert await begin(room, "c1", "a9", again) == "GO"
