"""Keeps the lines to foreign servers: begun, looked after, begun again with growing pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

from gateways.mcp.client import CALL_SECONDS, Foreign, speaking
from gateways.mcp.room import entered
from ops import logs
from ops.foreign_servers import Book
from processors.tools.output import visible
from schemas.errors import Expected
from schemas.foreign import Brought, Met, MetAll, Order, Reached

log = logs.logger("mcp")

LOOK_SECONDS = 30.0
"""How often a server is asked again what it has: that is how one that hangs is found."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
AT_ONCE = 4
"""Calls of one server under way at once."""
BEGIN_SECONDS = 45.0

LONGEST = 700
"""Characters of what is said about an error."""

Token = Callable[[str], str]
"""Returns the secret of this name; '' for none."""
Redact = Callable[[str], str]
"""Takes secrets out of a text."""


class Keeper:
    """Keeps the line to one server.

    Args:
        name: what the owner calls it.
        reached: how it is reached.
        token: returns secrets.
        told: is called when something about it is otherwise.
        redact: takes secrets out of what it says of itself, as in its last words.
    """

    def __init__(
        self,
        name: str,
        reached: Reached,
        token: Token,
        told: Callable[[], None],
        redact: Redact = str,
    ) -> None:
        self.met = Met(state="starting")
        self.reached = reached
        self._name, self._token, self._told = name, token, told
        self._redact = redact
        self._foreign: Foreign | None = None
        self._look = asyncio.Event()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Keep it, for ever."""
        pause = FIRST_PAUSE
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._speak()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it does, it ends no other server
                why = self._why(error)
                self._meet(Met(state="away", why=why, tools=self.met.tools))
                log.warning("mcp.away", server=self._name, error=why)
            finally:
                self._foreign = None
            if asyncio.get_running_loop().time() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE  # it stood for a while
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _speak(self) -> None:
        reached = self.reached
        token = self._token(reached.secret) if reached.secret else ""
        with entered(reached) as command:
            await self._keep(speaking(command, reached.url, token, self._look.set))

    async def _keep(self, line: AbstractAsyncContextManager[Foreign]) -> None:
        async with asyncio.timeout(BEGIN_SECONDS) as beginning, line as foreign:
            tools = await foreign.tools()
            beginning.reschedule(None)
            self._foreign = foreign
            while True:
                self._meet(Met(state="up", tools=tools))
                self._look.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._look.wait()
                        await asyncio.sleep(1)  # one that says so all the time is asked so often
                async with asyncio.timeout(BEGIN_SECONDS):
                    tools = await foreign.tools()

    def _meet(self, met: Met) -> None:
        if met != self.met:
            self.met = met
            self._told()

    async def call(self, order: Order) -> Brought:
        """Call one of its tools, if it is still what was classified."""
        foreign = self._foreign
        if foreign is None:
            return _no("unavailable", f"The server {self._name} is away: {self.met.why}")
        offered = next((one for one in self.met.tools if one.name == order.tool), None)
        if offered is None or offered.pin != order.pin:
            return _no("changed", f"{order.tool} is not what its owner classified.")
        try:
            async with asyncio.timeout(CALL_SECONDS + 5), self._room:
                return await foreign.call(order.tool, order.arguments)
        except Exception as error:  # noqa: BLE001 - whatever it does is told, and harms nobody
            self._look.set()
            return _no("failed", f"The server {self._name} did not do it: {self._why(error)}")

    def _why(self, error: BaseException) -> str:
        """Say what was wrong; whatever of it is the server's own words can do nothing."""
        return visible(self._redact(_said(error)), keep="")[:LONGEST]


class Keepers:
    """Keeps the lines to all servers.

    Args:
        book: which there are to be.
        token: returns secrets.
        redact: takes secrets out of a text.
    """

    def __init__(self, book: Book, token: Token, redact: Redact = str) -> None:
        self._book, self._token, self._redact = book, token, redact
        self._kept: dict[str, tuple[Keeper, asyncio.Task[None]]] = {}
        self._unwritten = False

    def turn(self) -> None:
        """Begin and end lines, as the book has it now."""
        if self._unwritten:
            self._tell()
        wanted = {name: one.reached for name, one in self._book.owner().servers.items()}
        for name, (keeper, task) in list(self._kept.items()):
            if wanted.get(name) != keeper.reached:
                task.cancel()
                del self._kept[name]
                self._tell()
        for name, reached in wanted.items():
            if name not in self._kept:
                keeper = Keeper(name, reached, self._token, self._tell, self._redact)
                self._kept[name] = keeper, asyncio.ensure_future(keeper.run())

    async def call(self, order: Order) -> Brought:
        """Call a tool."""
        kept = self._kept.get(order.server)
        if kept is None:
            return _no("not_found", f"There is no server {order.server}.")
        return await kept[0].call(order)

    async def close(self) -> None:
        """End all lines."""
        tasks = [task for _, task in self._kept.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _tell(self) -> None:
        met = {name: keeper.met for name, (keeper, _) in self._kept.items()}
        try:
            self._book.see(MetAll(servers=met))
        except OSError as error:
            # On a full disk the lines are kept all the same; it is written once there is room.
            if not self._unwritten:
                log.error("mcp.unwritten", error=str(error))
            self._unwritten = True
        else:
            self._unwritten = False


def _no(code: str, text: str) -> Brought:
    return Brought(ok=False, code=code, text=text)


def _said(error: BaseException) -> str:
    """Return what an error says; a group of errors by its first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return str(error) if isinstance(error, Expected) else f"{type(error).__name__}: {error}"
