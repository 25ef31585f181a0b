"""What was said in a conversation: from Redis while it remembers, from the journal before that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import structlog

from schemas.errors import Transient
from schemas.feed import LiveEvent, live_events
from schemas.web import Snapshot, Turn, Turns
from streams.conversation import Conversations, Told
from streams.feeds import Feeds
from web.settled import Settled, unfinished
from web.shelves import Open
from web.turns import TierOf, view

log = structlog.get_logger("web")

SHOWN = 20
"""Turns of a snapshot."""
MOST = 100
"""Turns of one page."""
WHOLE = 1 << 20
"""Characters of a tool's result where one turn alone is shown."""


@dataclass(frozen=True)
class Past:
    """Reads conversations.

    Attributes:
        feeds: the live feeds, for what a running step has said so far.
        conversations: what Redis remembers.
        shelves: what is written down.
        tier_of: how dangerous a tool is.
    """

    feeds: Feeds
    conversations: Conversations
    shelves: Open
    tier_of: TierOf

    async def snapshot(self, session: str) -> tuple[Snapshot, Settled]:
        """Return the last turns with all that is known of them, and what of that is settled.

        The place in the feed is taken before the durable side is read: nothing is missed between.

        Raises:
            Transient: a Redis does not answer.
        """
        cursor, rows = await self.feeds.so_far(session)
        events: list[LiveEvent] = [live_events.validate_json(row.data) for row in rows]
        turns = await self._last(session, SHOWN)
        settled = Settled(turns)
        shown = unfinished(session, turns, events, settled)
        title = await (await self.shelves()).owners.title(session)
        return Snapshot(session=session, title=title, cursor=cursor, turns=shown), settled

    async def turn(self, session: str, turn: str) -> Turn | None:
        """Return one turn, cut as in a list; None when Redis does not know it.

        Raises:
            Transient: Redis does not answer.
        """
        told = await self.conversations.turn(turn)
        return None if told is None or told.asked is None else view(told, session, self.tier_of)

    async def whole(self, session: str, turn: str) -> Turn | None:
        """Return one turn with all that its tools brought back; None when nobody knows it.

        Raises:
            Transient: Redis does not answer.
        """
        told = await self.conversations.turn(turn)
        if told is None or told.asked is None:
            told = Told(turn, await (await self.shelves()).journal.record(session, turn), "over")
        elif not await self._is_of(told, session):
            return None
        return None if told.asked is None else view(told, session, self.tier_of, shown=WHOLE)

    async def _is_of(self, told: Told, session: str) -> bool:
        """Whether a turn is of this conversation; older records do not say it themselves."""
        if told.asked is not None and told.asked.session is not None:
            return told.asked.session == session
        return any(one.turn == told.turn for one in await self.conversations.turns(session))

    async def over(self, turns: Collection[str]) -> set[str]:
        """Return which of these turns are over.

        Raises:
            Transient: Redis does not answer.
        """
        return await self.conversations.over(turns)

    async def page(self, session: str, before: str | None, limit: int) -> Turns:
        """Return a page of turns, newest first.

        Args:
            session: which conversation.
            before: the oldest turn of the page before; None for the first page.
            limit: how many.

        Raises:
            Transient: neither Redis nor the journal can be read.
        """
        known = await self._last(session, limit + 1, before)
        found = tuple(reversed(known[-limit:]))
        return Turns(turns=found, next=found[-1].id if len(known) > limit else None)

    async def _last(self, session: str, count: int, before: str | None = None) -> list[Turn]:
        """Return a session's last turns, or those before one, oldest first."""
        told = await self.conversations.turns(session)
        names = [one.turn for one in told]
        if before is not None:
            # What Redis has forgotten is older than all it remembers.
            told = told[: names.index(before)] if before in names else []
        if len(told) < count:
            oldest = told[0].turn if told else before
            written = await self._written(session, oldest, count)
            known = {one.turn for one in told}
            told = [*(one for one in written if one.turn not in known), *told]
        return [view(one, session, self.tier_of) for one in told[-count:]]

    async def _written(self, session: str, before: str | None, count: int) -> list[Told]:
        try:
            found = await (await self.shelves()).journal.before(session, before, count)
        except Transient as error:
            log.warning("journal.away", error=str(error))
            return []
        return [
            one
            for turn, record in reversed(found)
            if (one := Told(turn, record, "over")).asked is not None
        ]
