"""Settings of the streams: bounds, periods, and the Redis servers beneath."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Megabytes = Annotated[int, Field(ge=16, le=1 << 20)]


class StreamsSettings(BaseModel):
    """How messages travel and survive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lease_seconds: Seconds = Field(
        15.0, description="After this silence of a process, others take over what it held."
    )
    hung_seconds: Seconds = Field(
        30.0,
        description="A process that shows no sign of life for so long is killed; what it was"
        " running counts as a crash.",
    )
    beat_seconds: Seconds = Field(
        5.0, description="How often a process renews what it holds; a third of the lease or less."
    )
    reclaim_seconds: Seconds = Field(
        1.0, description="How often a process looks for work that was given back or lost."
    )
    lead_seconds: Seconds = Field(
        5.0, description="How long the one reader of a topic may be silent before another leads."
    )
    attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        5, description="How many failed tries bring a message to the dead-letter desk."
    )
    backoff_seconds: Seconds = Field(
        0.2, description="The pause after the first failed try; it doubles with each further one."
    )
    backoff_most_seconds: Seconds = Field(30.0, description="The longest pause between two tries.")
    drain_seconds: Seconds = Field(
        20.0, description="How long a process that stops may finish what it has begun."
    )
    max_accepted_bytes: Annotated[int, Field(ge=1_024, le=262_144)] = Field(
        262_144, description="The largest message that is taken in, in bytes."
    )
    mailbox: Annotated[int, Field(ge=1, le=10_000)] = Field(
        100, description="How many messages of one session may wait behind its running turn."
    )
    backlog: Annotated[int, Field(ge=1, le=10_000_000)] = Field(
        10_000, description="How many messages may wait in all before new ones are refused."
    )
    trim_seconds: Seconds = Field(
        5.0, description="How often streams are shortened behind their slowest reader."
    )
    turn_seconds: Seconds = Field(
        600.0, description="A turn without progress for twice as long is looked into."
    )
    sweep_seconds: Seconds = Field(
        30.0, description="How often the sweeper looks for what stands still."
    )
    approval_seconds: Seconds = Field(
        900.0, description="How long a question to a person waits for an answer."
    )
    approval_red_seconds: Seconds = Field(
        300.0, description="The same for what is RED: the host, data loss, secrets, spending."
    )
    approvals_pending: Annotated[int, Field(ge=1, le=100)] = Field(
        5, description="How many questions of one conversation may wait for an answer at once."
    )
    approvals_often: Annotated[int, Field(ge=1, le=1_000)] = Field(
        20,
        description="How many questions the turns of one person may put within ten minutes; what"
        " would be one more does not run.",
    )
    approvals_refused: Annotated[int, Field(ge=1, le=1_000)] = Field(
        6,
        description="After how many refusals within ten minutes nothing more is asked; silence is"
        " one too.",
    )
    children: Annotated[int, Field(ge=1, le=64)] = Field(
        8, description="How many tasks one turn may hand to subagents."
    )
    letters: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        10_000,
        description="How many dead letters lie at the desk; older ones are moved to files in the"
        " state folder.",
    )
    dedupe_days: Annotated[int, Field(ge=1, le=90)] = Field(
        7, description="For how many days a repeated message is recognised."
    )
    durability: Literal["always", "everysec"] = Field(
        "always",
        description="`always` keeps every acknowledged message through a power cut; `everysec`"
        " may lose the last second, and the health page says so.",
    )
    unchecked_redis: bool = Field(
        False,
        description="Use a given REDIS_URL although it does not let its policy be read or has no"
        " users of its own; the health page says so.",
    )
    redis_server: Path | None = Field(
        None, description="The redis-server program to run; found by itself unless set."
    )
    redis_memory_mb: Megabytes = Field(
        256, description="Memory of the durable Redis, in MB; new work is refused beyond it."
    )
    disk_floor_mb: Annotated[int, Field(ge=1, le=1 << 20)] = Field(
        256,
        description="Room that must stay free on the disk of the state folder, in MB; new work is"
        " refused below it.",
    )
    live_memory_mb: Megabytes = Field(
        64, description="Memory of the live Redis, in MB; its oldest content goes beyond it."
    )
    sockets: Path | None = Field(
        None,
        description="A folder of our own for the Redis sockets, with a short path; in the state"
        " folder or in /tmp unless set.",
    )
