"""Who decides in a run of chaos: people who say yes, no, both, twice, too late, or nothing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from random import Random

from ops.chaos import wired
from ops.chaos.consent import Means, Press
from ops.chaos.places import AtTerminal, OnChannel, Place, Unheard, Web
from ops.chaos.system import System
from schemas.approvals import ApprovalView, Verdict
from schemas.base import new_id
from schemas.errors import Expected
from schemas.tools import Tier
from streams.approvals import Requests
from streams.store import AWAY

EVERY = 0.05
"""Seconds between two looks at what waits."""
PATIENCE = 3.0
"""Seconds for which somebody tries to be heard."""
PAUSE = 0.1
LONGEST = 0.6
"""Seconds that somebody thinks about a question."""
LATE = 0.3
"""Seconds after the end of a question's time, for a press that comes too late."""

HABITS = {
    "yes": 45, "no": 20, "both": 12, "twice": 10, "late": 5, "never": 3, "wrong": 3, "bare": 2
}  # fmt: skip
"""What somebody does with a question, and how often: say yes; say no; both in one moment; yes
twice and again; yes when time is over; nothing; press what is on no card until it is void; say yes
to what is RED without what that needs."""


class Decider:
    """Decides about all that waits.

    Args:
        one: the system.
        seed: of who does what; the same question in the same session meets the same habit.

    Attributes:
        presses: what was pressed, and may have been heard.
    """

    def __init__(self, one: System, seed: int) -> None:
        self.presses: list[Press] = []
        self._one = one
        self._seed = seed
        self._seen = Counter[str]()
        self._web = Web(one)
        self._places: dict[str, Place] = {
            "web": self._web, "terminal": AtTerminal(one), wired.NAME: OnChannel(one)
        }  # fmt: skip

    async def begin(self) -> None:
        """Be the owner, with an authenticator app, while nothing goes wrong yet."""
        await self._web.open()

    async def go_on(self) -> None:
        """Decide until cancelled."""
        known, requests = set[str](), Requests(self._one.redis, "terminal")
        async with asyncio.TaskGroup() as group:
            while True:
                # While Redis is away, nobody can look.
                with suppress(Expected, *AWAY):
                    for request in await requests.pending("owner"):
                        if request.id not in known:
                            known.add(request.id)
                            group.create_task(self._decide(request))
                await asyncio.sleep(EVERY)

    async def _decide(self, request: ApprovalView) -> None:
        what = f"{request.session} {request.command}"
        self._seen[what] += 1
        chance = Random(f"{self._seed} {what} {self._seen[what]}")  # noqa: S311 - a script
        habit = chance.choices(tuple(HABITS), tuple(HABITS.values()))[0]
        # A code of no card is only said where a place lets somebody say one.
        names = ("web", wired.NAME) if habit == "wrong" else tuple(self._places)
        places = chance.sample(names, len(names))
        await asyncio.sleep(chance.uniform(0, LONGEST))
        await getattr(self, f"_{habit}")(request, places)

    async def _yes(self, request: ApprovalView, places: list[str]) -> None:
        await self._press(request, "approved", places[0])

    async def _no(self, request: ApprovalView, places: list[str]) -> None:
        await self._press(request, "denied", places[0])

    async def _both(self, request: ApprovalView, places: list[str]) -> None:
        yes, no, again = places
        await _at_once(
            self._press(request, "approved", yes),
            self._press(request, "denied", no),
            self._press(request, "approved", again),
        )

    async def _twice(self, request: ApprovalView, places: list[str]) -> None:
        name, where = new_id(), places[0]
        await _at_once(*(self._press(request, "approved", where, name=name) for _ in range(2)))
        await self._press(request, "approved", where)

    async def _late(self, request: ApprovalView, places: list[str]) -> None:
        await asyncio.sleep(request.expires_at / 1000 + LATE - time.time())
        await self._press(request, "approved", places[0])

    async def _never(self, request: ApprovalView, places: list[str]) -> None:
        """Do nothing."""

    async def _wrong(self, request: ApprovalView, places: list[str]) -> None:
        for _ in range(3):
            await self._press(request, "approved", places[0], "wrong")

    async def _bare(self, request: ApprovalView, places: list[str]) -> None:
        await self._press(request, "approved", places[0], "token")

    async def _press(
        self,
        request: ApprovalView,
        verdict: Verdict,
        channel: str,
        means: Means | None = None,
        *,
        name: str = "",
    ) -> None:
        """Press, and try again for a while when that was not heard."""
        means = means or _means(request, verdict, channel)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            # Noted before it goes out: it may be heard though no answer comes back.
            self.presses.append(Press(request.id, verdict, channel, means))
            try:
                await self._places[channel].press(request, verdict, means, name=name)
            except (Unheard, Expected, *AWAY):
                await asyncio.sleep(PAUSE)
            else:
                return


def _means(request: ApprovalView, verdict: Verdict, channel: str) -> Means:
    """Return what a press has to carry in order to count."""
    at_home = not wired.here(request.session)
    strict = request.tier >= Tier.RED and verdict == "approved"
    if strict and channel == "web" and int(request.id, 16) % 2:
        return "app"
    if strict or (channel == wired.NAME and at_home):
        return "elsewhere"
    # Where codes are typed, half of all questions are answered so.
    typed = channel == wired.NAME and int(request.id, 16) % 2 and request.tier < Tier.RED
    return "code" if typed else "token"


async def _at_once(*presses: Awaitable[None]) -> None:
    await asyncio.gather(*presses)
