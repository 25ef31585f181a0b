"""That an answer is being written: first that we type, then its beginning, changed as it grows.

The beginning is a message like any other, and the answer becomes it: what it is called is written
down at once, so that the answer finds it after this process died too.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from gateways.channels.base import Ledger, Shown
from schemas.chat import Parcel
from schemas.errors import Expected, Transient
from schemas.feed import LiveEvent, Stepped, Token

log = structlog.get_logger("channels")

LOOK_SECONDS = 0.5
"""Between two looks at what was written."""
AT_MOST_SECONDS = 600.0
"""For so long it is shown that something is written."""


class Follow(Protocol):
    """Sees what is written while it is written."""

    async def news(self, session: str, after: str) -> tuple[Sequence[LiveEvent], str]:
        """Return what happened since a place, and the place to ask from next."""
        ...


class Pen(Protocol):
    """What a channel can show before an answer is there."""

    async def typing(self, chat: str) -> None:
        """Show that we type, for some seconds."""
        ...

    async def draft(self, chat: str, text: str, there: str) -> str:
        """Show the beginning of an answer, or more of it; return what it is called."""
        ...

    async def drop(self, chat: str, there: str) -> None:
        """Take a beginning away."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a vendor wants to hear of us.

    Attributes:
        typing: seconds for which the vendor shows that we type.
        first: seconds before the beginning of an answer is shown; most are whole by then.
        then: seconds between two changes of it.
    """

    typing: float
    first: float = 1.0
    then: float = 1.5


@dataclass(slots=True)
class _Written:
    """A turn whose answer is being written."""

    session: str
    chat: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    there: str = ""
    text: str = ""
    step: int = -1
    shown: str = ""
    after: str = ""


class Writing:
    """The answers that a channel waits for.

    Args:
        channel: its name.
        pen: what it can show.
        pace: how often.
        ledger: where it is written down what was shown.
        follow: sees what is written; None where only typing is shown.
    """

    def __init__(
        self, channel: str, pen: Pen, pace: Pace, ledger: Ledger, follow: Follow | None
    ) -> None:
        self._channel, self._pen, self._pace = channel, pen, pace
        self._ledger, self._follow = ledger, follow
        self._turns: dict[str, _Written] = {}

    def begin(self, turn: str, session: str, chat: str) -> None:
        """Show from now on that a turn's answer is being written."""
        if turn not in self._turns:
            one = self._turns[turn] = _Written(session, chat)
            one.task = asyncio.create_task(self._follow_to_the_end(turn, one), name=turn)
            one.task.add_done_callback(self._ended)

    @asynccontextmanager
    async def handing(self, part: Parcel) -> AsyncIterator[str]:
        """Hand over a part; give what the beginning is called that it becomes, "" for none.

        Until all of an answer is handed over, nothing of a later one is shown in its chat.
        """
        turn = part.turn
        if turn not in self._turns:
            self._turns[turn] = _Written(part.session, part.chat)
        draft = await self._end(turn) if part.part == 0 else ""
        try:
            yield draft
        except Transient:
            raise
        except BaseException:
            self._turns.pop(turn, None)
            raise
        if part.part + 1 == part.parts:
            self._turns.pop(turn, None)

    @asynccontextmanager
    async def showing(self, card: Shown) -> AsyncIterator[None]:
        """Show a card where an answer is written: what comes after it is said below it."""
        view = card.view
        if view.state == "pending":
            await self.drop(view.turn, card.chat)
        yield
        if view.state == "approved" and not view.task:  # a task's answer is none of this chat's
            self.begin(view.turn, view.session, card.chat)

    async def drop(self, turn: str, chat: str) -> None:
        """Show no more of it, and take away what was shown: something else comes first."""
        there = await self._end(turn)
        self._turns.pop(turn, None)
        if there:
            with contextlib.suppress(Expected):
                await self._pen.drop(chat, there)
            await self._ledger.note(self._channel, _draft(turn), "")

    async def _end(self, turn: str) -> str:
        """Show no more of it; nothing is under way then that could change what is there."""
        one = self._turns.get(turn)
        if one is not None and one.task is not None:
            one.ended.set()
            await asyncio.gather(one.task, return_exceptions=True)
            if one.there:
                return one.there
        return await self._ledger.sent(self._channel, _draft(turn)) or ""

    async def stop(self) -> None:
        """Show nothing any more."""
        tasks = [one.task for one in self._turns.values() if one.task is not None]
        self._turns.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow_to_the_end(self, turn: str, one: _Written) -> None:
        try:
            await self._write(turn, one)
        finally:
            if not one.ended.is_set() and self._turns.get(turn) is one:
                # Given up, by a fault too: nothing that comes later waits for it.
                del self._turns[turn]

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("channel.bug", channel=self._channel, exc_info=error)

    async def _write(self, turn: str, one: _Written) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        typed, next_draft = began - self._pace.typing, began + self._pace.first
        while not one.ended.is_set() and clock() - began < AT_MOST_SECONDS:
            pause = LOOK_SECONDS
            try:
                if clock() - typed >= self._pace.typing:
                    typed = clock()
                    await self._pen.typing(one.chat)
                await self._look(turn, one)
                if clock() >= next_draft and self._next(one) and not one.ended.is_set():
                    await self._show(turn, one)
                    next_draft = clock() + self._pace.then
            except Transient as error:
                pause = max(pause, error.retry_after or 0.0)
            except Expected as error:
                log.info("channel.unwritten", channel=self._channel, error=str(error)[:200])
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await one.ended.wait()

    def _next(self, one: _Written) -> bool:
        """Whether there is something to show, and nothing that comes before it in its chat."""
        first = next(each for each in self._turns.values() if each.chat == one.chat)
        return first is one and bool(one.text.strip())

    async def _look(self, turn: str, one: _Written) -> None:
        if self._follow is None:
            return
        news, one.after = await self._follow.news(one.session, one.after)
        for event in news:
            if event.turn != turn:
                continue
            if isinstance(event, Stepped):
                one.step, one.text = event.step, ""
            elif isinstance(event, Token) and not event.thinking and event.step == one.step:
                one.text += event.text

    async def _show(self, turn: str, one: _Written) -> None:
        if one.text == one.shown:
            return
        new = not one.there
        one.there = await self._pen.draft(one.chat, f"{one.text} …", one.there)
        one.shown = one.text
        if new:
            await self._ledger.note(self._channel, _draft(turn), one.there)


def _draft(turn: str) -> str:
    return f"draft:{turn}"
