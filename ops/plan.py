"""What the supervisor runs: the children, how each is known to be ready, what each needs first."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Ready:
    """How to know that a child works.

    Attributes:
        kind: `started` is content with its start; `redis` logs in and pings; `http` wants a 200.
        socket: the unix socket, for `redis`.
        role: the Redis user, for `redis`.
        password_file: where its password is, for `redis`.
        host: the address to ask, for `http`.
        port: the port to ask, for `http`.
        path: what to ask for, for `http`.
    """

    kind: Literal["started", "redis", "http"] = "started"
    socket: str = ""
    role: str = ""
    password_file: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    path: str = "/readyz"


@dataclass(frozen=True)
class Child:
    """One process the supervisor keeps alive.

    Attributes:
        name: its word in logs and in the state file.
        argv: its command line.
        ready: how it is known to work.
        after: children that must be ready before it starts.
        env: added to our environment.
        on_demand: started only when asked to.
        keeps_lock: whether the state folder counts as in use while it lives.
        stops_last: whether all others need it until they are gone, though not to be started.
        hung_seconds: after so long without a sign of life it is ended; 0 for what shows none.
        start_seconds: how long it may take to become ready.
        stop_seconds: how long it may take to stop before it is killed.
    """

    name: str
    argv: tuple[str, ...]
    ready: Ready = field(default_factory=Ready)
    after: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    on_demand: bool = False
    keeps_lock: bool = False
    stops_last: bool = False
    hung_seconds: float = 0.0
    start_seconds: float = 60.0
    stop_seconds: float = 20.0


@dataclass(frozen=True)
class Death:
    """How a child ended.

    Attributes:
        name: the child's.
        pid: its process number.
        status: its exit code; minus the signal's number if one ended it.
        why: a sentence.
        hung: whether it was ended because it showed no sign of life any more.
    """

    name: str
    pid: int
    status: int
    why: str
    hung: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything the supervisor needs to know.

    Attributes:
        state: the state folder, or a folder in it where this runs beside the server.
        sockets: the private folder of the sockets.
        children: in start order.
        on_death: `module:function` called as `await function(plan, death)` at once when a child
            dies; it runs in the lean supervisor, so it should import little.
        echo: whether the children's output is shown on our own standard output too.
        color: whether that may be in colours.
        beside: the state folder, where what runs in `state` is not the server itself but helps
            it; the server's door is then another supervisor's.
        redis: where the durable Redis is, as a socket's path or host:port; empty if unknown.
        later: modules the children load at first use; after a death that is done ahead.
    """

    state: Path
    sockets: Path
    children: tuple[Child, ...]
    on_death: str = ""
    echo: bool = False
    color: bool = False
    beside: Path | None = None
    redis: str = ""
    later: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for child in self.children:
            if child.name in seen or not set(child.after) <= seen:
                raise ValueError(f"{child.name} is twice in the plan or comes before what it needs")
            seen.add(child.name)

    def to_json(self) -> str:
        """Return it as JSON; it holds no secret."""
        whole = asdict(self)
        paths = {"state": str(self.state), "sockets": str(self.sockets)}
        beside = str(self.beside) if self.beside else None
        return json.dumps({**whole, **paths, "beside": beside})

    @property
    def home(self) -> Path:
        """The state folder, with the secrets and the black boxes."""
        return self.beside or self.state

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Return the plan written by `to_json`."""
        raw: dict[str, Any] = json.loads(text)
        children = tuple(
            Child(
                **{
                    **child,
                    "argv": tuple(child["argv"]),
                    "after": tuple(child["after"]),
                    "ready": Ready(**child["ready"]),
                }
            )
            for child in raw["children"]
        )
        return cls(
            state=Path(raw["state"]),
            sockets=Path(raw["sockets"]),
            children=children,
            on_death=raw["on_death"],
            echo=raw["echo"],
            color=raw["color"],
            beside=Path(raw["beside"]) if raw["beside"] else None,
            redis=raw["redis"],
            later=tuple(raw["later"]),
        )
