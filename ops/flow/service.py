"""The pipeline now: what each stage does, what waits before it, and whether anybody reads there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ops.flow.course import STEP, Course, Note
from ops.flow.elsewhere import Elsewhere
from ops.flow.passing import Passing
from schemas.base import now_ms
from schemas.errors import Expected
from schemas.flow import EdgeView, FlowView, StageView
from streams import metrics, topology
from streams.census import Census, Count
from streams.runtime import Runtime
from streams.spending import Spent
from streams.stage import Stage


class Flow:
    """Looks at the pipeline.

    Args:
        runtime: the stages of this process.
        stages: all stages there are.
        census: counts what Redis knows.
        wanted: whether a stage is to run; one that is not is off, and has not stopped.
    """

    def __init__(
        self,
        runtime: Runtime,
        stages: Sequence[Stage[..., Any]],
        census: Census,
        wanted: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._runtime, self._census, self._wanted = runtime, census, wanted
        self._graph = topology.graph(stages)
        self._passing = Passing(self._graph)
        self._elsewhere = Elsewhere(census, runtime.consumer)
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
        health = {one.stage: one for one in self._runtime.health()}
        reading = {name for name, one in health.items() if one.reading}
        try:
            counts = await self._census.count(
                [(node.topic, node.stage) for node in self._graph.nodes]
            )
            letters, _ = await self._census.letters(0)
            others = [node for node in self._graph.nodes if node.stage not in reading]
            reading |= await self._elsewhere.reading(others, counts, health)
            spent = await self._census.spent()
        except Expected as error:
            away = str(error)
        notes = _notes()
        stages = [
            self._stage(
                node,
                counts.get(node.topic),
                notes,
                reads=node.stage in reading,
                held=health[node.stage].held if node.stage in health else 0,
            )
            for node in self._graph.nodes
        ]
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
        off = not reads and not self._wanted(name)
        if reads or off:
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
            state="off" if off else "stopped" if not reads else "working" if working else "idle",
            since=self._stopped.get(name),
            working=working,
            waiting=count.waiting if count else 0,
            oldest_ms=count.oldest_ms if count else None,
            **lately,
        )


def _notes() -> dict[str, Note]:
    """Return the counters of each stage of this process, as they are now.

    A process that was told to run its stages again has counted anew: the last one counts.
    """
    return {tally.stage: Note.of(tally) for tally in metrics.STAGES.tallies}
