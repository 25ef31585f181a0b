"""How the machine is: its vital signs, processes, services and containers at the web door."""

from __future__ import annotations

from typing import Literal

from schemas.base import Moment, Word


class Sample(Word):
    """The machine over a short while, ending at `at`."""

    at: Moment
    cpu: float
    """How busy all cores together were, in percent."""
    memory: int
    """Bytes in use."""
    received: float
    """Bytes a second, over all networks."""
    sent: float
    celsius: float | None = None
    """The hottest sensor of the processor; null where there is none."""


class DiskView(Word):
    """One mounted disk, in bytes."""

    mount: str
    device: str
    filesystem: str
    total: int
    used: int
    free: int


class SensorView(Word):
    """One temperature."""

    name: str
    celsius: float


class MachineView(Word):
    """How the machine is now, and was in the last minutes."""

    hostname: str
    system: str
    kernel: str
    architecture: str
    cores: int
    uptime_s: float
    load: tuple[float, float, float]
    memory_total: int
    swap_total: int
    swap_used: int
    disks: tuple[DiskView, ...]
    sensors: tuple[SensorView, ...]
    samples: tuple[Sample, ...]
    """Oldest first; a few minutes at most."""


class HistoryView(Word):
    """The last 24 hours, a sample a minute, oldest first."""

    samples: tuple[Sample, ...]


class ProcessView(Word):
    """One process; `cpu` in percent of one core, `memory` in resident bytes."""

    pid: int
    name: str
    user: str
    cpu: float
    memory: int


class ProcessesView(Word):
    """The processes that use the most."""

    processes: tuple[ProcessView, ...]
    total: int
    """How many there are."""


class ServiceView(Word):
    """One service; the words are systemd's own."""

    name: str
    description: str
    active: str
    sub: str
    enabled: str
    result: str


class ServicesView(Word):
    """All services, by name."""

    services: tuple[ServiceView, ...]
    missing: str = ""
    """Why there are none to ask about; empty when there are."""


class ContainerView(Word):
    """One container."""

    id: str
    name: str
    image: str
    state: str
    status: str
    ports: tuple[str, ...]
    at: Moment
    """When it was made."""


class ContainersView(Word):
    """All containers, running or not, newest first."""

    containers: tuple[ContainerView, ...]
    missing: str = ""
    """Why there are none to ask about; empty when there are."""


class RedisView(Word):
    """One of the two Redis servers, by its own words; bytes and seconds."""

    name: Literal["durable", "live"]
    missing: str = ""
    """Why it does not answer; the figures are then zeros."""
    version: str = ""
    role: str = ""
    """`master`, or `slave` where it copies another one."""
    uptime_s: int = 0
    used: int = 0
    peak: int = 0
    most: int = 0
    """Bytes of memory it may use; 0 for no bound."""
    policy: str = ""
    """What it does when that is reached."""
    evicted: int = 0
    keys: int = 0
    clients: int = 0
    per_s: int = 0
    aof: bool = False
    """Whether each command is appended to a file."""
    aof_ok: bool = True
    aof_size: int = 0
    saved_at: Moment | None = None
    """When the last copy of all was written since it started."""
    save_ok: bool = True
    loading: bool = False


class RedisesView(Word):
    """Both Redis servers."""

    servers: tuple[RedisView, ...]
    notes: tuple[str, ...]
    """What an owner must know although it works, one sentence each."""


class LogView(Word):
    """The end of a log."""

    text: str
    missing: str = ""
    """Why nobody can be asked for it now; empty when somebody was."""
