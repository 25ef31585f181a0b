"""What the runtime counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

HANDLED = Counter("nexus_handled_total", "Messages handled, by outcome.", ["stage", "outcome"])
WORK = Histogram(
    "nexus_work_seconds",
    "Time a stage worked on one message.",
    ["stage"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300),
)
HELD = Gauge("nexus_held", "Entries in this process's hands.", ["stage"])
TAKEN = Counter("nexus_redelivered_total", "Entries taken over from another process.", ["stage"])
FAILED = Counter("nexus_failures_total", "Tries that went wrong.", ["stage", "error"])
