"""A person's yes, while processes die at every point on its way."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from ops.addresses import url
from ops.chaos import witness
from ops.chaos.system import System
from ops.chaos.waiting import soon
from ops.keyring import gateway
from schemas.approvals import ApprovalView, Verdict
from schemas.base import new_id
from schemas.chat import Control, Received
from schemas.errors import Transient
from schemas.record import Decided, Observed, Proposed
from streams import keys
from streams.accept import Ingress
from streams.approvals import Requests
from streams.conversation import Conversations
from streams.crash import POINTS
from streams.store import connect
from tests.chaos.load import Says, witnessed

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(150)]

SHORT = {"lease_seconds": 3.0, "beat_seconds": 0.5, "reclaim_seconds": 0.2, "lead_seconds": 1.0}


class People:
    """Those who ask and decide, at the terminal and on the web.

    Args:
        system: whom they ask.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        core = connect(url(system.settings, "durable", "core"))
        self._web = Ingress(core, gateway(system.settings, "web"), system.settings.streams)

    def _door(self, channel: str) -> Ingress:
        return self._web if channel == "web" else self.system.ingress

    async def _send(self, message: Received | Control) -> None:
        async def sent() -> bool:
            try:
                await self._door(message.channel).accept(message, message.id)
            except Transient:
                return False
            return True

        await soon(sent, 40)

    async def ask(self, text: str) -> str:
        """Ask for something; return the turn."""
        name = new_id()
        await self._send(
            Received(
                id=name, trace=name, session="s", person="owner", channel="terminal", chat="s",
                text=text,
            )
        )  # fmt: skip
        return name

    async def waits(self, many: int = 1) -> list[ApprovalView]:
        """Wait until so many requests wait, and their cards are there."""

        async def enough() -> list[ApprovalView]:
            try:
                found = await Requests(self.system.redis, "terminal").pending("owner")
            except Transient:
                return []  # Redis was killed a moment ago
            return found if len(found) == many else []

        found: list[ApprovalView] = await soon(enough, 60)
        return found

    async def press(self, request: ApprovalView, verdict: Verdict, channel: str) -> None:
        """Press on a card of a place; a second factor was shown where that counts."""
        card = await Requests(self.system.redis, channel).card(request.id)
        name = new_id()
        await self._send(
            Control(
                id=name, trace=name, session=f"once-{name}", person="owner", channel=channel,
                chat="s", action="decide", approval=request.id, verdict=verdict,
                token=card[0] if card else "gone", second=channel == "web",
            )
        )  # fmt: skip

    async def stop(self) -> None:
        """Stop what runs."""
        name = new_id()
        await self._send(
            Control(
                id=name, trace=name, session="s", person="owner", channel="terminal", chat="s",
                action="stop",
            )
        )  # fmt: skip

    async def over(self, turn: str) -> list[Any]:
        """Wait until a turn is over and nothing is left of it; return its record."""

        async def ended() -> bool:
            return not await self.system.redis.zcard(keys.TURNS)

        await soon(ended, 90)
        told = await Conversations(self.system.redis).turn(turn)
        assert told is not None
        return list(told.record)


def of(record: list[Any], kind: type) -> list[Any]:
    return [one for one in record if isinstance(one, kind)]


def effects(one: System) -> int:
    return sum(witness.effects(one.root / "book").values())


def deaths(one: System) -> set[str]:
    return {path.name for path in (one.root / "crashes").glob("*")}


ASK, DANGER = "calls witness_ask", "calls witness_danger"
CASES = [
    # points, what is asked, what is said, how the call ends, how many effects
    pytest.param(
        "tool.before_commit,show.before_commit,steer.before_decide,tool.before_start",
        ASK, "approved", "done", 1, id="before",
    ),
    pytest.param(
        "steer.after_decide,steer.before_commit", ASK, "approved", "done", 1, id="after-decide"
    ),
    pytest.param("tool.after_start", ASK, "approved", "unknown", 0, id="after-start"),
    pytest.param("tool.mid_effect", ASK, "approved", "unknown", 1, id="mid-effect"),
    pytest.param(
        "tool.before_commit:2", ASK, "approved", "unknown", 1, id="after-effect"
    ),
    pytest.param(
        "tool.before_commit,steer.after_decide,show.before_commit",
        ASK, "denied", "failed", 0, id="no",
    ),
    pytest.param(
        "show.before_commit,steer.after_decide,tool.mid_effect",
        DANGER, "approved", "done", 1, id="red",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("points", "text", "verdict", "state", "many"), CASES)
async def test_a_death_at(
    points: str, text: str, verdict: Verdict, state: str, many: int, says: Says
) -> None:
    async with witnessed(crash=points, streams=SHORT) as one:
        people = People(one)
        turn = await people.ask(text)
        (request,) = await people.waits()
        await people.press(request, verdict, "web")
        record = await people.over(turn)
        says(f"{points}: {[one.state for one in of(record, Observed)]}")
        # A card is shown beside the turn, which does not wait for that.
        await soon(lambda: deaths(one) == {one.partition(":")[0] for one in points.split(",")}, 30)
        (observed,) = of(record, Observed)
        assert (observed.state, effects(one)) == (state, many)
        assert len(of(record, Proposed)) == len(of(record, Decided)) == 1
        assert (await one.letters()) == []


def test_every_point_of_a_decision_has_its_death() -> None:
    cases = ",".join(str(case.values[0]) for case in CASES)
    found = {point.partition(":")[0] for point in cases.split(",")}
    assert {point for point in POINTS if point.startswith(("steer", "show"))} <= found


async def test_everything_dies_while_it_waits_and_it_still_waits(says: Says) -> None:
    async with witnessed(streams=SHORT) as one:
        people = People(one)
        turn = await people.ask(ASK)
        (request,) = await people.waits()
        for child in ("core", "durable", "live", "core"):
            await one.kill(child)
        (again,) = await people.waits()
        assert again.id == request.id
        await people.press(again, "approved", "terminal")
        record = await people.over(turn)
        says(f"everything was killed, then approved: {of(record, Observed)[0].state}")
        assert effects(one) == 1


async def test_all_press_at_once_while_the_server_dies(says: Says) -> None:
    """Yes, no and stop from two places in the same moment, and a kill in the middle of it."""
    async with witnessed(streams=SHORT) as one:
        people, chance = People(one), random.Random(7)
        told = []
        for _ in range(6):
            before = effects(one)
            turn = await people.ask(ASK)
            (request,) = await people.waits()
            deeds = [
                people.press(request, "approved", "web"),
                people.press(request, "denied", "terminal"),
                people.press(request, "approved", "terminal"),
                *([people.stop()] if chance.random() < 0.5 else []),
            ]
            chance.shuffle(deeds)
            pressing = asyncio.gather(*deeds)
            await asyncio.sleep(chance.random() / 50)
            await one.kill("core")
            await pressing
            record = await people.over(turn)
            (decided,) = of(record, Decided)
            states = [each.state for each in of(record, Observed)]
            told.append(f"{decided.state} {states}")
            assert len(states) <= 1
            had = effects(one) - before
            assert had <= (1 if decided.state == "approved" else 0)
            if states == ["done"]:
                assert had == 1
        says(f"at once, under kill -9: {told}")
        assert (await one.letters()) == []
