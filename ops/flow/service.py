"""The pipeline now: what each stage does, what waits before it, and whether anybody reads there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from ops.flow.course import STEP, Course, Note
from ops.flow.passing import Passing
from schemas.base import now_ms
from schemas.errors import Expected
from schemas.flow import EdgeView, FlowView, StageView
from streams import metrics, topology
from streams.census import Census, Count
from streams.runtime import Runtime
from streams.spending import Spent
from streams.stage import Stage

SILENT_MS = 6_000
"""For how long a reader elsewhere may not ask for anything; one question waits up to 4 s. It
tells of a process that hangs; one that is gone is told by the connections Redis has."""


class Flow:
    """Looks at the pipeline.

    Args:
        runtime: the stages of this process.
        stages: all stages there are.
        census: counts what Redis knows.
    """

    def __init__(self, runtime: Runtime, stages: Sequence[Stage[..., Any]], census: Census) -> None:
        self._runtime, self._census = runtime, census
        self._graph = topology.graph(stages)
        self._passing = Passing(self._graph)
        self._names = [node.stage for node in self._graph.nodes]
        self._noticed: set[str] = set()
        self._courses = {stage: Course(note) for stage, note in _notes().items()}
        self._stopped: dict[str, int] = {}

    async def run(self) -> None:
        """Note the counters, for ever."""
        while True:
            await asyncio.sleep(STEP)
            self._passing.count({one.stage for one in self._runtime.health()}, {})
            self._passing.note()
            for stage, note in _notes().items():
                self._courses.setdefault(stage, Course(note)).add(note)

    async def now(self) -> FlowView:
        """Return how the pipeline is."""
        away, letters, spent = "", 0, Spent()
        counts: dict[str, Count] = {}
        there: dict[str, int] | None = None
        try:
            counts = await self._census.count(
                [(node.topic, node.stage) for node in self._graph.nodes]
            )
            letters, _ = await self._census.letters(0)
            there = await self._census.here(self._names)
            spent = await self._census.spent()
        except Expected as error:
            away = str(error)
        health = {one.stage: one for one in self._runtime.health()}
        notes = _notes()
        stages = []
        for node in self._graph.nodes:
            own, count = health.get(node.stage), counts.get(node.topic)
            reads = own.reading if own is not None else False
            held = own.held if own is not None else 0
            if not reads and count is not None:
                reads = self._elsewhere(count) and self._listens(node.stage, there, own is not None)
            stages.append(self._stage(node, count, notes, reads=reads, held=held))
        passed = self._passing.count(health, counts)
        return FlowView(
            at=now_ms(),
            stages=tuple(stages),
            edges=tuple(self._edge(one, passed) for one in self._graph.edges),
            letters=letters,
            tokens=spent.tokens,
            cost=spent.cost,
            away=away,
        )

    def _edge(self, edge: topology.Edge, passed: Mapping[tuple[str, str], int]) -> EdgeView:
        way = edge.stage, edge.topic
        drawn = edge.way == "returns"
        return EdgeView(
            stage=edge.stage,
            topic=edge.topic,
            way=edge.way,
            passed=passed.get(way, 0) if drawn else 0,
            per_minute=self._passing.per_minute(way) if drawn else 0.0,
        )

    def _stage(
        self,
        node: topology.Node,
        count: Count | None,
        notes: dict[str, Note],
        *,
        reads: bool,
        held: int,
    ) -> StageView:
        name = node.stage
        if reads:
            self._stopped.pop(name, None)
        else:
            self._stopped.setdefault(name, now_ms())
        note, course = notes.get(name), self._courses.get(name)
        working = max(held, count.pending if count else 0)
        lately: dict[str, Any] = {"per_minute": 0.0, "p95_ms": None, "errors": 0, "course": ()}
        if note is not None and course is not None:
            lately = {
                "per_minute": course.per_minute(note),
                "p95_ms": course.p95_ms(note),
                "errors": course.errors(note),
                "course": course.steps(),
            }
        return StageView(
            stage=name,
            topic=node.topic,
            state="stopped" if not reads else "working" if working else "idle",
            since=self._stopped.get(name),
            working=working,
            waiting=count.waiting if count else 0,
            oldest_ms=count.oldest_ms if count else None,
            **lately,
        )

    def _listens(self, stage: str, there: dict[str, int] | None, own: bool) -> bool:
        """Whether a process elsewhere that runs a stage is still connected.

        A process of an earlier version is heard by its reading alone, and so is every process
        where Redis may not be asked: what was never noticed cannot be missed.
        """
        if there is None:
            return True
        if there[stage] > own:
            self._noticed.add(stage)
            return True
        return stage not in self._noticed

    def _elsewhere(self, count: Count) -> bool:
        """Whether a reader of another process asked for something lately."""
        return any(
            idle < SILENT_MS
            for name, idle in count.idle_ms.items()
            if name != self._runtime.consumer
        )


def _notes() -> dict[str, Note]:
    """Return the counters of each stage of this process, as they are now.

    A process that was told to run its stages again has counted anew: the last one counts.
    """
    return {tally.stage: Note.of(tally) for tally in metrics.STAGES.tallies}
