"""The room in which a foreign MCP server runs: bubblewrap, with the folders it was given."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from gateways.machines.sandbox import ENVIRONMENT
from schemas.errors import Refused
from schemas.foreign import Reached

SCRATCH = str(64 << 20)
"""Bytes of `/tmp`, which is in memory."""
CAPS = ("prlimit", f"--data={2 << 30}", "--nofile=1024", "--core=0", "--")
"""Bytes of memory of one process, and its open files."""
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_NAMES = ("resolv.conf", "hosts", "nsswitch.conf", "ssl", "ca-certificates")
"""What of `/etc` a program needs that may use the network."""


class Roomless(Refused):
    """The sandbox does not work on this machine."""

    code = "no_sandbox"


def roomed(reached: Reached) -> tuple[str, ...]:
    """Return the command of a server, with its room around it.

    Raises:
        Roomless: there is no bubblewrap here.
    """
    if reached.outside or not reached.command:
        return reached.command
    program = shutil.which("bwrap")
    if program is None:
        raise Roomless("The sandbox (bubblewrap) is not installed on this machine.")
    room = [
        program, "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000",
        "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox",
        "--clearenv", "--ro-bind", "/usr", "/usr",
    ]  # fmt: skip
    if reached.network:
        room.insert(2, "--share-net")
    for name in _SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            room += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            room += ["--ro-bind", str(path), str(path)]
    for name in ("ld.so.cache", "alternatives", "localtime", *(_NAMES if reached.network else ())):
        room += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    room += ["--proc", "/proc", "--dev", "/dev", "--size", SCRATCH, "--tmpfs", "/tmp"]  # noqa: S108
    for bind, folders in (("--ro-bind", reached.read), ("--bind", reached.write)):
        for folder in folders:
            room += [bind, folder, folder]
    for name, value in ENVIRONMENT.items():
        room += ["--setenv", name, value]
    return (*room, "--chdir", "/tmp", "--", *CAPS, *reached.command)  # noqa: S108
