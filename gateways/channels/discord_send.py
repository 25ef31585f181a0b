"""Handing things over to Discord: each piece once, cards changed where they are.

What is sent bears a name that comes from its delivery (`nonce`): sent again within some minutes,
after this process died or a server answered nothing, it is the same message there.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gateways.channels.base import Ledger, Shown
from gateways.channels.buttons import buttons
from gateways.channels.cards import worded
from gateways.channels.shelf import ON_THE_PAGE
from schemas.chat import Parcel
from schemas.errors import Refused, Unavailable

if TYPE_CHECKING:
    from discord import Client

NAME = "discord"
LONGEST = 2_000
"""Characters of a message."""
PAUSE = 1.0
NO_PREVIEW = 1 << 2
"""A preview would have Discord's servers fetch what a model names."""
UNKNOWN_MESSAGE = 10_008
UPLOAD = 10 << 20
"""Bytes of a file that a bot may send everywhere."""
KIND = "application/octet-stream"
PRIVATE = 1
"""The type of a chat in which a person is alone with us."""
STYLES = {"approved": 3, "denied": 4}
"""Of buttons: green and red."""
_PARTS = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|`[^`\n]+`)|\[(?P<name>[^\]\n]+)\]\((?P<url>https?://[^\s)]+)\)",
    re.DOTALL,
)


class Away(Unavailable):
    """Discord's server does not answer, or asks to be left alone for a while."""

    code = "channel_away"


class Unwelcome(Refused):
    """The person takes no messages from the bot, or the chat is gone."""

    code = "channel_blocked"


class _NotDone(Refused):
    """Discord does not do this."""

    code = "channel_refused"


class Sender:
    """Sends for one bot.

    Args:
        ledger: what was handed over already.

    Attributes:
        client: the library's client of the moment; None while there is none.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.client: Client | None = None
        self._asked: set[asyncio.Future[Any]] = set()

    def hang_up(self) -> None:
        """Let the client go: the library may keep what is being asked waiting for ever."""
        self.client = None
        for one in self._asked:
            one.cancel()

    async def part(self, parcel: Parcel, draft: str = "") -> None:
        """Send a part of an answer; a draft of it becomes it.

        Raises:
            Away: not now.
            Unwelcome, Refused: never.
        """
        text = rendered(parcel.text)
        for number in range(0, len(text), LONGEST):
            delivery, piece = f"{parcel.id}#{number}", text[number : number + LONGEST]
            if await self._ledger.sent(NAME, delivery) is not None:
                continue
            there = draft if number == 0 else ""
            if not (there and await self._edit(parcel.chat, there, {"content": piece})):
                there = await self._send(parcel.chat, {"content": piece}, delivery)
            await self._ledger.note(NAME, delivery, there)

    async def card(self, card: Shown) -> None:
        """Show a card, or change the one that is there.

        Raises:
            Away: not now.
            Unwelcome, Refused: never.
        """
        delivery = f"card:{card.view.id}"
        # As code: nothing of a command is made a link, and nobody in it is called.
        words = worded(card).replace("```", "`\u2060`\u2060`")
        *before, last = [words[at : at + 1_900] for at in range(0, len(words), 1_900)]
        message = {"content": f"```\n{last}\n```", "components": _buttons(card)}
        there = await self._ledger.sent(NAME, delivery)
        if there is not None and await self._edit(card.chat, there, message):
            return
        for number, piece in enumerate(before if there is None else ()):
            early = f"{delivery}#{number}"
            if await self._ledger.sent(NAME, early) is None:
                name = await self._send(card.chat, {"content": f"```\n{piece}\n```"}, early)
                await self._ledger.note(NAME, early, name)
        name = await self._send(card.chat, message, f"{delivery}:{card.view.state}")
        await self._ledger.note(NAME, delivery, name)

    async def say(self, chat: str, text: str) -> None:
        """Say something that nobody waits for, and that is not said again.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        await self._send(chat, {"content": text[:LONGEST]})

    async def has(self, delivery: str) -> bool:
        """Whether something was handed over already."""
        return await self._ledger.sent(NAME, delivery) is not None

    async def file(self, chat: str, name: str, data: bytes, *, note: str) -> None:
        """Send a file as it is.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        if len(data) > UPLOAD:
            most = f"{UPLOAD >> 20} MB at most are sent here"
            raise _NotDone(f"It is too large: {most}; {ON_THE_PAGE}")
        body = json.dumps(_addressed({}, chat, note))
        form = [
            {"name": "payload_json", "value": body},
            # What it is, Discord looks for itself.
            {"name": "files[0]", "value": data, "filename": name, "content_type": KIND},
        ]
        found = await self.call("POST", _MESSAGES, form=form, channel_id=chat)
        await self._ledger.note(NAME, note, _named(found))

    async def remark(self, chat: str, name: str, words: str, *, note: str) -> None:
        """Say something of a file, once.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        text = f"`{name.replace('`', ' ')}`{words}"[:LONGEST]
        await self._ledger.note(NAME, note, await self._send(chat, {"content": text}, note))

    async def alone(self, chat: str) -> bool:
        """Whether a person is alone with us there, as Discord says.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        found = await self.call("GET", "/channels/{channel_id}", channel_id=chat)
        return isinstance(found, dict) and found.get("type") == PRIVATE

    async def typing(self, chat: str) -> None:
        """Show that we type.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        await self.call("POST", "/channels/{channel_id}/typing", channel_id=chat)

    async def draft(self, chat: str, text: str, there: str) -> str:
        """Show the beginning of an answer, or more of it; return what it is called.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        message = {"content": rendered(text)[:LONGEST]}
        if there:
            await self._edit(chat, there, message)
            return there
        return await self._send(chat, message)

    async def drop(self, chat: str, there: str) -> None:
        """Take a message away.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        await self.call("DELETE", _MESSAGE, channel_id=chat, message_id=there)

    async def _send(self, chat: str, message: Mapping[str, Any], delivery: str = "") -> str:
        body = _addressed(message, chat, delivery)
        return _named(await self.call("POST", _MESSAGES, json=body, channel_id=chat))

    async def _edit(self, chat: str, there: str, message: Mapping[str, Any]) -> bool:
        """Change a message; return whether it is still there."""
        body = {**message, "allowed_mentions": {"parse": []}}
        try:
            await self.call("PATCH", _MESSAGE, json=body, channel_id=chat, message_id=there)
        except _NotDone:
            return False
        return True

    async def call(
        self, method: str, path: str, json: Any = None, form: Any = None, **where: str
    ) -> Any:
        """Ask Discord, by the library's own queue for each route.

        Raises:
            Away: not now.
            Unwelcome, Refused: never.
        """
        client = self.client
        if client is None:
            raise Away("There is no connection to Discord.", retry_after=PAUSE)
        from discord.http import Route  # noqa: PLC0415 - only where Discord is used

        said = {"json": json, "form": form}
        more = {name: one for name, one in said.items() if one is not None}
        asked = asyncio.ensure_future(client.http.request(Route(method, path, **where), **more))
        self._asked.add(asked)
        try:
            return await through(asked)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self.client is client or (task is not None and task.cancelling()):
                raise
            raise Away("The connection to Discord ended.", retry_after=PAUSE) from None
        finally:
            self._asked.discard(asked)


_MESSAGES = "/channels/{channel_id}/messages"
_MESSAGE = "/channels/{channel_id}/messages/{message_id}"


def _addressed(message: Mapping[str, Any], chat: str, delivery: str) -> dict[str, Any]:
    """Return a message that calls nobody, shows no preview, and is known again as this delivery."""
    body = {**message, "allowed_mentions": {"parse": []}, "flags": NO_PREVIEW}
    if delivery:
        name = sha256(f"{chat} {delivery}".encode()).hexdigest()[:24]
        body |= {"nonce": name, "enforce_nonce": True}
    return body


def _named(found: Any) -> str:
    """Return what Discord calls a message that it took."""
    if not isinstance(found, dict) or not isinstance(found.get("id"), str):
        raise Away("Discord answers nonsense.", retry_after=PAUSE)
    return str(found["id"])


async def through(call: Awaitable[Any]) -> Any:
    """Wait for an answer of Discord.

    Raises:
        Away, Unwelcome, Refused: what its errors mean.
    """
    import aiohttp  # noqa: PLC0415
    import discord  # noqa: PLC0415

    try:
        return await call
    except discord.RateLimited as error:
        raise Away("Discord asks to wait.", retry_after=error.retry_after) from None
    except discord.HTTPException as error:
        if error.status == 401:
            raise Away("Discord refuses the bot's token.", retry_after=PAUSE) from None
        if error.code == UNKNOWN_MESSAGE or error.status in {400, 413}:
            raise _NotDone(f"Discord refused: {error.text[:200]}") from None
        if error.status in {403, 404}:
            raise Unwelcome("The bot may not write in this chat, or it is gone.") from None
        raise Away(f"Discord answers {error.status}.", retry_after=PAUSE) from None
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise Away(f"Discord: {type(error).__name__}.", retry_after=PAUSE) from None


def rendered(text: str) -> str:
    """Return a text as Discord is to show it: where a link leads is said, and not fetched."""

    def one(found: re.Match[str]) -> str:
        return found["code"] or f"{found['name']} (<{found['url']}>)"

    return _PARTS.sub(one, text).strip() or "…"


def _buttons(card: Shown) -> list[dict[str, Any]]:
    row = [
        {"type": 2, "style": STYLES[verdict], "label": says, "custom_id": carried}
        for verdict, says, carried in buttons(card)
    ]
    return [{"type": 1, "components": row}] if row else []
