"""What one stage holds: the entries in its hands, each in its lane, until it lets go of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from streams.entry import Held
from streams.lanes import Lanes


class Hands:
    """Holds entries and runs them in their lanes.

    Args:
        work: handles one entry; it raises nothing but CancelledError.
        batch: how many entries one read brings; at most twice as many are held.
        waits: how many more may be held in lanes that wait for what is away.
    """

    def __init__(
        self, work: Callable[[Held], Awaitable[None]], batch: int, *, waits: int = 0
    ) -> None:
        self._batch = batch
        self._aside = Aside(waits)
        self._held: dict[str, Held] = {}
        self._lanes: Lanes[Held] = Lanes(work, room=batch)
        self._stopped: deque[str] = deque(maxlen=256)

    def __len__(self) -> int:
        return len(self._held)

    @property
    def held(self) -> list[Held]:
        """What is in our hands now."""
        return list(self._held.values())

    @property
    def room(self) -> int:
        """How many more entries may be taken over now."""
        return max(0, 2 * self._batch - len(self._held) + self._aside.held)

    def full(self, lane: str) -> bool:
        """Whether a lane waits for what is away, and no more may wait so."""
        return self._aside.full(lane)

    def put(self, held: Held, *, late: bool = False) -> None:
        """Start on an entry, behind what has the same lane.

        Args:
            held: the entry.
            late: whether it was in somebody's hands before; its lane then counts as one that waits.
        """
        before = self._held.get(held.id)
        if before is not None:
            # Taken away and come back: the first run lost its right, this one has it.
            self.lose(before)
        self._held[held.id] = held
        held.stopping = bool(held.turn) and held.turn in self._stopped
        self._aside.put(held.lane)
        self._lanes.put(held.lane, held)
        if late:
            self.wait(held)

    def wait(self, held: Held) -> None:
        """Let the lane of an entry count for no room: what it needs is away, and others go on."""
        if self.holds(held):
            self._aside.wait(held.lane)
            self._lanes.excuse(self._aside.held)

    def stop_turn(self, turn: str) -> None:
        """End the work on a turn that was told to stop, also what of it arrives later."""
        self._stopped.append(turn)
        for held in self._held.values():
            if held.turn == turn and not held.stopping:
                held.stopping = True
                self._lanes.cancel(held.lane, held)

    def holds(self, held: Held) -> bool:
        """Whether this very run of an entry is still in our hands."""
        return self._held.get(held.id) is held

    def drop(self, held: Held) -> None:
        """Be done with an entry."""
        if self.holds(held):
            del self._held[held.id]
        if not held.dropped:
            held.dropped = True
            self._aside.drop(held.lane)
            self._lanes.done(self._aside.held)

    def lose(self, held: Held) -> None:
        """Let go of an entry that somebody else owns, and end the work on it."""
        held.lost = True
        self.drop(held)
        self._lanes.cancel(held.lane, held)

    def adopt(self, task: asyncio.Task[None]) -> None:
        """Keep `task` alive, and end it with the lanes."""
        self._lanes.adopt(task)

    async def make_room(self) -> None:
        """Wait until there is room for another batch."""
        await self._lanes.make_room()

    async def idle(self, seconds: float) -> bool:
        """Wait until nothing is held; return whether that came true in time."""
        return await self._lanes.drain(seconds)

    async def abandon(self) -> None:
        """End all work, and leave what is held to others."""
        await self._lanes.abandon()
        self._held.clear()


class Aside:
    """Counts what is held in lanes that wait for what is away.

    A lane that waited once counts so until it is empty: what piled up in it may go out slowly, and
    keeps nobody waiting meanwhile either.

    Args:
        most: how many may be held so; with 0 no lane ever is.

    Attributes:
        held: how many are.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lanes: dict[str, int] = {}
        self._waiting: set[str] = set()
        self.held = 0

    def full(self, lane: str) -> bool:
        """Whether a lane waits, and no more may."""
        return lane in self._waiting and self.held >= self._most

    def put(self, lane: str) -> None:
        """Count one more in a lane."""
        if self._most:
            self._lanes[lane] = self._lanes.get(lane, 0) + 1
            self.held += lane in self._waiting

    def wait(self, lane: str) -> None:
        """Count a lane as one that waits."""
        if self._most and lane not in self._waiting:
            self._waiting.add(lane)
            self.held += self._lanes[lane]

    def drop(self, lane: str) -> None:
        """Count one less in a lane."""
        if not self._most:
            return
        self.held -= lane in self._waiting
        self._lanes[lane] -= 1
        if not self._lanes[lane]:
            del self._lanes[lane]
            self._waiting.discard(lane)
