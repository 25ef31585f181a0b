"""A turn with calls that wait for a person, and who presses."""

from __future__ import annotations

import json
from typing import Any

from schemas.base import new_id
from streams import keys
from streams.store import fcall
from tests.streams.library.desk import Desk, Item, hop

LIFE = 900_000


HOME, AWAY = ("home:terminal", "home:web"), "away:wire"


PLACES = (*HOME, AWAY)


def token(place: str, asking: str = "a1") -> str:
    return f"token-{place}-{asking}"


def code(place: str, asking: str = "a1") -> str:
    return f"code-{place}-{asking}"


def ask(
    entry: str,
    called: str = "c1",
    asking: str = "a1",
    *,
    turn: str = "t",
    session: str = "s",
    tier: str = "ORANGE",
    life: int = LIFE,
    most: int = 5,
    often: int = 20,
    refusals: int = 6,
    people: tuple[str, ...] = ("owner", "anna"),
    places: tuple[str, ...] = PLACES,
) -> Item:
    call = json.dumps({"turn": turn, "id": called, "approval": asking})
    card = json.dumps({"id": f"{asking}:pending", "approval": asking, "state": "pending", "at": 1})
    item: Item = [entry, 0, turn, session, 1, f"too many {called}", 1, "think", "go on"]
    item += [called, asking, life, most, often, refusals, tier, f"proposed {asking}", call, card]
    item += [len(people), *people, len(places)]
    for place in places:
        item += [place, token(place, asking), code(place, asking)]
    return item


class Room(Desk):
    """A turn with calls of one step, and people who decide."""

    async def open(self) -> None:
        await super().open()
        entry = await self.begin()
        sent = tuple(("tool", json.dumps({"turn": "t", "id": f"c{n}"})) for n in range(1, 8))
        opened = tuple(f"c{n}" for n in range(1, 8))
        await self.commit("hop", "route", hop(entry, "t", sent=sent, opened=opened))
        self.calls = await self.read("tool")

    async def ask(self, number: int = 1, asking: str = "", **more: Any) -> str:
        item = ask(self.calls[number - 1], f"c{number}", asking or f"a{number}", **more)
        (answer,) = await self.commit("ask", "tool", item)
        return answer.split()[0]

    async def press(
        self,
        asking: str = "a1",
        verdict: str = "approved",
        *,
        person: str = "owner",
        place: str = "home:terminal",
        pressed: str = "",
        typed: str = "",
        second: int = 0,
        always: bool = False,
        decision: str = "",
        session: str = "s",
        reader: str = "a",
    ) -> str:
        entry = await self.held("control", reader)
        found = await fcall(
            self.redis, "decide", *("control", "steer", reader, entry, 0, decision or new_id()),
            *(asking, verdict, person, place.partition(":")[2], session, place),
            *(second, pressed, typed, int(always)), key=keys.topic("control"),
        )  # fmt: skip
        self.number, self.by = int(found[2]), found[3].decode()
        return str(found[0].decode())

    async def state(self, asking: str = "a1") -> str:
        found: Any = await self.tester.hget(keys.approval(asking), "state")
        return str(found.decode()) if found else ""

    async def went_on(self) -> list[str]:
        """Return the approvals whose calls were published again."""
        found = [json.loads(data) for data in await self.data("tool")]
        return [one["approval"] for one in found if "approval" in one]

    async def cards(self) -> list[tuple[str, str]]:
        found = [json.loads(data) for data in await self.data("cards")]
        return [(one["approval"], one["state"]) for one in found]

    async def facts(self, kind: str = "decided") -> list[dict[str, Any]]:
        rows = [json.loads(row) for row in await self.record() if row.startswith("{")]
        return [row for row in rows if row["kind"] == kind]

    async def expire(self, elapsed: int = 0) -> int:
        return int(await fcall(self.redis, "expire", elapsed))

    async def turn_clock(self, ms: int) -> None:
        """Let it look as if the server's clock had been moved by so much since it was last seen."""
        seen: Any = await self.tester.hget(keys.CLOCK, "seen")
        await self.tester.hset(keys.CLOCK, "seen", int(seen) - ms)
