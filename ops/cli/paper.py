"""A turn on a terminal, while it happens: words as they are written, tool calls as dim lines."""

from __future__ import annotations

import shutil
import sys
import time

from ops.cli.screen import one_line, safe
from schemas.feed import Called, LiveEvent, ObservedLive, Queued, Stepped, Token

DIM, RED, PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[0m"
QUIET_SECONDS = 1.0
"""After this silence a person wants to know that something still happens."""
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Screen:
    """Writes on a terminal that understands escape sequences."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._step: list[str] = []
        self._column_zero = True
        self._ticking = False
        self._dim = False
        self._last = time.monotonic()
        self._began = self._last

    def event(self, event: LiveEvent) -> None:
        """Write down an event."""
        match event:
            case Token():
                self._token(event)
            case Stepped():
                if event.step in self._seen:
                    self._forget()
                self._seen.add(event.step)
                self._step = []
            case Called():
                arguments = "".join(f" {k}={v}" for k, v in event.arguments.items())
                self._aside(f"· {event.tool}{arguments}")
            case ObservedLive() if not event.ok:
                self._aside(f"✗ {event.tool}: {event.content}", RED)
            case Queued():
                self._aside(f"· waits behind {event.behind}")
            case _:
                pass
        self._last = time.monotonic()

    def tick(self) -> None:
        """Show that time goes by, where nothing else moves."""
        now = time.monotonic()
        if now - self._last > QUIET_SECONDS and self._column_zero:
            frame = FRAMES[int(now * 5) % len(FRAMES)]
            sys.stdout.write(f"\r\x1b[K{DIM}{frame} {now - self._began:.0f} s{PLAIN}")
            sys.stdout.flush()
            self._ticking = True

    def end(self, answer: str) -> None:
        """Make sure that the whole answer stands there, once."""
        if "".join(self._step).strip() != safe(answer).strip():
            self._forget()
            self._write(safe(answer))
        if not self._column_zero:
            self._write("\n")
        self._clear()

    def _token(self, token: Token) -> None:
        text = safe(token.text)
        if token.thinking:
            self._write(f"{DIM}{text}{PLAIN}", text)
            self._dim = True
            return
        if self._dim and not self._column_zero:
            self._write("\n\n")
        if self._dim:
            self._step, self._dim = [], False
        self._write(text)

    def _write(self, text: str, shown: str | None = None) -> None:
        self._clear()
        sys.stdout.write(text)
        sys.stdout.flush()
        plain = text if shown is None else shown
        if plain:
            self._step.append(plain)
            self._column_zero = plain.endswith("\n")

    def _aside(self, text: str, color: str = "") -> None:
        self._clear()
        width = shutil.get_terminal_size().columns
        lead = "" if self._column_zero else "\n"
        sys.stdout.write(f"{lead}{DIM}{color}{one_line(text, max(20, width - 1))}{PLAIN}\n")
        sys.stdout.flush()
        self._step, self._column_zero = [], True

    def _clear(self) -> None:
        if self._ticking:
            sys.stdout.write("\r\x1b[K")
            self._ticking = False

    def _forget(self) -> None:
        """Take back what this step wrote; where it has scrolled away, say that it is void."""
        self._clear()
        written = "".join(self._step)
        self._step = []
        if not written:
            return
        size = shutil.get_terminal_size()
        rows = sum(max(0, cells(line) - 1) // size.columns for line in written.split("\n"))
        rows += written.count("\n")
        if rows < size.lines - 1:
            sys.stdout.write(f"\r\x1b[{rows}A\x1b[J" if rows else "\r\x1b[J")
        else:
            sys.stdout.write(f"\n{DIM}↺ begins anew{PLAIN}\n")
        sys.stdout.flush()
        self._column_zero = True


def cells(line: str) -> int:
    """Return how many columns a line takes."""
    from rich.cells import cell_len

    return cell_len(line.expandtabs(8))
