"""Log files that cannot fill the disk: what a child prints, in a file with a bound."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from ops.echo import Echo

CHUNK = 1 << 16


class LogFile:
    """An append-only file that is renamed when it is full; a few old ones are kept.

    Args:
        path: the current file; older ones are `path.1`, `path.2`, …
        limit: bytes after which it is renamed.
        keep: how many older files stay.
    """

    def __init__(self, path: Path, *, limit: int = 4 << 20, keep: int = 2) -> None:
        self.path, self.limit, self.keep = path, limit, keep
        self._open()

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._fd = os.open(self.path, flags, 0o600)
        except OSError:
            self._fd, self._size = -1, 0  # a full disk: it is tried again with the next line
        else:
            self._size = os.fstat(self._fd).st_size

    def _aged(self, age: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{age}") if age else self.path

    def _rotate(self) -> None:
        self.close()
        for age in range(self.keep, 0, -1):
            if self._aged(age - 1).exists():
                self._aged(age - 1).replace(self._aged(age))
        self._open()

    def write(self, data: bytes) -> None:
        """Append bytes; a full disk loses the line, never the server."""
        if self._fd < 0:
            self._open()
        if self._size and self._size + len(data) > self.limit:
            cut = data.find(b"\n") + 1
            self._put(data[:cut])
            self._rotate()
            data = data[cut:]
        self._put(data)

    def _put(self, data: bytes) -> None:
        try:
            self._size += os.write(self._fd, data)
        except OSError:
            return

    def close(self) -> None:
        """Close it."""
        if self._fd >= 0:
            os.close(self._fd)


class Drain:
    """Copies a child's output into its log file until the child closes it.

    It copies it as it is: each child takes its secrets out itself, of what ends it too (ops/logs).
    Whoever copies is there for as long as the server, and so knows no secret and loads no library.

    Args:
        source: the reading end of a pipe; closed by us at its end.
        log: where it goes.
        echo: who shows it as well.

    Attributes:
        ended: set when nobody can write any more and everything is in the file.
    """

    def __init__(self, source: int, log: LogFile, *, echo: Echo | None = None) -> None:
        self._source, self._log, self._echo = source, log, echo
        self.ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(source, self._some)

    def _some(self) -> None:
        try:
            data = os.read(self._source, CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._end()
            return
        self._log.write(data)
        if self._echo is not None:
            self._echo.show(data)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._source)
        os.close(self._source)
        self._log.close()
        if self._echo is not None:
            self._echo.end()
        self.ended.set()


def tail(path: Path, lines: int = 20, since: int = 0) -> str:
    """Return the last lines of a log file; nothing if there is none.

    Args:
        path: the file.
        lines: how many.
        since: its size when what is looked for began; a smaller file is a new one.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(since if since <= end else 0, end - CHUNK))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
