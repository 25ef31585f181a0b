"""A bound on the processes of root's children: the kernel's limit per user spares root."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from schemas.errors import Refused

_ENTER = 'echo 0 > "$0/cgroup.procs" || exit 126; exec "$@"'
_WAIT = 2.0
"""Seconds for which the last process of a group may take to be gone."""


class Corral:
    """Control groups, each for one command; anybody but root needs none.

    Args:
        processes: how many may run in one at a time.
        above: where the groups are made; found by itself unless given.
    """

    def __init__(self, processes: int, above: Path | None = None) -> None:
        self._processes = processes
        self._above = above

    def why_not(self) -> str:
        """Return why processes cannot be counted here; empty if they can."""
        if os.geteuid() != 0:
            return ""
        try:
            with self.pen():
                return ""
        except Refused as error:
            return str(error)

    @contextmanager
    def pen(self) -> Iterator[tuple[str, ...]]:
        """Make a group; give the words that, before a command, put it into the group.

        Raises:
            Refused: the system makes none.
        """
        if os.geteuid() != 0:
            yield ()
            return
        group = self._where() / f"livos-{secrets.token_hex(6)}"
        try:
            group.mkdir()
            # One more for the shell that enters, and for bubblewrap's own two.
            (group / "pids.max").write_text(str(self._processes + 3))
        except OSError as error:
            with suppress(OSError):
                group.rmdir()
            raise Refused(
                "the number of a command's processes cannot be bounded for root here"
                f" ({error.strerror})"
            ) from None
        try:
            yield ("/bin/sh", "-c", _ENTER, str(group))
        finally:
            _remove(group)

    def _where(self) -> Path:
        if self._above is not None:
            return self._above
        first = Path("/sys/fs/cgroup/pids")
        return first if first.is_dir() else Path("/sys/fs/cgroup")


def _remove(group: Path) -> None:
    until = time.monotonic() + _WAIT
    while time.monotonic() < until:
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.01)  # Its processes were killed, and are not gone yet.
        else:
            return
