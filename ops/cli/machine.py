"""The doctor's questions about the machine: what else on it the server can use."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What one question brought to light."""

    check: str
    state: Literal["ok", "warn", "fail"]
    text: str
    advice: str = ""


def bubblewrap(_: object) -> Finding:
    """Can commands run in a sandbox?"""
    found = shutil.which("bwrap")
    if found is None:
        return Finding("bubblewrap", "warn", "missing: tools that run commands stay off",
                       "Run: apt-get install bubblewrap")  # fmt: skip
    tried = subprocess.run(  # noqa: S603 - a program of the system
        [found, "--ro-bind", "/", "/", "--unshare-pid", "true"],
        capture_output=True, text=True, timeout=10, check=False,
    )  # fmt: skip
    if tried.returncode:
        why = tried.stderr.strip().splitlines()[-1:] or ["it fails"]
        return Finding("bubblewrap", "warn", f"does not work here: {why[0]}",
                       "Run: sysctl kernel.unprivileged_userns_clone=1")  # fmt: skip
    return Finding("bubblewrap", "ok", found)


def docker(_: object) -> Finding:
    """Does a Docker daemon answer?"""
    door = Path("/var/run/docker.sock")
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(3)
            connection.connect(str(door))
            connection.sendall(b"GET /version HTTP/1.0\r\n\r\n")
            answer = connection.recv(64)
    except PermissionError:
        return Finding("docker", "warn", f"{door} may not be opened by you",
                       "Add your user to the group docker, and log in again.")  # fmt: skip
    except OSError:
        return Finding("docker", "warn", "no daemon answers: tools for containers stay off",
                       how_docker_starts())  # fmt: skip
    good = b" 200 " in answer
    return Finding("docker", "ok" if good else "warn", "answers" if good else "answers oddly")


def how_docker_starts(
    top: Path = Path("/"), which: Callable[[str], str | None] = shutil.which
) -> str:
    """Return what to do where no Docker daemon answers, in the words of this machine.

    Args:
        top: the root of its files.
        which: finds a program.
    """
    if which("dockerd") is None and which("docker") is None:
        return "Install Docker if you want them; all else works without."
    start = "dockerd"
    if (top / "run/systemd/system").is_dir():  # as sd_booted(3) asks
        start = "systemctl start docker"
    elif which("rc-service") is not None:
        start = "rc-service docker start"
    elif (top / "etc/init.d/docker").exists():
        start = "service docker start"
    return f"Start it, as root, by `{start}`, or leave it off."
