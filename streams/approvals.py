"""Approvals as the server functions have them: asking, deciding, and what a place may see."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from schemas.approvals import ApprovalView, Card, Grant, Verdict
from schemas.base import Message, now_ms
from schemas.chat import Call, Control
from schemas.record import Proposed
from schemas.tools import Tier
from streams import grants, keys
from streams.cards import HOME, lasting, new_code, place_of, view
from streams.crash import NOWHERE, Crash
from streams.entry import Held
from streams.record import TurnRecord
from streams.settings import StreamsSettings
from streams.store import Argument, Groupless, answering, fcall, text
from streams.voice import SILENT, Voice

Answer = Literal[
    "decided", "wrong", "spent", "forbidden", "step_up", "expired", "void", "approved", "denied",
    "nothing", "fenced", "once", "elsewhere", "many",
]  # fmt: skip
"""What a decision met: it counts; or why it does not, what was decided before among it."""

Taken = Literal["revoked", "forbidden", "nothing", "fenced"]
"""What taking back a lasting yes met."""


def life_ms(tier: Tier, settings: StreamsSettings) -> int:
    """Return how long a request of a tier waits, in ms."""
    red = tier >= Tier.RED
    return int(1000 * (settings.approval_red_seconds if red else settings.approval_seconds))


# Asking ---------------------------------------------------------------------------------------


def question(
    held: Held,
    record: TurnRecord,
    messages: Sequence[Message],
    settings: StreamsSettings,
) -> list[Argument]:
    """Return the item of `ask`: the stage returned a card, and the message for when it must not.

    Args:
        held: the entry of the call.
        record: its turn's record; what the stage added is the request and, for when nobody can
            be asked, what the call came to.
        messages: the card, and what goes on when nobody can be asked.
        settings: how long a request waits, and how many may.
    """
    call = held.message
    assert isinstance(call, Call)
    card = next(one for one in messages if isinstance(one, Card))
    wanted = next(one for one in record.added if isinstance(one, Proposed))
    otherwise = [one for one in record.added if one is not wanted]
    life = life_ms(wanted.tier, settings)
    request = wanted.model_copy(update={"expires_at": now_ms() + life})
    facts = [one.encoded() for one in otherwise]
    found: list[Argument] = [held.id, held.generation, held.turn, call.session]
    found += [len(facts), *facts]
    on = [one for one in messages if one is not card]
    found.append(len(on))
    for message in on:
        found += (message.topic, message.encoded())
    found += [call.id, card.approval, life, settings.approvals_pending]
    found += [settings.approvals_often, settings.approvals_refused]
    again = call.model_copy(update={"approval": card.approval})
    places = {place: (secrets.token_urlsafe(24), new_code()) for place in _places(card)}
    found += [request.tier.name, request.encoded(), again.encoded()]
    found.append(_dealt(card, request, places).encoded())
    found += [len(request.people), *request.people, len(places)]
    for place, (token, code) in places.items():
        found += (place, token, code)
    return found


def _places(card: Card) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*map(place_of, HOME), place_of(card.channel))))


def _dealt(card: Card, request: Proposed, places: Mapping[str, tuple[str, str]]) -> Card:
    """Return the card with what its own place needs; a place at home looks that up itself."""
    place = place_of(card.channel)
    if not place.startswith("away:"):
        return card
    token, code = places[place]
    # A RED request is decided with a code that was shown elsewhere.
    own = None if request.tier >= Tier.RED else code
    return card.model_copy(update={"token": token, "code": own})


# Deciding -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdicted:
    """What came of a decision.

    Attributes:
        answer: whether it counts, or why not.
        approval: which request it was about; "" where none was meant.
        number: tries that are left, or how many requests wait.
        by: who decided before.
    """

    answer: Answer
    approval: str = ""
    number: int = 0
    by: str = ""


class Decisions:
    """The way of a decision for one message in a stage's hands.

    Args:
        redis: the durable Redis.
        place: topic, consumer group and consumer.
        held: the entry that says it.
        crash: where this process is to die, in tests of recovery.
        voice: tells of a yes that counts again, and that one was taken back.
    """

    def __init__(
        self,
        redis: Redis,
        place: tuple[str, str, str],
        held: Held,
        crash: Crash = NOWHERE,
        voice: Voice = SILENT,
    ) -> None:
        self._redis = redis
        self._voice = voice
        self._crash = crash
        self._place = place
        self._held = held

    async def decide(self, control: Control, verdict: Verdict, *, assured: bool) -> Verdicted:
        """Let a decision count, if it may; asked again with the same message, once.

        Args:
            control: who pressed, on what, with which token or code.
            verdict: what they say.
            assured: whether a second factor was shown, which only the web's gateway may say.
        """
        held = self._held
        told = await grants.made(self._redis, self._voice, control) if control.always else ("", "")
        self._crash.at("steer.before_decide")
        try:
            answer, approval, number, by = await fcall(
                self._redis,
                "decide",
                *(*self._place, held.id, held.generation, control.id, control.approval or ""),
                *(verdict, control.person, control.channel, control.session),
                *(place_of(control.channel), int(assured)),
                *(control.token or "", control.code or "", int(control.always), *told),
                key=keys.topic(self._place[0]),
            )
        except ResponseError as error:
            if "NOGROUP" in str(error):
                raise Groupless(str(error)) from None
            raise
        self._crash.at("steer.after_decide")
        found = cast("Answer", text(answer).lower())
        return Verdicted(found, text(approval), int(number), text(by))

    async def revoke(self, control: Control) -> Taken:
        """Take back a lasting yes; asked again with the same message, once.

        Args:
            control: who, and which.
        """
        held = self._held
        told = await grants.revoked(self._redis, self._voice, control)
        try:
            answer = await fcall(
                self._redis,
                "revoke",
                *(*self._place, held.id, held.generation, control.id, control.grant or ""),
                *(control.person, *told),
                key=keys.topic(self._place[0]),
            )
        except ResponseError as error:
            if "NOGROUP" in str(error):
                raise Groupless(str(error)) from None
            raise
        return cast("Taken", text(answer).lower())


# Looking --------------------------------------------------------------------------------------


class Requests:
    """Reads approvals for a place at home.

    Args:
        redis: the durable Redis.
        channel: whose cards it sees.
    """

    def __init__(self, redis: Redis, channel: str) -> None:
        self._redis = redis
        self._place = place_of(channel)

    async def pending(self, person: str) -> list[ApprovalView]:
        """Return what waits for somebody's decision, the oldest first."""
        async with answering():
            names: Any = await self._redis.zrange(keys.APPROVALS, 0, -1)
        found = [await self.get(text(name), person) for name in names]
        return [one for one in found if one is not None and one.state == "pending"]

    async def get(self, name: str, person: str) -> ApprovalView | None:
        """Return an approval, if this person may decide it."""
        async with answering():
            fields = await self._redis.hgetall(keys.approval(name))
        known = view({text(key): text(value) for key, value in fields.items()})
        return known[0] if known is not None and person in known[1] else None

    async def after(self, name: str, person: str, control: str) -> tuple[ApprovalView | None, str]:
        """Return an approval, and what was said to a decision that did not end it; "" if nothing.

        Args:
            name: the approval.
            person: who decides.
            control: the decision's id.
        """
        async with answering():
            last, said = await self._redis.hmget(keys.approval(name), ["last", "said"])
        heard = last is not None and text(last) == control
        return await self.get(name, person), text(said) if heard and said else ""

    async def grants(self, person: str) -> list[Grant]:
        """Return the lasting yeses that somebody may take back, the newest first."""
        async with answering():
            names: Any = await self._redis.zrange(keys.GRANTS, 0, -1)
        found = [await self.grant(text(name), person) for name in reversed(names)]
        return [one for one in found if one is not None]

    async def grant(self, name: str, person: str) -> Grant | None:
        """Return a lasting yes that stands, if this person may take it back."""
        async with answering():
            fields = await self._redis.hgetall(keys.grant(name))
        return lasting(name, {text(key): text(value) for key, value in fields.items()}, person)

    async def card(self, name: str) -> tuple[str, str] | None:
        """Return token and code of this place's card, while the approval is pending."""
        async with answering():
            token, code = await self._redis.hmget(keys.card(self._place, name), ["token", "code"])
        return (text(token), text(code)) if token and code else None
