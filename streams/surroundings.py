"""What the runners of one process share, and what a stage is handed of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from streams.approvals import Decisions
from streams.blackbox import BlackBox
from streams.crash import NOWHERE, Crash
from streams.effects import Effects
from streams.entry import Held, Provenance
from streams.live import LiveFeed
from streams.record import History, Records, TurnRecord
from streams.session import SessionState, state_of
from streams.settings import StreamsSettings
from streams.sign import Keyring
from streams.spending import Spending, account
from streams.stage import Stage
from streams.voice import Voice

OF_A_MESSAGE = (
    TurnRecord, History, Provenance, SessionState, Effects, Decisions, Spending,
)  # fmt: skip
"""What a stage may ask for that differs from message to message."""


@dataclass(frozen=True)
class Surroundings:
    """What every runner of a process shares.

    Attributes:
        consumer: this process's name in the consumer groups.
        redis: the durable Redis.
        wake: set when the next regular round should not be waited for.
        resources: what a stage's further parameters are looked up in, by type.
    """

    consumer: str
    redis: Redis
    settings: StreamsSettings
    records: Records
    keyring: Keyring
    blackbox: BlackBox
    feed: LiveFeed
    resources: Mapping[type, object]
    wake: asyncio.Event
    crash: Crash = NOWHERE


class Supplies:
    """What one stage asks for by the types of its parameters.

    Args:
        stage: the stage.
        around: where it comes from.

    Raises:
        TypeError: it asks for something that nobody handed in.
    """

    def __init__(self, stage: Stage[..., Any], around: Surroundings) -> None:
        self._stage = stage
        self._around = around
        # What is the same for all messages is looked up once; the rest belongs to one message.
        self._asked = [(name, kind) for name, kind in stage.needs.items() if kind in OF_A_MESSAGE]
        self._given = {
            name: self._resource(name, kind)
            for name, kind in stage.needs.items()
            if kind not in OF_A_MESSAGE
        }
        self.wants_record = TurnRecord in stage.needs.values()
        self.wants_provenance = Provenance in stage.needs.values()

    async def of(self, held: Held, record: TurnRecord) -> dict[str, object]:
        """Return the further arguments for one message."""
        arguments = dict(self._given)
        for name, kind in self._asked:
            # What most stages ask for needs nobody's answer.
            if kind is TurnRecord:
                arguments[name] = record
            elif kind is Provenance:
                arguments[name] = held.source
            else:
                arguments[name] = await self._supply(kind, held, record)
        return arguments

    def _resource(self, name: str, kind: type) -> object:
        if kind not in self._around.resources:
            raise TypeError(
                f"stage {self._stage.name}: nothing of type {kind.__name__} was handed in "
                f"for its parameter {name}"
            )
        return self._around.resources[kind]

    async def _supply(self, kind: type, held: Held, record: TurnRecord) -> object:
        if kind is Effects:
            place = (self._stage.topic, self._stage.name, self._around.consumer)
            return Effects(self._around.redis, place, held, self._around.crash)
        if kind is Decisions:
            place = (self._stage.topic, self._stage.name, self._around.consumer)
            voice = Voice.of(self._around.keyring)
            return Decisions(self._around.redis, place, held, self._around.crash, voice)
        assert held.message is not None
        if kind is History:
            return self._around.records.history(held.message.session, held.turn)
        if kind is Spending:
            session = account(held.message.session, record.known)
            return Spending.on(self._around.redis, session, held.message.person)
        return await state_of(self._around.redis, held.message.session)
