"""One question and what becomes of it, from the first word to the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import ValidationError

from ops.cli import place
from ops.cli.place import Failed, Misused
from ops.keyring import gateway
from ops.settings import Settings
from processors.agent.people import OWNER
from schemas.approvals import ApprovalView
from schemas.base import new_id
from schemas.chat import Control, Received
from schemas.errors import TooMuch, Transient
from schemas.faults import plain
from schemas.feed import Approval, Finished, LiveEvent
from schemas.record import Entry, Observed, Said, Thought
from streams.terminal import Terminal

PATIENCE = 15.0
"""Seconds a server that is just starting may take to let us in."""
STOP_SECONDS = 5.0
"""How long a turn that was told to stop may take to say so."""


def _rule(fault: Any) -> str:
    """What is allowed, in the words of a person."""
    match fault["type"]:
        case "too_long" | "string_too_long":
            return f"{fault['ctx']['max_length']} characters are the most"
        case "string_too_short":
            return "it is empty"
        case "string_pattern_mismatch":
            return "it is made of letters, digits and signs of ASCII, without spaces"
        case _:
            return plain(fault)


class NoAnswer(Failed):
    """The time that was given is over.

    Attributes:
        turn: what goes on.
    """

    code = "no_answer"
    turn = ""


class Paper(Protocol):
    """Where a turn is written down while it happens."""

    def event(self, event: LiveEvent) -> None:
        """Write down an event."""

    def tick(self) -> None:
        """Show that time goes by."""


@dataclass(frozen=True)
class Ended:
    """How a turn ended; the fields of `nexus ask --json`, but for notices where there are none."""

    answer: str
    outcome: str
    turn: str
    session: str
    model: str | None
    tools: list[str]
    elapsed_ms: float
    notices: list[str] = field(default_factory=list)
    interrupted: bool = field(default=False, compare=False)


class Conversation:
    """What one person says in one session.

    Args:
        here: the settings.
        session: the session's name.
    """

    def __init__(self, here: Settings, session: str) -> None:
        self.session = session
        durable, live = (place.line(here, server, "terminal") for server in ("durable", "live"))
        self._terminal = Terminal(durable, live, gateway(here, "terminal"), here.streams)

    async def close(self) -> None:
        """Close the connections."""
        await self._terminal.close()

    def _message(self, text: str) -> Received | Control:
        common: dict[str, Any] = {
            "id": new_id(),
            "trace": new_id(),
            "session": self.session,
            "person": OWNER,
            "channel": "terminal",
            "chat": self.session,
        }
        word = Control.word(text)
        try:
            if word is not None:
                return Control(**word, **common)
            return Received(text=text, **common)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            what = ".".join(map(str, fault["loc"]))
            raise Misused(f"The {what} does not fit: {_rule(fault)}.") from None

    async def say(
        self,
        text: str,
        paper: Paper | None = None,
        *,
        seconds: float,
        stop: asyncio.Event | None = None,
        leave: asyncio.Event | None = None,
        asks: Callable[[ApprovalView], None] | None = None,
        key: str = "",
    ) -> Ended:
        """Say something and wait for the answer.

        Args:
            text: what is said.
            paper: where it is written down while it happens.
            seconds: how long to wait at most.
            stop: once set, the turn is told to stop.
            leave: once set, it is not waited for any longer, and goes on.
            asks: told of each call that waits for a decision, and of what becomes of it.
            key: the same one again is the same message, and is not said twice.

        Raises:
            Misused: the text or the session's name cannot be sent.
            NoAnswer: the time is over, or nobody waits; the turn goes on.
            Expected: it was not accepted.
        """
        message = self._message(text)
        began = time.perf_counter()
        cursor = await self._terminal.position(self.session)
        turns = [message.id]
        if isinstance(message, Control):
            busy = await self._patiently(lambda: self._terminal.busy(self.session))
            turns += [busy] if busy else []
        accepted = await self._patiently(lambda: self._terminal.accept(message, key))
        turns[0] = accepted.id
        told: list[Finished] = []
        following = asyncio.create_task(self._follow(turns, cursor, paper, told, asks))
        asked = asyncio.create_task((stop or asyncio.Event()).wait())
        left = asyncio.create_task((leave or asyncio.Event()).wait())
        try:
            await asyncio.wait(
                (following, asked, left), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if asked.done() and not following.done():
                await self._terminal.accept(self._message("/stop"))
                await asyncio.wait((following,), timeout=STOP_SECONDS)
            if following.done():
                following.result()
            elif not asked.done():
                late = NoAnswer(
                    f"No answer within {seconds:g} s; the question is not lost: "
                    "`nexus ask /status` tells, `nexus ask /stop` ends it."
                )
                late.turn = turns[0]
                raise late
        finally:
            following.cancel()
            asked.cancel()
            left.cancel()
            # Its connections are ours again only when it has let go of them.
            await asyncio.wait((following, asked, left))
        elapsed = round((time.perf_counter() - began) * 1000, 1)
        turn = told[-1].turn if told else turns[0]
        record = await self._patiently(lambda: self._terminal.record(turn))
        interrupted = stop is not None and stop.is_set()
        return self._ended(turn, record, told, elapsed, interrupted=interrupted)

    async def record(self, turn: str) -> list[Entry]:
        """Return what is known of a turn, oldest first."""
        found: list[Entry] = await self._patiently(lambda: self._terminal.record(turn))
        return found

    async def _follow(
        self,
        turns: list[str],
        cursor: str,
        paper: Paper | None,
        told: list[Finished],
        asks: Callable[[ApprovalView], None] | None,
    ) -> None:
        """Write down what happens until a turn has ended, its parts among it."""

        async def tick() -> None:
            while paper is not None:
                await asyncio.sleep(0.2)
                paper.tick()

        ticking = asyncio.create_task(tick())
        try:
            async for event in self._terminal.watch(self.session, turns, cursor):
                if isinstance(event, Finished):
                    told.append(event)
                elif isinstance(event, Approval):
                    if paper is not None:
                        paper.event(event)
                    if asks is not None:
                        asks(event.approval)
                elif paper is not None:
                    paper.event(event)
        finally:
            ticking.cancel()

    async def _patiently(self, do: Callable[[], Awaitable[Any]]) -> Any:
        """Try again while the server is still starting; a repeat is the same message."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return await do()
            except TooMuch:
                raise
            except Transient:
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(0.1)

    def _ended(
        self,
        turn: str,
        record: list[Entry],
        told: list[Finished],
        elapsed: float,
        *,
        interrupted: bool,
    ) -> Ended:
        said = next((e for e in reversed(record) if isinstance(e, Said)), None)
        thoughts = [e for e in record if isinstance(e, Thought)]
        # What was refused at the door has no record: its answer is in the feed alone.
        parts = {e.part: e.text for e in told if e.turn == turn}
        heard = "\n".join(parts[number] for number in sorted(parts))
        return Ended(
            answer=said.text if said else heard,
            outcome=said.outcome if said else (told[-1].outcome if told else "stopped"),
            turn=turn,
            session=self.session,
            model=thoughts[-1].model if thoughts else None,
            tools=[e.tool for e in record if isinstance(e, Observed)],
            elapsed_ms=elapsed,
            notices=[text for thought in thoughts for text in thought.notices],
            interrupted=interrupted,
        )
