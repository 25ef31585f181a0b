"""What a caller says goes into the pipeline: signed by the web's own key, in their own name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from hashlib import sha256
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from schemas.approvals import Verdict
from schemas.base import Identifier, new_id
from schemas.chat import USUAL, Context, Control, Received
from schemas.errors import Forbidden, Invalid, NotFound, Refused
from schemas.record import Asked
from schemas.web import Ask, AskAgent, Receipt, Taken
from streams.accept import Ingress
from streams.conversation import Conversations, Told
from web.auth import Caller
from web.shelves import Open

REMEMBERED = 10_000
"""Turns whose conversation is remembered until their record says it."""

_identifier: TypeAdapter[str] = TypeAdapter(Identifier)


class NoTier(Refused):
    """There is no such tier of models."""

    code = "no_tier"


def tier_of(ask: Ask | AskAgent) -> str | None:
    """Return the tier that a message wishes: said to be none, it is not the conversation's own."""
    return USUAL if ask.tier is None and "tier" in ask.model_fields_set else ask.tier


def key_of(request: Request) -> str:
    """Return the idempotency key of a request; a new one where it has none.

    Raises:
        Invalid: it is no key.
    """
    given = request.headers.get("idempotency-key")
    if given is None:
        return new_id()
    return identifier(given, "The header Idempotency-Key")


def identifier(given: str, what: str) -> str:
    """Return what must be an identifier.

    Raises:
        Invalid: it is none.
    """
    try:
        return _identifier.validate_python(given)
    except ValidationError:
        raise Invalid(f"{what} is 1 to 128 printable ASCII signs without spaces.") from None


