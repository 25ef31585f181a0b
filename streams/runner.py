"""A runner: one stage at work in one process."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import structlog

from schemas.base import TurnMessage, now_ms
from schemas.desk import Attempt
from schemas.errors import Refused, TooMuch, Transient
from schemas.feed import Queued
from streams import dead, metrics, results
from streams.burial import Burial
from streams.commit import Committer, Item
from streams.effects import NotNow
from streams.entry import Held, decode, receive, vouched
from streams.lanes import Lanes
from streams.record import TurnRecord
from streams.stage import Stage
from streams.store import CUT_OFF
from streams.surroundings import Supplies, Surroundings

log = structlog.get_logger("streams")

MAX_INNER = 262_144
"""Bytes of the largest message between stages that is still looked at."""


class Exhausted(Refused):
    """Every attempt failed."""

    code = "exhausted"


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
        self._supplies = Supplies(stage, around)
        self._crash = around.crash
        self._before, self._after = _crash_points(stage.name)
        self._burial = Burial(stage, around.records, self.committer)
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
            if self._supplies.wants_provenance:
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
            if self._supplies.wants_record and held.turn:
                record = await self._around.records.load(held.turn, held.length)
            arguments = await self._supplies.of(held, record)
            self._crash.at(self._before)
            result = await self.stage.function(held.message, **arguments)
            item = self._item(held, record, result)
            self._crash.at(self._after)
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
        buried = await self._burial.bury(held, error)
        self._around.wake.set()  # the clerk may be in this process
        self.tally.outcomes["buried" if buried else "fenced"] += 1
        self._drop(held)

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


def _crash_points(stage: str) -> tuple[str, str]:
    """Return the names of the crash points around a stage's function."""
    if stage == "deliver":
        return "deliver.before_send", "deliver.after_send"
    return "", f"{stage}.before_commit"
