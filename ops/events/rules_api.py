"""The owner's rules at the web door: which count, whether their file fits, and what they did."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ops import event_files
from processors.events.rules import Rule, Rulebook
from processors.tools.wording import counted
from schemas.errors import Expected, Transient
from schemas.events import FaultView, FiringView, LastView, RulesView, RuleView, SkippedView
from streams.brakes import Skipped
from web.app import Endpoint
from web.auth import owner
from web.http import answer

LAST = 5
"""Times that are shown of each rule."""
LONGEST = 2_000
"""Characters of what a rule says."""


class Fired(Protocol):
    """Something that a rule did; see ops/journal/firings.py."""

    @property
    def rule(self) -> str:
        """Which rule."""
        ...

    @property
    def on(self) -> str:
        """The type of the event."""
        ...

    @property
    def at(self) -> int:
        """When."""
        ...

    @property
    def turn(self) -> str:
        """What it began."""
        ...


class History(Protocol):
    """The written history; see ops/journal/pages.py."""

    async def fired(self, rules: Sequence[Rule]) -> Sequence[Fired]:
        """Return what rules did lately, newest first.

        Raises:
            Transient: it cannot be read now.
        """
        ...

    async def ended(self, fired: Sequence[Any]) -> Mapping[str, LastView]:
        """Return how the last thing that each rule did ended, by its name.

        Raises:
            Transient: it cannot be read now.
        """
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


Skips = Callable[[Sequence[str]], Awaitable[Mapping[str, Skipped]]]
"""Returns what rules did not do, by their names; see streams/brakes.py."""


class RulesShown:
    """The endpoint of the rules.

    Args:
        root: the state folder.
        rules: those that count.
        journal: opens the written history.
        fault: says why a rule cannot do what it says; "" where it can.
        skips: says what rules did not do.
    """

    def __init__(
        self,
        root: Path,
        rules: Rulebook,
        journal: Callable[[], Any],
        fault: Callable[[Rule], str],
        skips: Skips,
    ) -> None:
        self._root, self._rules, self._open = root, rules, journal
        self._fault, self._skips = fault, skips
        self._journal: History | None = None
        self.endpoints = (
            Endpoint("GET", "/api/events/rules", self.shown, "login", gives=RulesView),
        )

    async def close(self) -> None:
        """Let go of what was opened."""
        if self._journal is not None:
            await self._journal.close()

    async def shown(self, request: Request) -> Response:
        """List the rules that count, with what they did lately; and what does not fit, and why."""
        owner(request, "The rules of this server are for the owner to see.")
        rules = self._rules.now()
        faults = await asyncio.to_thread(self._faults)
        skipped = await self._skips([one.name for one in rules])
        # Opened when somebody first asks: a database library takes memory.
        self._journal = self._journal or self._open()
        fired: Sequence[Fired] = ()
        last: Mapping[str, LastView] = {}
        try:
            fired = await self._journal.fired(rules)
            last, written = await self._journal.ended(fired), True
        except Transient:
            written = False
        view = RulesView(
            rules=tuple(
                _shown(one, [it for it in fired if it.rule == one.name]).model_copy(
                    update={
                        "last": last.get(one.name),
                        "fault": self._fault(one),
                        "skipped": _skipped(one, skipped.get(one.name)),
                    }
                )
                for one in rules
            ),
            file=str(event_files.rules_file(self._root)),
            faults=faults,
            written=written,
        )
        return answer(view)

    def _faults(self) -> tuple[FaultView, ...]:
        files = (
            (event_files.rules_file(self._root), event_files.read_rules),
            (event_files.types_folder(self._root), event_files.read_types),
        )
        found = []
        for path, read in files:
            try:
                read(self._root)
            except Expected as error:
                found.append(FaultView(file=str(path), says=str(error).removeprefix(f"{path}: ")))
        return tuple(found)


def _shown(rule: Rule, fired: Sequence[Fired]) -> RuleView:
    what = rule.to or rule.says or ""
    if rule.tool:
        what = f"{rule.tool} {orjson.dumps(rule.with_).decode()}" if rule.with_ else rule.tool
    return RuleView(
        name=rule.name,
        on=rule.on,
        when=rule.when,
        do=rule.do,
        what=what[:LONGEST],
        level=rule.level,
        firings=tuple(FiringView(on=it.on, at=it.at, turn=it.turn) for it in fired[:LAST]),
        fired=len(fired),
    )


def _skipped(rule: Rule, found: Skipped | None) -> SkippedView | None:
    if found is None:
        return None
    why = f"It may fire {counted(rule.per_minute, 'time')} a minute, and was meant more often."
    return SkippedView(times=found.times, at=found.at, why=why)
