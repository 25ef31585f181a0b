"""A turn on a terminal, while it happens: words as they are written, tool calls as dim lines."""

from __future__ import annotations

import re
import shutil
import sys
import time

from ops.cli.running import Lines
from ops.cli.screen import one_line, safe
from schemas.feed import (
    Approval,
    Called,
    LiveEvent,
    Notice,
    ObservedLive,
    Printed,
    Queued,
    Stepped,
    Token,
)

DIM, RED, PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[0m"
QUIET_SECONDS = 1.0
"""After this silence a person wants to know that something still happens."""
_PIECES = re.compile(r"\s|[^\s]+")
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Screen:
    """Writes on a terminal that understands escape sequences."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._told: set[tuple[str, str]] = set()
        self._said = ""  # by this step, as the model wrote it
        self._shown = ""  # by this step, as it stands on the screen
        self._word = ""  # not shown yet: it may need a line of its own
        self._lines = Lines()
        self._thinking = False
        self._ticking = False
        self._asking = 0  # how many questions to the person stand there
        self._began = self._last = time.monotonic()

    def event(self, event: LiveEvent) -> None:
        """Write down an event."""
        match event:
            case Token():
                self._token(safe(event.text), event.thinking)
            case Stepped():
                if event.step in self._seen:
                    self._forget()
                self._seen.add(event.step)
                self._said = self._shown = ""
            case Called():
                arguments = "".join(f" {k}={v}" for k, v in event.arguments.items())
                self._aside(f"· {event.tool}{arguments}")
            case Printed():
                self._written(self._lines.more(event))
            case ObservedLive():
                self._written(self._lines.rest(event.call_id))
                if not event.ok:
                    self._aside(f"✗ {event.tool}: {event.content}", RED)
            case Notice() if (event.id, event.text) not in self._told:
                self._told.add((event.id, event.text))
                self._aside(f"· {event.text}")
            case Approval():
                self._margin()
                self._said = self._shown = ""
                self._asking += 1 if event.approval.state == "pending" else -1
            case Queued():
                first = ", the first of them for a decision" if event.asking else ""
                self._aside(f"· waits behind {event.behind}{first}")
            case _:
                pass
        self._last = time.monotonic()

    def tick(self) -> None:
        """Show that time goes by, where nothing else moves."""
        now = time.monotonic()
        if self._asking > 0:
            return
        if now - self._last > QUIET_SECONDS and self._at_margin() and not self._word:
            frame = FRAMES[int(now * 5) % len(FRAMES)]
            self._put(f"\r\x1b[K{DIM}{frame} {now - self._began:.0f} s{PLAIN}")
            self._ticking = True

    def end(self, answer: str) -> None:
        """Make sure that the whole answer stands there, once."""
        whole, said = safe(answer).strip(), self._said.strip()
        if self._thinking or not said or not whole.startswith(said):
            self._forget()
            self._write(whole)
        else:
            # What is said beside the model's words: that it was stopped, or what is not confirmed.
            there = self._said[len(self._said.rstrip()) :]
            self._write(whole[len(said) :].removeprefix(there))
        self._margin()

    def _token(self, text: str, thinking: bool) -> None:
        if self._thinking and not thinking:
            self._margin()
            self._said = self._shown = ""
        self._thinking = thinking
        self._said += text
        self._write(text)

    def _write(self, text: str) -> None:
        """Write text; a word that does not fit goes to the next line as a whole."""
        self._clear()
        width = shutil.get_terminal_size().columns
        for piece in _PIECES.findall(text):
            if not piece.isspace():
                self._word += piece
                continue
            self._flush(width)
            self._show(piece)
        if cells(self._word) >= width:
            self._flush(width)

    def _flush(self, width: int) -> None:
        line = self._shown.rpartition("\n")[2]
        if line.strip() and cells(line) + cells(self._word) > width:
            self._show("\n")
        self._show(self._word)
        self._word = ""

    def _show(self, text: str) -> None:
        self._shown += text
        self._put(f"{DIM}{text}{PLAIN}" if self._thinking else text)

    def _put(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def _at_margin(self) -> bool:
        return not self._shown or self._shown.endswith("\n")

    def _margin(self) -> None:
        """Go to the beginning of a line."""
        self._clear()
        self._flush(shutil.get_terminal_size().columns)
        if not self._at_margin():
            self._show("\n")

    def _written(self, lines: list[str]) -> None:
        for line in lines:
            self._aside(f"│ {line}")

    def _aside(self, text: str, color: str = "") -> None:
        self._margin()
        width = max(20, shutil.get_terminal_size().columns - 1)
        self._put(f"{DIM}{color}{one_line(text, width)}{PLAIN}\n")
        self._said = self._shown = ""

    def _clear(self) -> None:
        if self._ticking:
            self._put("\r\x1b[K")
            self._ticking = False

    def _forget(self) -> None:
        """Take back what this step wrote; where it has scrolled away, say that it is void."""
        self._clear()
        shown, self._shown, self._said, self._word = self._shown, "", "", ""
        self._thinking = False
        if not shown:
            return
        size = shutil.get_terminal_size()
        rows = sum(max(0, cells(line) - 1) // size.columns for line in shown.split("\n"))
        rows += shown.count("\n")
        if rows < size.lines - 1:
            self._put(f"\r\x1b[{rows}A\x1b[J" if rows else "\r\x1b[J")
        else:
            self._put(f"\n{DIM}↺ begins anew{PLAIN}\n")


def cells(line: str) -> int:
    """Return how many columns a line takes."""
    from rich.cells import cell_len

    return cell_len(line.expandtabs(8))
