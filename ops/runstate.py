"""One server per state folder: its lock, and `run.json`, which tells others what runs."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any

from ops.process import same
from schemas.errors import Conflict


class AlreadyRunning(Conflict):
    """The state folder is in use."""

    code = "already_running"


def run_file(state: Path) -> Path:
    """Where the supervisor writes what runs."""
    return state / "run.json"


def boxes(state: Path) -> Path:
    """Where the black boxes of the processes are."""
    return state / "boxes"


def read(state: Path) -> dict[str, Any]:
    """Return what `run.json` says; empty if there is none."""
    try:
        found = json.loads(run_file(state).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def write(state: Path, content: dict[str, Any]) -> None:
    """Replace `run.json` in one step: readers see the old or the new one, never half of it."""
    path = run_file(state)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)


def running(state: Path) -> int | None:
    """Return the supervisor's process number if it lives, checked by its start time."""
    content = read(state)
    pid, ticks = content.get("pid"), content.get("ticks")
    if isinstance(pid, int) and isinstance(ticks, int) and same(pid, ticks):
        return pid
    return None


def listens(state: Path) -> tuple[str, int] | None:
    """Return the host and port of the web door of the server that runs; None if none does.

    A port that was given for one run stands in no setting.
    """
    if running(state) is None:
        return None
    for child in read(state).get("children", {}).values():
        if child.get("listens"):
            host, _, port = str(child["listens"]).rpartition(":")
            return host, int(port)
    return None


class Unfinished(Conflict):
    """A restore into the state folder was cut off while it put things into their places."""

    code = "unfinished_restore"


def exchange(state: Path) -> Path:
    """Where a restore notes that it is exchanging the contents of the state folder."""
    return state / ".restoring" / "exchange"


def _open(state: Path) -> int:
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _still(handle: int, state: Path) -> bool:
    """Whether this is the lock that others find: who failed in an empty folder removed theirs."""
    try:
        return os.path.samestat(os.fstat(handle), (state / "lock").stat())
    except FileNotFoundError:
        return False


def lock(state: Path, *, seconds: float = 5.0, restoring: bool = False) -> int:
    """Take the state folder for ourselves; it is ours until the descriptor is closed everywhere.

    The durable Redis inherits the descriptor, so after a `kill -9` of the supervisor nobody can
    open its data before that Redis is really gone.

    Args:
        state: the state folder; made if need be (0700).
        seconds: how long to wait for what a killed supervisor left to end.
        restoring: whether this is a restore, which alone may follow one that was cut off.

    Raises:
        AlreadyRunning: a supervisor lives there, or something of its still does.
        Unfinished: only half of a backup is in its place.
    """
    handle = _open(state)
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _still(handle, state):
                os.close(handle)
                handle = _open(state)
                continue
        except BlockingIOError:
            pid = running(state)
            if pid is None and time.monotonic() < until:
                time.sleep(0.01)
                continue
            os.close(handle)
            who = f"pid {pid}" if pid else "another process holds its lock"
            raise AlreadyRunning(f"LivOS is already running in {state} ({who}).") from None
        if not restoring and exchange(state).exists():
            os.close(handle)
            raise Unfinished(
                f"A restore into {state} was cut off; run `nexus backup restore` again, with"
                " --force."
            )
        return handle
