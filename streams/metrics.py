"""What the runtime counts: plain numbers on the way of a message, metrics when somebody asks."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import REGISTRY
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)
"""Upper bounds of the working time, in seconds."""


class Tally:
    """One stage's counts in this process.

    Args:
        stage: its name.
        held: says how many entries are in hand.
    """

    def __init__(self, stage: str, held: Callable[[], int]) -> None:
        self.stage = stage
        self.held = held
        self.outcomes: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        """Messages that went on, by topic. What the last call of a step sends is not among them:
        which one was the last, only the commit knows."""
        self.taken = 0
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0

    def worked(self, seconds: float) -> None:
        """Count one message's working time."""
        self.buckets[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds


class StageMetrics:
    """Shows the tallies to Prometheus."""

    def __init__(self) -> None:
        self.tallies: list[Tally] = []
        self.findings: Counter[str] = Counter()

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of all stages."""
        handled = CounterMetricFamily(
            "nexus_handled", "Messages handled, by outcome.", labels=["stage", "outcome"]
        )
        failed = CounterMetricFamily(
            "nexus_failures", "Tries that went wrong.", labels=["stage", "error"]
        )
        taken = CounterMetricFamily(
            "nexus_redelivered", "Entries taken over from another process.", labels=["stage"]
        )
        held = GaugeMetricFamily("nexus_held", "Entries in hand.", labels=["stage"])
        work = HistogramMetricFamily(
            "nexus_work_seconds", "Time a stage worked on one message.", labels=["stage"]
        )
        for tally in self.tallies:
            for outcome, count in tally.outcomes.items():
                handled.add_metric([tally.stage, outcome], count)
            for error, count in tally.errors.items():
                failed.add_metric([tally.stage, error], count)
            taken.add_metric([tally.stage], tally.taken)
            held.add_metric([tally.stage], tally.held())
            total, rows = 0, []
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), tally.buckets, strict=True):
                total += count
                rows.append((bound, total))
            work.add_metric([tally.stage], rows, tally.seconds)
        found = CounterMetricFamily(
            "nexus_sweeper_findings", "What stood still and was found.", labels=["kind"]
        )
        for kind, count in self.findings.items():
            found.add_metric([kind], count)
        yield from (handled, failed, taken, held, work, found)


STAGES = StageMetrics()
"""All stages of this process."""

REGISTRY.register(STAGES)
