"""A command in a room of its own: no network, nothing of the owner's but the workspace."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateways.machines.corral import Corral
from gateways.machines.spawned import MARK, Bounds, Ended, run
from schemas.errors import Refused

INSIDE = "/workspace"
"""The workspace, as a command in the sandbox sees it: nowhere else can it leave anything."""
AGAIN = 60.0
"""Seconds after which a sandbox that did not work is tried again."""
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC = ("alternatives", "ld.so.cache", "localtime", "mime.types")
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
    "HOME": "/tmp",  # noqa: S108 - of the sandbox, in memory and gone with it
    "TMPDIR": "/tmp",  # noqa: S108
    "LANG": "C.UTF-8",
    "TERM": "dumb",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a command may take."""

    processes: int = 64
    memory_mb: int = 512
    """Of all its processes together."""
    address_mb: int = 4_096
    """Of the address space of each."""
    file_mb: int = 64
    """Of each file it writes."""
    disk_mb: int = 1_024
    """By which the workspace may grow while it runs."""
    scratch_mb: int = 64
    """Of `/tmp`, which is in memory."""


class Sandbox:
    """Bubblewrap, as this machine has it.

    Args:
        workspace: the folder that a command may write to.
        program: bubblewrap's name or path.
        limits: what a command may take.
    """

    def __init__(
        self, workspace: Path, program: str = "bwrap", limits: Limits | None = None
    ) -> None:
        self.workspace = workspace
        self._program = program
        self._limits = limits or Limits()
        self._why: str | None = None
        self._tried = 0.0
        self._corral = Corral(self._limits.processes)

    def why_not(self) -> str:
        """Return why nothing can run in the sandbox; empty if it works. Asks the kernel once."""
        if self._why is None or (self._why and time.monotonic() - self._tried > AGAIN):
            self._tried = time.monotonic()
            self._why = self._try()
        return self._why

    async def run(self, script: str, seconds: float, heard: Callable[[bytes], None]) -> Ended:
        """Run a shell script in the sandbox.

        Args:
            script: what to run; bash reads it, or sh where there is none.
            seconds: how long it may take.
            heard: is called with each piece of what it writes.

        Raises:
            Refused: the sandbox does not work on this machine.
        """
        why = await asyncio.to_thread(self.why_not)
        if why:
            raise Refused(why)
        limits = self._limits
        bounds = Bounds(seconds, limits.memory_mb, limits.processes, limits.disk_mb)
        with self._corral.pen() as enter:
            command = (*enter, *self._room(), *self._caps(seconds), _shell(), "-c", script)
            return await run(command, bounds, self.workspace, {}, heard)

    async def run_outside(
        self, script: str, seconds: float, heard: Callable[[bytes], None]
    ) -> Ended:
        """Run a shell script on the machine itself, as the server's user.

        Args:
            script: what to run.
            seconds: how long it may take.
            heard: is called with each piece of what it writes.
        """
        limits = self._limits
        bounds = Bounds(seconds, limits.memory_mb, limits.processes, limits.disk_mb)
        # Whoever leaves the session is found again by this mark when all of it must go.
        around = {**ENVIRONMENT, "HOME": str(Path.home()), MARK: secrets.token_hex(16)}
        self.workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
        return await run((_shell(), "-c", script), bounds, self.workspace, around, heard)

    def _try(self) -> str:
        found = shutil.which(self._program)
        if found is None:
            return "the sandbox (bubblewrap) is not installed on this machine"
        self._program = found
        why = self._corral.why_not()
        if why:
            return why
        try:
            command = [
                *self._room(),
                *self._caps(5),
                _shell(),
                "-c",
                "test ! -e /root -a ! -e /home",
            ]
            ended = subprocess.run(  # noqa: S603 - our own words
                command, capture_output=True, timeout=10, check=False, env={}, cwd="/"
            )
        except (OSError, subprocess.SubprocessError) as error:
            return f"the sandbox (bubblewrap) does not start on this machine ({error})"
        if ended.returncode != 0:
            said = ended.stderr.decode(errors="replace").strip()[:200]
            return f"the sandbox (bubblewrap) does not work on this machine: {said or 'no reason'}"
        return ""

    def _room(self) -> list[str]:
        kept = self.workspace / ".kept"
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = str(self._limits.scratch_mb << 20)
        room = [
            self._program, "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000",
            "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox",
            "--clearenv", "--ro-bind", "/usr", "/usr",
        ]  # fmt: skip
        for name in _SYSTEM:
            path = Path("/", name)
            if path.is_symlink():
                room += ["--symlink", os.readlink(path), str(path)]
            elif path.is_dir():
                room += ["--ro-bind", str(path), str(path)]
        for name in _ETC:
            room += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        room += [
            "--proc", "/proc", "--dev", "/dev", "--size", scratch, "--tmpfs", "/tmp",  # noqa: S108
            "--size", "65536", "--tmpfs", "/dev/shm",  # noqa: S108
            "--bind", str(self.workspace), INSIDE,
            "--size", "4096", "--perms", "0500", "--tmpfs", f"{INSIDE}/.kept",
            "--remount-ro", f"{INSIDE}/.kept", "--remount-ro", "/", "--chdir", INSIDE,
        ]  # fmt: skip
        for name, value in ENVIRONMENT.items():
            room += ["--setenv", name, value]
        return [*room, "--"]

    def _caps(self, seconds: float) -> list[str]:
        limits = self._limits
        return [
            "prlimit", f"--nproc={limits.processes}", f"--as={limits.address_mb << 20}",
            f"--fsize={limits.file_mb << 20}", "--nofile=256", "--core=0",
            f"--cpu={int(seconds) + 1}", "--",
        ]  # fmt: skip


def _shell() -> str:
    return next((one for one in ("/bin/bash", "/usr/bin/bash") if Path(one).exists()), "/bin/sh")
