"""What the server itself has to tell: looked at every few seconds, told when it becomes so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from ops.desktop.notices import Notices
from processors.agent.mind import Mind
from processors.agent.people import OWNER
from processors.agent.turns import Limits
from schemas.errors import Expected
from schemas.models import TierState
from schemas.notices import Notice
from streams import metrics
from streams.approvals import Requests
from streams.census import Census
from streams.pressure import Pressure
from streams.spending import Accounts
from streams.store import answering

log = structlog.get_logger("desktop")

EVERY = 5.0
"""Seconds between two looks."""
TWICE = 2
"""A model that failed so often in a row is down; once happens, and another one goes on."""

Source = Callable[[], Awaitable[Sequence[Notice]]]

FOUND: Mapping[str, tuple[str, str]] = {
    "turn.slow": (
        "A question takes very long",
        "It is still worked on, and has not moved for twice the time that one may take.",
    ),
    "turn.lost": (
        "A question was lost on its way",
        "Nothing worked on it any more, so it was ended, and its person told to ask again.",
    ),
    "session.stuck": (
        "A conversation was stuck, and goes on",
        "It waited for a question that had ended already.",
    ),
    "mailbox.stuck": (
        "A message was stuck, and goes on",
        "It waited although nothing was before it.",
    ),
}
"""The sweeper's findings, in words."""


class Sources:
    """Looks at what an owner should know.

    Args:
        notices: where it is told.
        requests: what waits for a person's yes.
        census: counts what waits.
        pressure: says how much room there is, and whether the journal is written.
        mind: the models of this process.
        limits: what may be spent.
        spent: says what was spent so far.
    """

    def __init__(
        self,
        notices: Notices,
        *,
        requests: Requests,
        census: Census,
        pressure: Pressure,
        mind: Mind,
        limits: Limits,
        spent: Callable[[], Awaitable[Accounts]],
    ) -> None:
        self._notices = notices
        self._requests, self._census, self._mind = requests, census, mind
        self._pressure = pressure
        self._limits, self._spent = limits, spent
        self._found = dict(metrics.STAGES.findings)
        self._sources: Mapping[str, Source] = {
            "approvals": self.approvals,
            "letters": self.letters,
            "room": self.room,
            "models": self.models,
            "budget": self.budget,
        }

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            await asyncio.sleep(EVERY)
            await self.look()

    async def look(self) -> None:
        """Look once; what cannot be asked now stays as it was."""
        for source, ask in self._sources.items():
            try:
                await self._notices.stands(source, await ask())
            except Expected as error:
                log.info("notices.unasked", source=source, error=str(error))
        await self._sweeper()

    async def approvals(self) -> list[Notice]:
        """Return what waits for the owner's yes."""
        return [
            Notice(
                source="approvals",
                level="warning",
                title=f"{one.tool.replace('_', ' ').capitalize()} waits for your decision",
                says=one.command[:2_000],
                path=f"/chat/{one.session}#turn-{one.turn}",
                key=one.id,
            )
            for one in await self._requests.pending(OWNER)
        ]

    async def letters(self) -> list[Notice]:
        """Return that there are dead letters; a newer one is another notice."""
        total, newest = await self._census.letters(1)
        return [
            Notice(
                source="letters",
                level="problem",
                title="A message could not be handled"
                if total == 1
                else f"{total} messages could not be handled",
                says=f"The last of them at {letter.stage}: {letter.text}"[:2_000],
                path="/pipeline/letters",
                key=entry,
            )
            for entry, letter in newest
        ]

    async def room(self) -> list[Notice]:
        """Return why nothing is taken in now, or will not be for long."""
        async with answering():
            gauge = await self._pressure.gauge()
        if not gauge.notice:
            return []
        return [
            Notice(
                source="room",
                level="problem",
                title="New messages are refused"
                if gauge.closed
                else "The history is not written down",
                says=f"{gauge.notice} Nothing that was accepted is lost; `nexus status` and"
                " `nexus logs journal` say more.",
                path="/system/redis",
                key="closed" if gauge.closed else "journal",
            )
        ]

    async def models(self) -> list[Notice]:
        """Return which models do not answer."""
        return [one for tier in self._mind.overview() for one in _down(tier)]

    async def budget(self) -> list[Notice]:
        """Return which figures of today are used up."""
        caps = self._limits.now().caps
        if not any(whose != "session" for whose, _, _ in caps.figures()):
            return []
        said = caps.reached(await self._spent())
        return (
            [
                Notice(
                    source="budget",
                    level="problem",
                    title="What may be spent today is spent",
                    says=said,
                    path="/settings",
                    key="day",
                )
            ]
            if said
            else []
        )

    async def _sweeper(self) -> None:
        for kind, count in metrics.STAGES.findings.items():
            if count > self._found.get(kind, 0) and kind in FOUND:
                title, says = FOUND[kind]
                await self._notices.publish(
                    Notice(
                        source="sweeper",
                        level="warning",
                        title=title,
                        says=says,
                        path="/pipeline",
                        key=kind,
                    )
                )
            self._found[kind] = count


def _down(tier: TierState) -> list[Notice]:
    down = [one for one in tier.models if one.failures >= TWICE]
    asked = [one for one in tier.models if one.state != "no key"]
    none = len(down) == len(asked)
    return [
        Notice(
            source="models",
            level="problem" if none else "warning",
            title=f"{one.model} does not answer",
            says=f"It failed {one.failures} times in a row. "
            + (
                f"No other model is there for {tier.tier}: questions wait until one answers."
                if none
                else f"Another model goes on for {tier.tier} meanwhile."
            ),
            path="/settings/models",
            key=f"{tier.tier}:{one.provider}:{one.model}"[:128],
        )
        for one in down
    ]
