"""Which stages other processes read: told by their connections, and by whether they answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence

from streams.census import Census, Count
from streams.topology import Node

GRACE, AGAIN = 0.8, 0.1
"""Seconds in which a process answers a call, and one that did not answer the last. With the second
that lies between two looks at the map, one that hangs is seen within two."""
STEP = 0.02
SILENT_MS = 6_000
"""For how long a reader may not ask for anything that answers no calls, as one of an earlier
version; one question waits up to 4 s."""


class Elsewhere:
    """Looks after the processes that we are not.

    Args:
        census: counts what Redis knows.
        consumer: this process, which is not meant.
    """

    def __init__(self, census: Census, consumer: str) -> None:
        self._census, self._consumer = census, consumer
        self._noticed: set[str] = set()
        self._answered: set[str] = set()
        self._called: dict[str, float] = {}

    async def reading(
        self, nodes: Sequence[Node], counts: Mapping[str, Count], own: Collection[str]
    ) -> set[str]:
        """Return the stages that a process elsewhere reads.

        Who looks calls them, so nothing is spent while nobody does.

        Args:
            nodes: the stages that are asked about.
            counts: what Redis knows of their topics.
            own: stages that this process runs, as they count among the connected.

        Raises:
            Away: Redis does not answer.
        """
        known = [node for node in nodes if node.topic in counts]
        there = await self._census.here([node.stage for node in known])
        if there is None:  # Redis may not be asked: they are heard by their reading alone
            return {node.stage for node in known if self._heard(counts[node.topic], SILENT_MS)}
        connected = [node for node in known if there[node.stage] > (node.stage in own)]
        self._noticed |= {node.stage for node in connected}
        found = await self._answering(connected)
        for node in known:
            # What never answered cannot be missed for that; nor what was never noticed.
            quiet = self._answered if node in connected else self._noticed
            if node.stage not in quiet and self._heard(counts[node.topic], SILENT_MS):
                found.add(node.stage)
        return found

    async def _answering(self, nodes: Sequence[Node]) -> set[str]:
        """Call the processes of these stages; return the stages of those that answered."""
        if not nodes:
            return set()
        began = time.monotonic()
        # Who owes an answer since an earlier look is not called again, and not waited for as long.
        owing = {node.stage for node in nodes if node.stage in self._called}
        fresh = [node.stage for node in nodes if node.stage not in owing]
        await self._census.call(fresh)
        self._called |= dict.fromkeys(fresh, began)
        waited, found = list(nodes), set[str]()
        while waited:
            counts = await self._census.count([(node.topic, node.stage) for node in waited])
            for node in tuple(waited):
                since_ms = (time.monotonic() - self._called[node.stage]) * 1_000
                count = counts.get(node.topic)
                if count is not None and self._heard(count, since_ms):
                    waited.remove(node)
                    found.add(node.stage)
                    del self._called[node.stage]
            late = {node.stage for node in waited} - owing
            if time.monotonic() - began > (GRACE if late & self._answered else AGAIN):
                break
            await asyncio.sleep(STEP if waited else 0)
        self._answered |= found
        return found

    def _heard(self, count: Count, within_ms: float) -> bool:
        """Whether a reader of another process asked for something in the last so many ms."""
        return any(
            idle < within_ms for name, idle in count.idle_ms.items() if name != self._consumer
        )
