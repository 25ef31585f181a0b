"""What was spent: counted by the commit that records it, and read before more is."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, fields, replace

from redis.asyncio import Redis

from schemas.base import Message
from schemas.chat import Call
from schemas.record import Asked, Entry, Observed, Thought
from streams import keys
from streams.store import Argument, told

DAY = 86_400
"""Seconds; a day is one of UTC."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What somebody has spent.

    Attributes:
        cost: in millionths of a US dollar.
        tokens: in and out together.
        calls: tool calls that were settled.
        ms: milliseconds in which a model thought or a tool ran.
    """

    cost: int = 0
    tokens: int = 0
    calls: int = 0
    ms: int = 0


NAMES = tuple(field.name for field in fields(Spent))


@dataclass(frozen=True, slots=True)
class Accounts:
    """What was spent so far: in a session, by its person today, by everybody today."""

    session: Spent = Spent()
    person: Spent = Spent()
    day: Spent = Spent()


class Spending:
    """What was spent so far; read from Redis only when somebody asks.

    Args:
        load: reads it.
    """

    def __init__(self, load: Callable[[], Awaitable[Accounts]]) -> None:
        self._load = load

    @classmethod
    def of(cls, accounts: Accounts = Accounts()) -> Spending:
        """Return what is known already."""

        async def load() -> Accounts:
            return accounts

        return cls(load)

    @classmethod
    def on(cls, redis: Redis, session: str, person: str) -> Spending:
        """Return what Redis knows of a session and its person."""

        async def load() -> Accounts:
            found = keys.spent(session, person, int(time.time()) // DAY)
            rows = await told(redis, [("HMGET", key, *NAMES) for key in found])
            return Accounts(*(Spent(*(int(value or 0) for value in row)) for row in rows))

        return cls(load)

    async def read(self) -> Accounts:
        """Return what was spent so far."""
        return await self._load()


async def today(redis: Redis) -> Spent:
    """Return what everybody has spent since midnight, UTC.

    Raises:
        Away: Redis does not answer.
    """
    return (await Spending.on(redis, "", "").read()).day


def spent(entries: Iterable[Entry]) -> Spent:
    """Return what these entries of a record cost."""
    cost = tokens = calls = 0
    took = 0.0
    for entry in entries:
        if isinstance(entry, Thought):
            cost += entry.usage.cost
            tokens += entry.usage.total
            took += entry.elapsed_ms
        elif isinstance(entry, Observed):
            calls += 1
            took += entry.elapsed_ms
    return Spent(cost, tokens, calls, round(took))


def account(session: str, known: Iterable[Entry]) -> str:
    """Return the session that pays: a task's is the one in which a person asked.

    Args:
        session: the turn's own.
        known: its record.
    """
    asked = next((one for one in known if isinstance(one, Asked)), None)
    return asked.parent.path[0].session if asked is not None and asked.parent else session


def counted(
    message: Message | None, added: Iterable[Entry], known: Iterable[Entry] = ()
) -> list[Argument]:
    """Return what a stage's result cost, as streams/library/ counts it; nothing for nothing.

    Args:
        message: what the stage was given; it says whose account it is.
        added: what it adds to the record.
        known: the record before.
    """
    paid = [entry for entry in added if isinstance(entry, Thought | Observed)]
    if message is None or not paid:
        return []
    found = spent(paid)
    if isinstance(message, Call) and message.child:
        found = replace(found, ms=0)  # the task has counted its time itself
    if found == Spent():
        return []
    body: list[Argument] = [account(message.session, known), message.person]
    for name in NAMES:
        if value := getattr(found, name):
            body += (name, value)
    return body
