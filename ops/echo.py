"""What a server in the foreground shows: the lines of its children, as `nexus logs` shows them."""

from __future__ import annotations

import sys
import time
from typing import BinaryIO

from ops.loglines import parse, shown

LONGEST = 1 << 16
"""Bytes of a line that is waited for; what is longer is shown in pieces."""


class Echo:
    """Shows what one child prints.

    Args:
        child: its name.
        color: whether the terminal understands escape sequences.
        out: where to; standard output unless given.
    """

    def __init__(self, child: str, *, color: bool = False, out: BinaryIO | None = None) -> None:
        self._child = child
        self._color = color
        self._out = out or sys.stdout.buffer
        self._rest = b""

    def show(self, data: bytes) -> None:
        """Show the lines that are whole by now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST:
            lines, self._rest = [*lines, self._rest], b""
        for raw in lines:
            line = parse(self._child, raw.decode(errors="replace"), time.time())
            if not line.chatter:
                self._out.write(shown(line, color=self._color).encode(errors="replace") + b"\n")
        self._out.flush()

    def end(self) -> None:
        """Show what was said last, though its line has no end."""
        if self._rest:
            self.show(b"\n")
