"""The terminal's way through the pipeline: say something, watch what becomes of it.

What may be lost comes from the live feed; that a turn ended, and how, is asked of the durable side
whenever the feed is silent or was begun anew. So no answer is missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any

from schemas.approvals import ApprovalView, Grant
from schemas.chat import Control, Received
from schemas.desk import Happened
from schemas.feed import Approval, Finished, LiveEvent, live_events
from schemas.record import Decided, Entry, Proposed, entries
from streams import keys
from streams.cards import lasting, place_of, seen, view
from streams.line import Away, Line
from streams.receipt import Accepted, offer, receipt, refusal
from streams.settings import StreamsSettings
from streams.sign import Gateway
from streams.wire import Said

SILENCE_MS = 1_000
"""After this silence of the feed, the durable side is asked."""
LOOK_SECONDS = 0.1
"""How often the durable side is asked once the feed is gone."""


class Terminal:
    """One person at one terminal.

    Args:
        durable: the durable Redis, as the role `terminal`.
        live: the live Redis, as the role `terminal`.
        gateway: who signs.
        settings: bounds.
    """

    def __init__(
        self, durable: Line, live: Line, gateway: Gateway, settings: StreamsSettings
    ) -> None:
        self._durable, self._live = durable, live
        self._gateway = gateway
        self._settings = settings

    async def close(self) -> None:
        """Close both connections."""
        await self._durable.close()
        await self._live.close()

    async def position(self, session: str) -> str:
        """Return the cursor of a session's newest event; '' when the live Redis is away."""
        try:
            epoch = await self._live.say("GET", keys.LIVE_EPOCH) or ""
            newest: Any = await self._live.say(
                "XREVRANGE", keys.live(session), "+", "-", "COUNT", 1
            )
        except Away:
            return ""
        return f"{epoch}.{newest[0][0] if newest else '0-0'}"

    async def accept(self, message: Received | Control | Happened, key: str = "") -> Accepted:
        """Take a message in; a repeat with the same key, or the same id, is the same message.

        Raises:
            Invalid, TooMuch, Closed, Away: as for every gateway.
        """
        key = key or message.id
        function, words = offer(message, key, self._gateway, self._settings)
        try:
            verdict, detail = await self._durable.say("FCALL", function, 0, *words)
        except Said as error:
            raise refusal(error, full=str(error).startswith("OOM")) from None
        return receipt(verdict, detail, key)

    async def busy(self, session: str) -> str | None:
        """Return the session's running turn."""
        found: str | None = await self._durable.say("HGET", keys.BUSY, session)
        return found

    async def record(self, turn: str) -> list[Entry]:
        """Return what is known about a turn, oldest first."""
        rows = await self._durable.say("LRANGE", keys.turn(turn), 0, -1)
        return [entries.validate_json(row) for row in rows]

    async def pending(self, person: str) -> list[ApprovalView]:
        """Return what waits for somebody's decision, the oldest first."""
        names = await self._durable.say("ZRANGE", keys.APPROVALS, 0, -1)
        found = [await self.approval(name, person) for name in names]
        return [one for one in found if one is not None and one.state == "pending"]

    async def approval(self, name: str, person: str) -> ApprovalView | None:
        """Return an approval, if this person may decide it."""
        rows = await self._durable.say("HGETALL", keys.approval(name))
        known = view(dict(zip(rows[::2], rows[1::2], strict=True)))
        return known[0] if known is not None and person in known[1] else None

    async def grants(self, person: str) -> list[Grant]:
        """Return the lasting yeses that somebody may take back, the newest first."""
        names = await self._durable.say("ZRANGE", keys.GRANTS, 0, -1)
        found = []
        for name in reversed(names):
            rows = await self._durable.say("HGETALL", keys.grant(name))
            one = lasting(name, dict(zip(rows[::2], rows[1::2], strict=True)), person)
            found += [one] if one is not None else []
        return found

    async def card(self, name: str) -> tuple[str, str] | None:
        """Return token and code of the terminal's card, while the approval is pending."""
        place = place_of(self._gateway.name)
        token, code = await self._durable.say("HMGET", keys.card(place, name), "token", "code")
        return (token, code) if token and code else None

    async def ended(self, turn: str) -> bool:
        """Whether a turn had an answer and runs no more."""
        running = await self._durable.say("ZSCORE", keys.TURNS, turn)
        return running is None and any(e.kind == "said" for e in await self.record(turn))

    async def watch(
        self, session: str, turns: Collection[str], cursor: str
    ) -> AsyncIterator[LiveEvent]:
        """Yield the events of any of these turns until one of them has ended.

        Args:
            session: whose feed.
            turns: ids of turns; of a control its own id.
            cursor: where to begin, from `position`, taken before the message was sent.
        """
        parts: dict[str, set[int]] = {}
        told: dict[str, str] = {}
        async for event in self._feed(session, cursor):
            if event is None:
                if await self._any_ended(turns):
                    return
                for asked in await self._asked(session, turns, told):
                    yield asked
            elif event.turn in turns:
                if isinstance(event, Approval):
                    told[event.approval.id] = event.approval.state
                yield event
                if isinstance(event, Finished):
                    heard = parts.setdefault(event.turn, set())
                    heard.add(event.part)
                    if len(heard) == event.parts:
                        return
        while not await self._any_ended(turns):
            for asked in await self._asked(session, turns, told):
                yield asked
            await asyncio.sleep(LOOK_SECONDS)

    async def _asked(
        self, session: str, turns: Collection[str], told: dict[str, str]
    ) -> list[Approval]:
        """Return the questions to a person that the feed lost, and count them as told.

        Whoever waits for an answer must learn that it waits for them.
        """
        found = []
        try:
            for turn in turns:
                record = await self.record(turn)
                decided = {one.approval: one for one in record if isinstance(one, Decided)}
                for one in record:
                    if not isinstance(one, Proposed):
                        continue
                    request = seen(one, turn, session, decided.get(one.approval))
                    before = told.get(request.id, "" if request.state == "pending" else "over")
                    if before not in {request.state, "over"}:
                        told[request.id] = request.state
                        found.append(Approval(turn=turn, step=one.step, approval=request))
        except Away:
            pass  # it is started again, and knows then
        return found

    async def _any_ended(self, turns: Collection[str]) -> bool:
        try:
            return any([await self.ended(turn) for turn in turns])
        except Away:
            return False  # it is started again, and knows the answer then

    async def _feed(self, session: str, cursor: str) -> AsyncIterator[LiveEvent | None]:
        """Yield events, None in each silence; end when the feed was begun anew or is away."""
        epoch, _, last = cursor.partition(".")
        while epoch:
            try:
                found: Any = await self._live.say(
                    "XREAD", "COUNT", 256, "BLOCK", SILENCE_MS, "STREAMS", keys.live(session), last
                )
                if await self._live.say("GET", keys.LIVE_EPOCH) != epoch:
                    return
            except Away:
                return
            if not found:
                yield None
            for _, rows in found or []:
                for row, fields in rows:
                    last = row
                    yield live_events.validate_json(
                        dict(zip(*[iter(fields)] * 2, strict=True))["e"]
                    )
