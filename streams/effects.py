"""The effect ledger as a stage sees it: may this call change the world now?"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal, cast

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from schemas.errors import Forbidden
from schemas.record import Observed, entries
from schemas.tools import Effect
from streams import keys
from streams.crash import NOWHERE, Crash
from streams.entry import Held
from streams.store import Groupless, answering, fcall, text

Verdict = Literal["go", "again", "probe", "unknown", "ended"]


class NotNow(Exception):
    """The effect may not begin, and this process has nothing more to say about the call.

    Attributes:
        why: `fenced`: somebody else owns the call; `late`: its turn is over; `stopped`: the
            person stopped the turn.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Begun:
    """The ledger's answer.

    Attributes:
        verdict: `go` on; do it `again` under the same key; `probe` first; its outcome is
            `unknown` for good; or it has `ended` already.
        kept: what it brought back, when it has ended.
    """

    verdict: Verdict
    kept: Observed | None = None


class Unasked(Forbidden):
    """Nobody said yes to this call."""


class Effects:
    """The ledger for one message in a stage's hands.

    Args:
        redis: the durable Redis.
        place: topic, consumer group and consumer.
        held: the entry that asks.
        crash: where this process is to die, in tests of recovery.
    """

    def __init__(
        self, redis: Redis, place: tuple[str, str, str], held: Held, crash: Crash = NOWHERE
    ) -> None:
        self._redis = redis
        self._place = place
        self._held = held
        self._crash = crash

    async def granted(self, call_id: str, grant: str) -> bool:
        """Whether a lasting yes seems to stand for a call, or stood when the call began.

        Only `begin` knows for certain.
        """
        async with answering():
            row = await self._redis.hget(keys.ledger(self._held.turn), call_id)
            if row and orjson.loads(row).get("g") == grant:
                return True
            state = await self._redis.hget(keys.grant(grant), "state")
        return state is not None and text(state) == "standing"

    async def begin(
        self, call_id: str, effect: Effect, approval: str = "", grant: str | None = None
    ) -> Begun:
        """Write that an effect begins; when this returns `go`, that is durable.

        Args:
            call_id: the call, which is the effect's idempotency key too.
            effect: what the tool says of itself.
            approval: the request that a person said yes to, where one was needed.
            grant: or the lasting yes.

        Raises:
            NotNow: it must not begin here.
            Unasked: nobody said yes to it.
        """
        held = self._held
        entry = (held.id, held.generation, held.turn)
        self._crash.at("tool.before_start")
        # Until an answer is heard, nothing began here: asked again, it is the same question.
        held.asking = held.asking or secrets.token_hex(8)
        try:
            answer, kept = await fcall(
                self._redis,
                "effect_start",
                *(*self._place, *entry, call_id, effect, held.asking),
                f"grant:{grant}" if grant else approval,
            )
        except ResponseError as error:
            if "NOGROUP" in str(error):
                raise Groupless(str(error)) from None
            raise
        self._crash.at("tool.after_start")
        held.asking = ""
        verdict = text(answer).lower()
        if verdict == "unasked":
            held.asking = ""
            raise Unasked(f"Nobody said yes to the call {call_id}.")
        if verdict in {"fenced", "late", "stopped"}:
            raise NotNow(verdict)
        found = entries.validate_json(kept) if kept else None
        assert found is None or isinstance(found, Observed)
        return Begun(cast("Verdict", verdict), found)
