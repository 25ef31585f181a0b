"""The room in which a foreign MCP server runs: bubblewrap, with the folders it was given."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateways.machines.corral import Corral
from gateways.machines.sandbox import ENVIRONMENT
from schemas.errors import Refused
from schemas.foreign import Reached

SCRATCH = str(64 << 20)
"""Bytes of `/tmp`, which is in memory."""
PROCESSES = 256
"""Of one server at once, its threads among them: some are begun by what fetches them first."""
CAPS = (
    "prlimit", f"--nproc={PROCESSES}", f"--data={2 << 30}", "--nofile=1024", "--core=0", "--",
)  # fmt: skip
"""Processes of all; bytes of memory of one, and its open files."""
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_NAMES = ("resolv.conf", "hosts", "nsswitch.conf", "ssl", "ca-certificates")
"""What of `/etc` a program needs that may use the network."""


class Roomless(Refused):
    """The sandbox does not work on this machine."""

    code = "no_sandbox"


@contextmanager
def entered(reached: Reached) -> Iterator[tuple[str, ...]]:
    """Give the command of a server, with its room around it, for as long as the server runs.

    Args:
        reached: how it is reached; what runs outside or at an address has no room.

    Raises:
        Roomless: there is no bubblewrap here.
        Refused: the number of its processes cannot be bounded here.
    """
    command = roomed(reached)
    if reached.outside or not command:
        yield command
        return
    # The limit in `CAPS` spares root.
    with Corral(PROCESSES).pen() as enter:
        yield (*enter, *command)


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
