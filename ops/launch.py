"""From the command line to the supervisor and back: `up`, in front or behind, and `down`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ops import runstate
from ops.control import door
from ops.logfile import tail
from ops.loglines import parse, shown
from ops.plan import Plan
from ops.process import same, signal_exactly
from schemas.errors import Refused

Progress = Callable[[dict[str, Any]], None]
"""Called with what `run.json` says whenever it changed."""


class StartFailed(Refused):
    """The server did not come up; the sentence says why, and the end of the log follows."""

    code = "start_failed"


def _command(lock: int) -> list[str]:
    # -P: a folder called `ops` where the person happens to stand must not be run instead.
    return [sys.executable, "-P", "-m", "ops.supervised", str(lock)]


def _environment() -> dict[str, str]:
    # The child finds its modules where we found ours, installed or not.
    root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(dict.fromkeys((root, *filter(None, sys.path))))
    return {**os.environ, "PYTHONPATH": path}


def in_front(plan: Plan, lock: int) -> None:
    """Become the supervisor: this process is replaced and ends when the server does.

    Args:
        plan: what to run.
        lock: the state folder's lock, from `runstate.lock`, taken before anything was prepared.
    """
    reading, writing = os.pipe()
    text = plan.to_json().encode()
    if len(text) > 1 << 16:
        raise ValueError("the plan does not fit into a pipe")
    os.write(writing, text)
    os.close(writing)
    os.dup2(reading, 0)
    os.set_inheritable(lock, True)
    command = _command(lock)
    os.execve(command[0], command, _environment())  # noqa: S606 - ourselves, no shell


def behind(plan: Plan, lock: int, progress: Progress, *, seconds: float = 90.0) -> int:
    """Start the supervisor in the background and wait until everything is ready.

    Args:
        plan: what to run.
        lock: the state folder's lock, from `runstate.lock`; closed here, the supervisor has it.
        progress: told how far it is.
        seconds: how long to wait.

    Returns:
        The supervisor's process number.

    Raises:
        StartFailed: it ended, or was not ready in time and was stopped again.
    """
    runstate.run_file(plan.state).unlink(missing_ok=True)
    logs = plan.state / "logs"
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    sizes = {log.name: log.stat().st_size for log in logs.glob("*.log")}
    with (logs / "supervisor.err").open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            _command(lock),
            stdin=subprocess.PIPE,
            stdout=errors,
            stderr=errors,
            env=_environment(),
            start_new_session=True,
            pass_fds=(lock,),
        )
    os.close(lock)
    if process.stdin is not None:
        process.stdin.write(plan.to_json().encode())
        process.stdin.close()
    until = time.monotonic() + seconds
    seen: dict[str, Any] = {}
    while time.monotonic() < until:
        found = runstate.read(plan.state)
        if found and found != seen:
            seen = found
            progress(found)
        if seen.get("state") == "ready":
            return process.pid
        if process.poll() == 0:
            raise StartFailed("It was stopped before it was ready.")
        if process.poll() is not None:
            raise StartFailed(_why(plan, runstate.read(plan.state), sizes))
        time.sleep(0.01)
    process.terminate()
    process.wait()
    waiting = [name for name, child in seen["children"].items() if child["state"] != "ready"]
    raise StartFailed(f"Not ready after {seconds:g} s; still waiting for {', '.join(waiting)}.")


def _why(plan: Plan, found: dict[str, Any], sizes: Mapping[str, int]) -> str:
    reason = str(found.get("reason", ""))
    if not reason:
        said = tail(plan.state / "logs" / "supervisor.err", 3)
        return f"The supervisor ended at once. {said}".strip()
    log = f"{reason.partition(' ')[0]}.log"
    # What an earlier start said is not why this one failed.
    words = tail(plan.state / "logs" / log, 12, sizes.get(log, 0)).splitlines()
    return "\n".join([reason, *(_said(log.removesuffix(".log"), one) for one in words)]).strip()


def _said(child: str, text: str) -> str:
    """Return one of its last words: what is no line of a log as it is, others as a person reads."""
    line = parse(child, text)
    return text if line.fields.keys() == {"text"} else shown(line)


def _until_gone(pid: int, ticks: int, seconds: float) -> None:
    # Its file is gone a moment before it is: it shall end with its own status.
    until = time.monotonic() + seconds
    while same(pid, ticks) and time.monotonic() < until:
        time.sleep(0.01)


def down(state: Path, sockets: Path, *, seconds: float = 45.0) -> int | None:
    """Stop the server of a state folder; nothing of it is left afterwards.

    Args:
        state: the state folder.
        sockets: the folder of its sockets.
        seconds: how long the graceful stop may take.

    Returns:
        The process number that was stopped; None if nothing ran.

    Raises:
        AlreadyRunning: something still holds the state folder after that.
    """
    pid = _end(state, seconds)
    if not state.is_dir():
        return None
    while True:
        try:
            lock = runstate.lock(state, seconds=10)
            break
        except runstate.AlreadyRunning:
            # One that had only begun to start has said by now which process it is.
            late = _end(state, seconds)
            if late is None:
                raise
            pid = late
    try:
        runstate.run_file(state).unlink(missing_ok=True)
        if sockets.is_dir():
            for socket in (*sockets.glob("*.sock"), door(sockets)):
                socket.unlink(missing_ok=True)
    finally:
        os.close(lock)
    return pid


def _end(state: Path, seconds: float) -> int | None:
    """End the supervisor that says it runs there; return its process number."""
    found = runstate.read(state)
    pid = runstate.running(state)
    if pid is not None:
        ticks = int(found["ticks"])
        signal_exactly(pid, ticks, signal.SIGTERM)
        _until_gone(pid, ticks, seconds)
        # The kernel takes its children along.
        signal_exactly(pid, ticks, signal.SIGKILL)
        _until_gone(pid, ticks, 10)
    return pid
