"""What Redis answers to a commit, and what follows for the entry it was about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from schemas.base import Message
from schemas.chat import Answer
from schemas.errors import Refused, TooMuch
from schemas.feed import Queued
from streams import results
from streams.commit import Item
from streams.entry import Held
from streams.failures import Failures
from streams.hands import Hands
from streams.metrics import Tally
from streams.record import TurnRecord
from streams.stage import Stage
from streams.store import CUT_OFF
from streams.surroundings import Surroundings

log = structlog.get_logger("streams")

SENDS_ALL = frozenset({"hop", "admit", "finish", "halt"})
"""Commands that, once they are done, have sent all that the stage returned; but for the answer of a
stop, which goes out with the stopped turn's next step."""


class Verdicts:
    """Makes of what a stage returned an item of a commit, and does what the answer to it says.

    Args:
        stage: the stage.
        around: what the process's runners share.
        hands: where the entries are held.
        failures: buries what cannot be.
        tally: counts.
        behind: called when an older entry must come first.
    """

    def __init__(  # noqa: PLR0917 - the parts of one runner
        self,
        stage: Stage[..., Any],
        around: Surroundings,
        hands: Hands,
        failures: Failures,
        tally: Tally,
        behind: Callable[[], None],
    ) -> None:
        self._stage, self._around, self._hands = stage, around, hands
        self._failures, self._tally, self._behind = failures, tally, behind
        self._burying: set[asyncio.Task[None]] = set()
        self._counts = stage.commit in SENDS_ALL

    async def settled(self) -> None:
        """Wait until nothing is being buried."""
        while self._burying:
            await asyncio.wait(tuple(self._burying))

    def item(self, held: Held, record: TurnRecord, result: object) -> Item:
        """Return what is committed of what a stage returned; None is a turn that was stopped.

        Raises:
            Refused: it is larger than may be sent.
        """
        messages = results.listed(result)
        function, arguments, size = results.arguments(
            self._stage, held, record, messages, self._around.settings
        )
        return Item(
            function,
            arguments,
            lambda answer: self._answered(held, record, size, messages, answer),
        )

    def _answered(
        self, held: Held, record: TurnRecord, size: int, sent: Sequence[Message], answer: str
    ) -> None:
        try:
            self._conclude(held, record, size, answer)
            if self._counts and answer.startswith("OK"):
                for message in sent:
                    if self._stage.commit != "halt" or not isinstance(message, Answer):
                        self._tally.sent[message.topic] += 1
        except Exception as error:
            log.error("answer.odd", stage=self._stage.name, answer=answer[:200], exc_info=error)
            self._hands.drop(held)

    def _conclude(self, held: Held, record: TurnRecord, size: int, answer: str) -> None:
        verdict, _, rest = answer.partition(" ")
        if verdict in {"OK", "STOPPED"}:
            if record.added and rest != "0":
                self._around.records.committed(record, int(rest), size)
            self._tally.outcomes["ok"] += 1
        elif verdict == "FULL":
            full = TooMuch("Too many messages of this session wait already.")
            self._bury_later(held, full)
            return
        elif verdict == "ERR":
            self._bury_later(held, Refused(rest))
            return
        else:
            if verdict == "BEHIND":
                self._behind()
            if verdict == "QUEUED" and held.message is not None:
                behind, _, asks = rest.partition(" ")
                self._around.feed.send(
                    held.message.session,
                    Queued(turn=held.message.id, behind=int(behind), asking=bool(asks)),
                )
            self._tally.outcomes[verdict.lower()] += 1
        self._hands.drop(held)

    def _bury_later(self, held: Held, error: Exception) -> None:
        task = asyncio.get_running_loop().create_task(self._bury_surely(held, error))
        self._burying.add(task)
        task.add_done_callback(self._burying.discard)
        self._hands.adopt(task)

    async def _bury_surely(self, held: Held, error: Exception) -> None:
        while not held.lost:
            try:
                await self._failures.bury(held, error)
            except CUT_OFF:
                await asyncio.sleep(0.1)
            except Exception as problem:
                log.error("entry.left", stage=self._stage.name, entry=held.id, exc_info=problem)
                self._hands.drop(held)
            else:
                return
