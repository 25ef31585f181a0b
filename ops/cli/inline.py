"""A question to the person at the terminal, in the middle of a turn."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING

from ops.cli.screen import complain, console, is_terminal, say
from ops.meant import hint

if TYPE_CHECKING:
    from ops.settings import Settings
    from schemas.approvals import ApprovalView, Verdict

YES, NO = frozenset({"yes", "y"}), frozenset({"no", "n"})


class Inline:
    """Shows what waits for a decision, and takes the decision of whoever sits there.

    Args:
        here: the settings.
        shown: whether there is room for more than a hint.
    """

    def __init__(self, here: Settings, *, shown: bool) -> None:
        self._here = here
        self._asks = shown and is_terminal(sys.stdin)
        self._shown = shown
        self._waiting: dict[str, ApprovalView] = {}
        self._pressing: set[asyncio.Task[None]] = set()
        self._reading = False

    def event(self, request: ApprovalView) -> None:
        """Take what is known of a request now."""
        known = self._waiting.pop(request.id, None)
        if request.state == "pending":
            self._waiting[request.id] = request
            if known is None:
                self._show(request)
        elif self._shown:
            by = f" by {request.by} on {request.channel}" if request.by else ""
            say(f"· {request.tool}: {request.state}{by}")
        self._read(wanted=bool(self._waiting))

    async def close(self) -> None:
        """Ask no more; what was pressed is still said."""
        self._read(wanted=False)
        if self._pressing:
            await asyncio.wait(self._pressing)

    def _show(self, request: ApprovalView) -> None:
        if not self._shown:
            self._do(self._hint(request))
            return
        from ops.cli.deciding import picture

        console().print(picture(request))
        if self._asks:
            self._prompt(request)
        else:
            say(hint(f"· decide with `nexus approvals approve {request.id}`, or `deny`"))

    def _prompt(self, request: ApprovalView) -> None:
        from ops.cli.deciding import needs_code

        what = "the code that the page shows, or no" if needs_code(request) else "yes or no"
        say(f"Type {what}: ", end="")

    def _read(self, *, wanted: bool) -> None:
        wanted = wanted and self._asks
        if wanted != self._reading:
            loop = asyncio.get_running_loop()
            if wanted:
                loop.add_reader(sys.stdin.fileno(), self._line)
            else:
                loop.remove_reader(sys.stdin.fileno())
            self._reading = wanted

    def _line(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self._read(wanted=False)
            return
        request = next(iter(self._waiting.values()), None)
        if request is None:
            return
        from ops.cli.deciding import needs_code

        word = line.strip()
        verdict: Verdict | None = None
        if word.lower() in NO:
            verdict = "denied"
        elif (word and needs_code(request)) or word.lower() in YES:
            verdict = "approved"
        if verdict is None:
            self._prompt(request)
            return
        code = word if verdict == "approved" and needs_code(request) else None
        self._do(self._press(request, verdict, code))

    def _do(self, what: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(what)
        self._pressing.add(task)
        task.add_done_callback(self._pressing.discard)

    async def _hint(self, request: ApprovalView) -> None:
        """Say at once what is waited for, and how it is decided."""
        from ops.cli.deciding import Desk, waits
        from schemas.errors import Expected
        from streams.cards import shown

        try:
            async with Desk.of(self._here) as desk:
                code = await desk.code(request)
        except Expected:
            code = ""  # the id does as well
        complain(waits(request, shown(code) if code else request.id))

    async def _press(self, request: ApprovalView, verdict: Verdict, code: str | None) -> None:
        from ops.cli.deciding import Desk
        from schemas.errors import Expected

        try:
            async with Desk.of(self._here) as desk:
                text, counts = await desk.press(request, verdict, code)
        except Expected as error:
            complain(hint(str(error)))
            return
        say(f"· {text}")
        if not counts and request.id in self._waiting:
            self._prompt(request)
