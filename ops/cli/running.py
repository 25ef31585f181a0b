"""What tools write while they run, on a terminal: whole lines, each of them once."""

from __future__ import annotations

import sys

from ops.cli.screen import safe
from schemas.feed import LiveEvent, ObservedLive, Printed

AT_ONCE = 10
"""Lines of one event that are shown: who floods the screen says nothing."""
LEFT_OUT = "…"


class Lines:
    """Tells what is new of what running tools have written."""

    def __init__(self) -> None:
        self._shown: dict[str, int] = {}
        self._open: dict[str, str] = {}

    def more(self, event: Printed) -> list[str]:
        """Return the lines that are whole by now and were not shown, with a mark for a gap."""
        fresh = event.size - self._shown.get(event.call_id, 0)
        if fresh <= 0:
            return []
        gap = fresh > len(event.text)
        *whole, begun = event.text[-fresh:].split("\n")
        self._shown[event.call_id] = event.size - len(begun)
        self._open[event.call_id] = begun
        if gap or len(whole) > AT_ONCE:
            # Where something is missing, the first line may be the end of another.
            whole = [LEFT_OUT, *whole[1:][-AT_ONCE:]]
        return whole

    def rest(self, call_id: str) -> list[str]:
        """Return the last line of a call that has ended, if no newline ended it."""
        self._shown.pop(call_id, None)
        begun = self._open.pop(call_id, "")
        return [begun] if begun else []


class Running:
    """Writes on standard error what one tool says; its result goes elsewhere."""

    def __init__(self) -> None:
        self._lines = Lines()

    def event(self, event: LiveEvent) -> None:
        """Write down what is new."""
        match event:
            case Printed():
                self._put(self._lines.more(event))
            case ObservedLive():
                self._put(self._lines.rest(event.call_id))
            case _:
                pass

    def tick(self) -> None:
        """Nothing moves while a tool is silent."""

    def _put(self, lines: list[str]) -> None:
        if lines:
            sys.stderr.write("".join(f"{safe(line)}\n" for line in lines))
            sys.stderr.flush()
