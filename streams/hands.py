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
    """

    def __init__(self, work: Callable[[Held], Awaitable[None]], batch: int) -> None:
        self._batch = batch
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
        return max(0, 2 * self._batch - len(self._held))

    def put(self, held: Held) -> None:
        """Start on an entry, behind what has the same lane."""
        before = self._held.get(held.id)
        if before is not None:
            # Taken away and come back: the first run lost its right, this one has it.
            self.lose(before)
        self._held[held.id] = held
        held.stopping = bool(held.turn) and held.turn in self._stopped
        self._lanes.put(held.lane, held)

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
            self._lanes.done()

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