class Talk:
    """The way into the pipeline.

    Args:
        ingress: the gateway's door.
        conversations: the durable side.
        shelves: whose which conversation is, and the files.
        tiers: tells the model tiers that there are.
    """

    def __init__(
        self,
        ingress: Ingress,
        conversations: Conversations,
        shelves: Open,
        tiers: Callable[[], Collection[str]],
    ) -> None:
        self._ingress = ingress
        self._tiers = tiers
        self._shelves = shelves
        self._conversations = conversations
        self._turns: OrderedDict[str, tuple[str, str]] = OrderedDict()

    async def say(
        self,
        caller: Caller,
        text: str,
        key: str,
        *,
        session: str | None = None,
        tier: str | None = None,
        attachments: tuple[str, ...] = (),
        context: Context | None = None,
        passing: bool = False,
    ) -> Receipt:
        """Take in what somebody says; it is durable on return.

        Args:
            caller: who.
            text: what.
            key: the idempotency key, theirs alone.
            session: the conversation; a new one unless given.
            tier: a model tier for this one turn, or `USUAL`.
            attachments: ids of their files.
            context: what was said before, where the caller keeps that.
            passing: whether nobody will come back to the new conversation.

        Raises:
            NotFound: no such conversation or file.
            NoTier: no such tier.
            Forbidden: the conversation is another's.
            Conflict, Invalid, TooMuch, Closed: as `streams.accept` says.
        """
        if tier is not None and tier != USUAL and tier not in (tiers := self._tiers()):
            raise NoTier(f"There is no tier {tier}; choose one of {', '.join(tiers)}.")
        shelves = await self._shelves()
        begins = session is None
        if session is None:
            # The same request again must find the same conversation.
            begins_with = "once-" if passing else caller.within or "web-"
            session = _named(begins_with, caller.person, key)
        else:
            await self.own(caller, session)
        message = Received(
            text=text,
            tier=tier,
            attachments=await shelves.uploads.of(caller.person, attachments) if attachments else (),
            context=context,
            **_envelope(caller, session),
        )
        accepted = await self._ingress.accept(message, f"{caller.person}:{key}")
        self._remember(accepted.id, session, caller.person)
        if not begins:
            shelves.owners.touch(session, message.at)
        elif not passing:
            await shelves.owners.begin(session, _asked(message))
        return Receipt(
            id=accepted.id,
            turn=accepted.id,
            session=session,
            at=message.at,
            fresh=accepted.fresh,
        )

    async def control(
        self, caller: Caller, session: str, action: Literal["stop", "status"]
    ) -> Taken:
        """Say what must not wait in line.

        Raises:
            NotFound, Forbidden: no such conversation, or another's.
            Closed: nothing is taken in now.
        """
        await self.own(caller, session)
        return await self.halt(caller, session, action)

    async def halt(
        self, caller: Caller, session: str, action: Literal["stop", "status"] = "stop"
    ) -> Taken:
        """Say it in a conversation that is known to be the caller's."""
        message = Control(action=action, **_envelope(caller, session))
        accepted = await self._ingress.accept(message, f"{caller.person}:{message.id}")
        return Taken(id=accepted.id, fresh=accepted.fresh)

    async def press(
        self,
        caller: Caller,
        approval: str,
        verdict: Verdict,
        *,
        token: str,
        code: str | None,
        second: bool,
        always: bool = False,
    ) -> str:
        """Say what a caller decided; return the decision's id.

        Args:
            caller: who.
            approval: what about.
            verdict: yes or no.
            token: of the card that this door showed them.
            code: as another place shows it.
            second: whether they showed a second factor just now.
            always: whether the yes is to count for the very same call again.
        """
        decision = {"approval": approval, "verdict": verdict, "token": token, "code": code}
        return await self._steer(caller, "decide", **decision, second=second, always=always)

    async def revoke(self, caller: Caller, grant: str) -> None:
        """Say that a caller takes back a lasting yes."""
        await self._steer(caller, "revoke", grant=grant)

    async def _steer(self, caller: Caller, action: str, **fields: Any) -> str:
        envelope = _envelope(caller, "")
        name = envelope["id"]
        # What is said to it is for this caller alone, and nobody comes back to it.
        alone = {"session": f"once-{name}", "chat": f"once-{name}"}
        message = Control.model_validate({"action": action, **fields, **envelope, **alone})
        await self._ingress.accept(message, f"{caller.person}:{name}")
        return str(name)

    async def own(self, caller: Caller, session: str) -> None:
        """Make sure that a conversation is the caller's.

        Raises:
            NotFound: there is none, or not for a key that only talks: it did not begin it.
            Forbidden: it is another's.
        """
        if not session.startswith(caller.within):
            raise NotFound("There is no such conversation.")
        owner = await (await self._shelves()).owners.owner(session)
        if owner is None:
            owner = await self._just_begun(session)
        if owner is None:
            raise NotFound("There is no such conversation.")
        if owner != caller.person:
            raise Forbidden("This conversation is another person's.")

    async def session_of(self, caller: Caller, turn: str) -> str:
        """Return the conversation of a turn of the caller's.

        Raises:
            NotFound: there is no such turn, or not any more.
            Forbidden: it is another's.
        """
        session, person = self._turns.get(turn) or await self._begun(turn)
        if person != caller.person or caller.within:
            await self.own(caller, session)
        return session

    async def _begun(self, turn: str) -> tuple[str, str]:
        told = await self._conversations.turn(turn)
        if told is not None and told.asked is not None and told.asked.session is not None:
            return told.asked.session, told.asked.person
        # It has no record while it waits, and the process that took it in may be gone.
        session = await self._conversations.behind_which(turn)
        if session is None:
            raise NotFound("There is no such turn.")
        return session, ""

    def _remember(self, turn: str, session: str, person: str) -> None:
        self._turns[turn] = session, person
        if len(self._turns) > REMEMBERED:
            self._turns.popitem(last=False)

    async def _just_begun(self, session: str) -> str | None:
        """Return who speaks in a conversation that is not written down yet."""
        told: list[Told] = await self._conversations.turns(session)
        asked = told[0].asked if told else None
        if asked is None:
            return None
        await (await self._shelves()).owners.begin(session, asked)
        return asked.person


def _named(begins_with: str, person: str, key: str) -> str:
    both = f"{person}\n{key}"
    return f"{begins_with}{sha256(both.encode()).hexdigest()[:32]}"


def channel_of(caller: Caller) -> str:
    """Return where somebody speaks: in a browser, by a program, or by one that only talks.

    The owner's rules tell the last two apart.
    """
    if caller.via == "cookie":
        return "web"
    return "api" if "tools" in caller.scopes else "talk"


def _envelope(caller: Caller, session: str) -> dict[str, Any]:
    name = new_id()
    return {
        "id": name,
        "trace": name,
        "session": session,
        "person": caller.person,
        "channel": channel_of(caller),
        "chat": session,
    }


def _asked(message: Received) -> Asked:
    return Asked(
        at=message.at,
        text=message.text,
        person=message.person,
        channel=message.channel,
        chat=message.chat,
        profile="readonly",
        session=message.session,
    )
