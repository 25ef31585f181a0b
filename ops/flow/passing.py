"""How many messages went from stage to stage: counted where they are sent, or else by Redis."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from ops.flow.course import STEP
from streams import metrics
from streams.census import Count
from streams.topology import Edge, Graph

COUNTS_ITSELF = frozenset({"hop", "admit", "finish", "halt"})
"""The commits of stages that know what they sent; of a step of several calls only the last sends,
and which that was, only the commit knows."""
RARE = "told to stop"
"""Why a commit sends something that no stage returned, so seldom that it may be miscounted."""

NOTES = 2
"""How many are remembered: a minute of them."""

Way = tuple[str, str]
"""A stage, and a topic it writes."""


class Passing:
    """Counts on; what it says only grows.

    A stage of this process says itself what it sent. Of the messages that came to a topic, those
    that nobody here sent came from the one writer that does not count here, if there is only one;
    where there are several, nobody can tell, and nothing is made up.

    Args:
        graph: which stage writes what.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._commits = {node.stage: node.commit for node in graph.nodes}
        self._base: dict[str, int] = {}
        self._passed: dict[Way, int] = {}
        self._notes: deque[dict[Way, int]] = deque([{}], maxlen=NOTES)

    def note(self) -> None:
        """Remember how many there are, `STEP` seconds after the last time."""
        self._notes.append(dict(self._passed))

    def per_minute(self, way: Way) -> float:
        """How many messages went a way in the last minute or so."""
        first = self._notes[0]
        passed = self._passed.get(way, 0) - first.get(way, 0)
        return passed * 60 / (STEP * len(self._notes))

    def count(self, here: Iterable[str], counts: Mapping[str, Count]) -> Mapping[Way, int]:
        """Return how many messages went each way since the first look.

        Args:
            here: the stages of this process.
            counts: what Redis knows of the topics.
        """
        running = frozenset(here)
        # A process that was told to run its stages again has counted anew: the last one counts.
        last = {tally.stage: tally for tally in metrics.STAGES.tallies}
        sent = {
            (stage, topic): number
            for stage, tally in last.items()
            for topic, number in tally.sent.items()
        }
        for edge in self._graph.edges:
            if edge.way != "returns":
                continue
            way = edge.stage, edge.topic
            if self._counts(edge.stage, running):
                self._grow(way, sent.get(way, 0))
            elif edge.topic in counts and self._alone(edge, running):
                known = sum(
                    number for (stage, topic), number in sent.items() if topic == edge.topic
                )
                added = counts[edge.topic].added - known
                self._grow(way, added - self._base.setdefault(edge.topic, added))
        return self._passed

    def _grow(self, way: Way, number: int) -> None:
        self._passed[way] = max(self._passed.get(way, 0), number)

    def _counts(self, stage: str, here: frozenset[str]) -> bool:
        return stage in here and self._commits[stage] in COUNTS_ITSELF

    def _alone(self, edge: Edge, here: frozenset[str]) -> bool:
        others = (
            one
            for one in self._graph.edges
            if one.topic == edge.topic and one.way != "buries" and one.why != RARE
        )
        return not any(
            one.way == "commits" or not self._counts(one.stage, here)
            for one in others
            if one != edge
        )
