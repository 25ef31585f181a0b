"""A runner: one stage at work in one process."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis

from schemas.base import Message, TurnMessage, now_ms
from schemas.chat import Reply
from schemas.desk import Attempt
from schemas.errors import Refused, TooMuch, Transient
from schemas.feed import Queued
from streams import dead, metrics, results
from streams.blackbox import BlackBox
from streams.commit import Committer, Item
from streams.effects import Effects, NotNow
from streams.entry import Held, Provenance, decode, receive, vouched
from streams.lanes import Lanes
from streams.live import LiveFeed
from streams.record import History, Records, TurnRecord
from streams.session import SessionState, state_of
from streams.settings import StreamsSettings
from streams.sign import Keyring
from streams.stage import Stage
from streams.store import CUT_OFF, Argument

log = structlog.get_logger("streams")

MAX_INNER = 262_144
"""Bytes of the largest message between stages that is still looked at."""


OF_A_MESSAGE = (TurnRecord, History, Provenance, SessionState, Effects)
"""What a stage may ask for that differs from message to message."""


class Exhausted(Refused):
    """Every attempt failed."""

    code = "exhausted"


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


class Runner:
    """Takes entries of one topic through its stage.

    Args:
        stage: the stage.
        around: what the process's runners share.

    Attributes:
        behind: whether an older entry must come before those in our hands.
    """

    def __init__(self, stage: Stage[..., Any], around: Surroundings) -> None:
        self.stage = stage
        self._around = around
        self._held: dict[str, Held] = {}
        self._lanes: Lanes[Held] = Lanes(self._work, room=stage.batch)
        self._stopped: deque[str] = deque(maxlen=256)
        self._burying: set[asyncio.Task[None]] = set()
        self.behind = False
        self.committer = Committer(around.redis, stage.topic, stage.name, around.consumer)
        # What is the same for all messages is looked up once; the rest belongs to one message.
        self._asked = [(name, kind) for name, kind in stage.needs.items() if kind in OF_A_MESSAGE]
        self._given = {
            name: self._resource(name, kind)
            for name, kind in stage.needs.items()
            if kind not in OF_A_MESSAGE
        }
        self._wants_record = TurnRecord in stage.needs.values()
        self.tally = metrics.Tally(stage.name, lambda: len(self._held))
        metrics.STAGES.tallies.append(self.tally)

    async def take(self, entries: Sequence[Held]) -> None:
        """Start on `entries`, and return when there is room for as many again."""
        self.put(entries)
        # What is quick is committed before the next read: reads then find as much as commits
        # carry, and the cost of a round trip is shared by many. A slow stage is not waited for.
        await self.committer.round_trip()
        await self._lanes.make_room()

    def put(self, entries: Sequence[Held]) -> None:
        """Start on `entries`."""
        for held in entries:
            before = self._held.get(held.id)
            if before is not None:
                # Taken away and come back: the first run lost its right, this one has it.
                self._lose(before)
            self._held[held.id] = held
            self._read(held)
            held.lane = self._lane(held)
            held.stopping = bool(held.turn) and held.turn in self._stopped
            self._lanes.put(held.lane, held)

    @property
    def room(self) -> int:
        """How many more entries may be taken over now."""
        return max(0, 2 * self.stage.batch - len(self._held))

    async def idle(self, seconds: float) -> bool:
        """Wait until nothing is held; return whether that came true in time."""
        return await self._lanes.drain(seconds)

    @property
    def held(self) -> list[Held]:
        """What is in our hands now."""
        return list(self._held.values())

    def stop_turn(self, turn: str) -> None:
        """End the work on a turn that was told to stop, also what of it arrives later."""
        if not self.stage.stoppable:
            return
        self._stopped.append(turn)
        for held in self._held.values():
            if held.turn == turn and not held.stopping:
                held.stopping = True
                self._lanes.cancel(held.lane, held)

    def lost(self, held: Held) -> None:
        """Let go of an entry that somebody else owns by now."""
        if self._held.get(held.id) is held:
            self.tally.outcomes["fenced"] += 1
            self._lose(held)

    async def let_go(self) -> None:
        """Let go of everything, once what is on its way is answered."""
        while self._burying:
            await asyncio.wait(tuple(self._burying))
        await self.committer.flush()
        for held in self.held:
            self._lose(held)
        self.behind = False

    async def drain(self, seconds: float) -> None:
        """Finish what is held, for at most `seconds`; leave the rest for others."""
        await self._lanes.drain(seconds)
        await self._lanes.abandon()
        self._held.clear()
        await self.committer.close()

    # One entry ---------------------------------------------------------------------------

    def _read(self, held: Held) -> None:
        try:
            if Provenance in self.stage.needs.values():
                read = receive if self.stage.sole else vouched
                held.message, held.source = read(
                    held, self._around.keyring, self._around.settings.max_accepted_bytes
                )
            else:
                held.message = message = decode(held, self.stage.reads, MAX_INNER)
                if isinstance(message, TurnMessage):
                    held.turn = message.turn
        except Exception as error:  # noqa: BLE001 - raised again where it is told from a bug
            held.fault = error

    def _lane(self, held: Held) -> str:
        if self.stage.sole:
            return ""
        if held.message is None:
            return held.id
        return str(getattr(held.message, self.stage.lane))

    async def _work(self, held: Held) -> None:
        if held.lost:
            return
        slot = self._around.blackbox.enter(self.stage.topic, held.id)
        pause = 0.0
        try:
            while True:
                try:
                    if pause:
                        await asyncio.sleep(pause)
                    if await self._attempt(held):
                        return
                except asyncio.CancelledError:
                    if not (held.lost or held.stopping):
                        raise
                    self._uncancel()
                    if held.lost:
                        return
                except CUT_OFF as error:
                    # Redis is away, which is nothing the message could be blamed for.
                    log.info("stage.waits", stage=self.stage.name, error=repr(error))
                    pause = min(2 * pause or 0.05, 1.0)
                except Exception as error:
                    # Not even its burial went well. It stays pending, and others will see it.
                    log.error("entry.left", stage=self.stage.name, entry=held.id, exc_info=error)
                    self._drop(held)
                    return
        finally:
            self._around.blackbox.leave(slot)

    async def _attempt(self, held: Held) -> bool:
        """Try once; return whether the entry is off the lane."""
        began = time.perf_counter()
        record = TurnRecord(held.turn)
        try:
            self._check(held)
            if self._wants_record and held.turn:
                record = await self._around.records.load(held.turn, held.length)
            arguments = dict(self._given)
            for name, kind in self._asked:
                arguments[name] = await self._supply(kind, held, record)
            result = await self.stage.function(held.message, **arguments)
            item = self._item(held, record, result)
        except asyncio.CancelledError:
            if not held.stopping or held.lost:
                raise
            self._uncancel()
            self.committer.add(self._item(held, record, None))
        except CUT_OFF:
            raise
        except NotNow as error:
            self._set_aside(held, error)
        except Refused as error:
            await self._bury(held, error)
        except Transient as error:
            return await self._failed(held, error, error.retry_after)
        except Exception as error:
            log.error("stage.bug", stage=self.stage.name, entry=held.id, exc_info=error)
            return await self._failed(held, error, None)
        else:
            self.tally.worked(time.perf_counter() - began)
            self.committer.add(item)
        return True

    def _check(self, held: Held) -> None:
        if held.fault is not None:
            raise held.fault
        if len(held.failures) >= self._around.settings.attempts:
            last = held.failures[-1]
            raise Exhausted(f"{len(held.failures)} attempts failed, the last: {last.text}")
        if held.stopping:
            raise asyncio.CancelledError

    def _set_aside(self, held: Held, reason: NotNow) -> None:
        if reason.why == "fenced":
            self.tally.outcomes["fenced"] += 1
            self._drop(held)
        else:
            self.committer.add(self._item(held, TurnRecord(held.turn), None))

    @staticmethod
    def _uncancel() -> None:
        task = asyncio.current_task()
        if task is not None:
            while task.uncancel():
                pass

    def _resource(self, name: str, kind: type) -> object:
        if kind not in self._around.resources:
            raise TypeError(
                f"stage {self.stage.name}: nothing of type {kind.__name__} was handed in "
                f"for its parameter {name}"
            )
        return self._around.resources[kind]

    async def _supply(self, kind: type, held: Held, record: TurnRecord) -> object:
        if kind is TurnRecord:
            return record
        if kind is Provenance:
            return held.source
        if kind is Effects:
            place = (self.stage.topic, self.stage.name, self._around.consumer)
            return Effects(self._around.redis, place, held)
        assert held.message is not None
        if kind is History:
            return self._around.records.history(held.message.session, held.turn)
        return await state_of(self._around.redis, held.message.session)

    # Its result --------------------------------------------------------------------------

    def _item(self, held: Held, record: TurnRecord, result: object) -> Item:
        arguments, size = results.arguments(
            self.stage, held, record, results.listed(result), self._around.settings
        )
        return Item(
            self.stage.commit,
            arguments,
            lambda answer: self._answered(held, record, size, answer),
        )

    def _answered(self, held: Held, record: TurnRecord, size: int, answer: str) -> None:
        try:
            self._conclude(held, record, size, answer)
        except Exception as error:
            log.error("answer.odd", stage=self.stage.name, answer=answer[:200], exc_info=error)
            self._drop(held)

    def _conclude(self, held: Held, record: TurnRecord, size: int, answer: str) -> None:
        verdict, _, rest = answer.partition(" ")
        if verdict in {"OK", "STOPPED"}:
            if record.added and rest != "0":
                self._around.records.committed(record, int(rest), size)
            self.tally.outcomes["ok"] += 1
        elif verdict == "FULL":
            full = TooMuch("Too many messages of this session wait already.")
            self._bury_later(held, full)
            return
        elif verdict == "ERR":
            self._bury_later(held, Refused(rest))
            return
        else:
            if verdict == "BEHIND":
                self.behind = True
                self._around.wake.set()
            if verdict == "QUEUED" and held.message is not None:
                self._around.feed.send(
                    held.message.session, Queued(turn=held.message.id, behind=int(rest))
                )
            self.tally.outcomes[verdict.lower()] += 1
        self._drop(held)

    async def _failed(self, held: Held, error: Exception, wait: float | None) -> bool:
        settings = self._around.settings
        name, text, at = type(error).__name__, dead.said(error, 500), now_ms()
        self.tally.errors[name] += 1
        answer = await self.committer.ask("fail", [held.id, held.generation, at, name, text])
        if not answer.startswith("OK"):
            self._drop(held)
            return True
        held.failures.append(Attempt(at=at, error=name, text=text))
        if len(held.failures) >= settings.attempts:
            await self._bury(held, error)
            return True
        most = settings.backoff_seconds * 2 ** len(held.failures)
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        pause = max(wait or 0.0, min(most, settings.backoff_most_seconds) * jitter)
        try:
            await asyncio.sleep(pause)
        except asyncio.CancelledError:
            if not held.stopping or held.lost:
                raise
            self._uncancel()
        return False

    def _bury_later(self, held: Held, error: Exception) -> None:
        task = asyncio.get_running_loop().create_task(self._bury_surely(held, error))
        self._burying.add(task)
        task.add_done_callback(self._burying.discard)
        self._lanes.adopt(task)

    async def _bury_surely(self, held: Held, error: Exception) -> None:
        while not held.lost:
            try:
                await self._bury(held, error)
            except CUT_OFF:
                await asyncio.sleep(0.1)
            except Exception as problem:
                log.error("entry.left", stage=self.stage.name, entry=held.id, exc_info=problem)
                self._drop(held)
            else:
                return

    async def _bury(self, held: Held, error: Exception) -> None:
        buried = dead.letter(self.stage, held, error)
        messages, ends = dead.notices(held, buried)
        if ends and held.turn:
            messages = await self._last_word(held, buried.text)
        log.warning(
            "stage.buried", stage=self.stage.name, entry=held.id, letter=buried.id, code=buried.code
        )
        session = held.message.session if held.message else ""
        arguments: list[Argument] = [held.id, held.generation, held.turn, session, int(ends)]
        arguments += [len(messages) + 1, "dead", buried.model_dump_json()]
        for message in messages:
            arguments += (message.topic, message.model_dump_json())
        answer = await self.committer.ask("bury", arguments)
        if answer.startswith("ERR"):
            # What the person would be told cannot be written; the letter alone can.
            log.error("bury.refused", stage=self.stage.name, entry=held.id, error=answer)
            alone: list[Argument] = [held.id, held.generation, "", "", 0, 1, "dead"]
            answer = await self.committer.ask("bury", [*alone, dead.bare(buried)])
        self.tally.outcomes["buried" if answer.startswith("OK") else "fenced"] += 1
        self._drop(held)

    async def _last_word(self, held: Held, text: str) -> list[Message]:
        """Tell the person directly: the stage that would have told them is the one that failed."""
        record = await self._around.records.load(held.turn, 1)
        if held.message is None or not record.known:
            return []
        return [
            Reply.after(
                held.message,
                id=f"{held.turn}:reply:0",
                turn=held.turn,
                chat=record.asked.chat,
                part=0,
                parts=1,
                text=f"I could not finish this: {text}"[:4_000],
                outcome="failed",
            )
        ]

    def _drop(self, held: Held) -> None:
        if self._held.get(held.id) is held:
            del self._held[held.id]
        if not held.dropped:
            held.dropped = True
            self._lanes.done()

    def _lose(self, held: Held) -> None:
        held.lost = True
        self._drop(held)
        self._lanes.cancel(held.lane, held)
