"""A runner: one stage at work in one process."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

import structlog

from schemas.base import TurnMessage
from schemas.errors import Refused, Transient, Unavailable
from streams import keys, metrics
from streams.burial import Burial
from streams.commit import Committer
from streams.effects import NotNow
from streams.entry import Held, decode, receive, vouched, witnessed
from streams.failures import Failures
from streams.groups import Group
from streams.hands import Hands
from streams.lanes import uncancel
from streams.patience import Patience
from streams.record import TurnRecord
from streams.stage import Stage
from streams.store import AWAY, CUT_OFF, Groupless, in_time
from streams.surroundings import Supplies, Surroundings
from streams.verdicts import Verdicts
from streams.voice import Voice

log = structlog.get_logger("streams")

_READS = {"inbox": receive, "control": vouched, "events": witnessed}
"""How the topics are read that others write on."""
MAX_INNER = 262_144
"""Bytes of the largest message between stages that is still looked at."""


class Crowded(Refused):
    """What it needs is away, and as much as may wait for that waits already."""

    code = "crowded"


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
        self._hands = Hands(self._work, stage.batch, waits=stage.waits)
        self.behind = False
        place = (stage.topic, stage.name, around.consumer)
        voice = Voice.of(around.keyring)
        self._group = Group(around.redis, *place, held=lambda: self.held, voice=voice)
        self.committer = Committer(around.redis, *place, regroup=self.regroup)
        self._supplies = Supplies(stage, around)
        self._crash = around.crash
        self._before, self._after = _crash_points(stage.name)
        self.tally = metrics.Tally(stage.name, lambda: len(self._hands))
        metrics.STAGES.tallies.append(self.tally)
        burial = Burial(stage, around.records, self.committer)
        self._failures = Failures(
            self._hands, self.committer, burial, self.tally, around.settings, wake=around.wake
        )
        self._patience = Patience(self._hands, self.tally, around.settings)
        self._verdicts = Verdicts(
            stage, around, self._hands, self._failures, self.tally, self._is_behind
        )

    async def take(self, entries: Sequence[Held]) -> None:
        """Start on `entries`, and return when there is room for as many again."""
        self._group.last = entries[-1].id
        self.put(entries)
        # What is quick is committed before the next read: reads then find as much as commits
        # carry, and the cost of a round trip is shared by many. A slow stage is not waited for.
        # After a full batch more is waiting: it is read while the call is under way, so that the
        # next call carries it too.
        if len(entries) < self.stage.batch:
            await self.committer.round_trip()
        else:
            await asyncio.sleep(0)
        await self._hands.make_room()

    async def regroup(self) -> None:
        """Make the stage's group if it is gone.

        Raises:
            redis.exceptions.RedisError, OSError: Redis does not answer.
        """
        if await self._group.ensure():
            # In its order, if that counts: what is pending again comes first.
            self.behind = self.stage.sole
            self._around.wake.set()

    def _is_behind(self) -> None:
        self.behind = True
        self._around.wake.set()

    def put(self, entries: Sequence[Held], *, late: bool = False) -> None:
        """Start on `entries`.

        Args:
            entries: oldest first.
            late: whether they were in somebody's hands before.
        """
        for held in entries:
            self._read(held)
            held.lane = self._lane(held)
            if not late and self._hands.full(held.lane):
                # It would never get its turn behind what waits; the desk keeps it.
                held.lane, held.fault = held.id, Crowded("Too much waits already for what is away.")
            self._hands.put(held, late=late)

    @property
    def room(self) -> int:
        """How many more entries may be taken over now."""
        return self._hands.room

    async def idle(self, seconds: float) -> bool:
        """Wait until nothing is held; return whether that came true in time."""
        return await self._hands.idle(seconds)

    @property
    def held(self) -> list[Held]:
        """What is in our hands now."""
        return self._hands.held

    def stop_turn(self, turn: str) -> None:
        """End the work on a turn that was told to stop, also what of it arrives later."""
        if self.stage.stoppable:
            self._hands.stop_turn(turn)

    def lost(self, held: Held) -> None:
        """Let go of an entry that somebody else owns by now."""
        if self._hands.holds(held):
            self.tally.outcomes["fenced"] += 1
            self._hands.lose(held)

    async def let_go(self) -> None:
        """Let go of everything, once what is on its way is answered."""
        await self._verdicts.settled()
        await self.committer.flush()
        for held in self.held:
            self._hands.lose(held)
        self.behind = False

    async def drain(self, seconds: float) -> None:
        """Finish what is held, for at most `seconds`; leave the rest for others."""
        self._patience.close()
        await self._hands.idle(seconds)
        await self._hands.abandon()
        await self.committer.close()

    # One entry ---------------------------------------------------------------------------

    def _read(self, held: Held) -> None:
        try:
            if self._supplies.wants_provenance:
                read = _READS[self.stage.topic]
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
        held.slot = self._around.blackbox.enter(self.stage.topic, held.id)
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
                    uncancel()
                    if held.lost:
                        return
                except CUT_OFF as error:
                    # Redis is away, which is nothing the message could be blamed for.
                    log.info("stage.waits", stage=self.stage.name, error=repr(error))
                    if isinstance(error, Groupless):
                        with contextlib.suppress(*AWAY):
                            await self.regroup()
                    pause = min(2 * pause or 0.05, 1.0)
                except Exception as error:
                    # Not even its burial went well. It stays pending, and others will see it.
                    log.error("entry.left", stage=self.stage.name, entry=held.id, exc_info=error)
                    self._hands.drop(held)
                    return
        finally:
            self._around.blackbox.leave(held.slot)

    async def _attempt(self, held: Held) -> bool:
        """Try once; return whether the entry is off the lane."""
        began = time.perf_counter()
        record = TurnRecord(held.turn)
        try:
            await self._check(held)
            if self._supplies.wants_record and held.turn:
                record = await self._around.records.load(held.turn, held.length)
            arguments = await self._supplies.of(held, record)
            self._crash.at(self._before)
            result = await self.stage.function(held.message, **arguments)
            item = self._verdicts.item(held, record, result)
            self._crash.at(self._after)
        except asyncio.CancelledError:
            if not held.stopping or held.lost:
                raise
            uncancel()
            self.committer.add(self._verdicts.item(held, record, None))
        except CUT_OFF:
            raise
        except NotNow as error:
            self._set_aside(held, error)
        except Refused as error:
            await self._failures.bury(held, error)
        except Unavailable as error:
            return await self._wait(held, error)
        except Transient as error:
            return await self._failures.failed(held, error, error.retry_after)
        except Exception as error:
            log.error("stage.bug", stage=self.stage.name, entry=held.id, exc_info=error)
            return await self._failures.failed(held, error, None)
        else:
            self.tally.worked(time.perf_counter() - began)
            self.committer.add(item)
        return True

    async def _wait(self, held: Held, error: Unavailable) -> bool:
        """Wait for what is away; return whether the entry is off the lane."""
        # Nothing of it runs meanwhile, so no death of this process is its fault.
        self._around.blackbox.leave(held.slot)
        held.slot = -1
        try:
            if not await self._patience.wait(held, error):
                return True
        except asyncio.CancelledError:
            if not held.stopping or held.lost:
                raise
            uncancel()
        held.slot = self._around.blackbox.enter(self.stage.topic, held.id)
        return False

    async def _check(self, held: Held) -> None:
        if held.fault is not None:
            raise held.fault
        self._failures.check(held)
        if held.stopping:
            # What was heard once is no longer so for a turn that the owner sent on again: without
            # the mark nobody would publish a stop's answer, and the entry would end in silence.
            held.stopping = False
            try:
                async with in_time():
                    held.stopping = await self._around.redis.hexists(keys.STOPPING, held.turn)
            except CUT_OFF:
                held.stopping = True
                raise
            if held.stopping:
                raise asyncio.CancelledError

    def _set_aside(self, held: Held, reason: NotNow) -> None:
        if reason.why == "fenced":
            self.tally.outcomes["fenced"] += 1
            self._hands.drop(held)
        else:
            self.committer.add(self._verdicts.item(held, TurnRecord(held.turn), None))


def _crash_points(stage: str) -> tuple[str, str]:
    """Return the names of the crash points around a stage's function."""
    if stage in {"deliver", "send"}:
        return f"{stage}.before_send", f"{stage}.after_send"
    return "", f"{stage}.before_commit"
