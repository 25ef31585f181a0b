"""Settings of the streams runtime (placeholder until the redis branch lands)."""

from pydantic import BaseModel


class StreamsSettings(BaseModel):
    """Bounds and periods of the streams runtime."""

    lease_seconds: float = 15.0
    beat_seconds: float = 5.0
    reclaim_seconds: float = 1.0
    lead_seconds: float = 5.0
    attempts: int = 5
    backoff_seconds: float = 0.2
    backoff_most_seconds: float = 30.0
    drain_seconds: float = 20.0
    max_accepted_bytes: int = 262_144
    mailbox: int = 100
    backlog: int = 10_000
    trim_seconds: float = 5.0
    dedupe_days: int = 7
