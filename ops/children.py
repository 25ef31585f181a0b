"""What became of the supervisor's children, as metrics: it serves none itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, Metric

from ops import runstate


class ChildMetrics:
    """Shows to Prometheus what `run.json` counts.

    Args:
        state: the state folder.
    """

    def __init__(self, state: Path) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Yield the counts of all children since the server was started."""
        restarts = CounterMetricFamily(
            "nexus_process_restarts", "Processes that were started again.", labels=["process"]
        )
        hung = CounterMetricFamily(
            "nexus_process_hung",
            "Processes that were killed because they showed no sign of life.",
            labels=["process"],
        )
        for name, child in runstate.read(self._state).get("children", {}).items():
            restarts.add_metric([name], child["restarts"])
            hung.add_metric([name], child["hung"])
        yield from (restarts, hung)
