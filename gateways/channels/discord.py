"""Discord, by the library discord.py: one connection that it keeps, so no door of ours is open.

Discord tells each event once. What was said while nobody was connected is asked for afterwards, in
the chats where we are known; the number of a message says whether it was heard already.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
from dataclasses import replace
from typing import Any

import structlog

from gateways.channels.base import Capabilities, Heard, Ledger, News, Receive, Shown, State
from gateways.channels.discord_files import fetcher
from gateways.channels.discord_listen import Listener, made
from gateways.channels.discord_send import LONGEST, NAME, Away, Sender, Unwelcome, through
from gateways.channels.discord_updates import COMMAND, acted, heard
from gateways.channels.files import hand_over
from gateways.channels.hearing import handed_on, said
from gateways.channels.shelf import Shelf
from gateways.channels.writing import Follow, Pace, Writing
from schemas.chat import Parcel
from schemas.errors import Expected, Transient

log = structlog.get_logger("channels")

PACE = Pace(typing=8.0, first=1.0, then=1.5)
WAITING = 10_000
"""Events that may wait to be taken in; those beyond are asked for again later."""
CHATS = 200
"""Chats that are asked what was missed."""
AT_ONCE = 100
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds between the questions what was missed in a chat, where nobody answers."""
ASK = {
    "name": COMMAND, "type": 1, "description": "Ask the server.",
    "options": [{"type": 3, "name": "question", "description": "What?", "required": True}],
}  # fmt: skip


class Discord:
    """One bot.

    Args:
        token: the bot's.
        base_url: a server in the place of Discord's; Discord's own where there is none.
        ledger: what was handed over already, and heard.
        follow: sees what is written; None where answers are shown only once they are whole.
        shelf: lends the files that go out; None where none do.

    Attributes:
        state: how it is.
        why: what is wrong; "" when nothing is.
        account: the bot's name, once it is known.
    """

    name = NAME
    can = Capabilities(buttons=True, edits=True, length=LONGEST, files=True)

    def __init__(
        self,
        token: str,
        base_url: str | None,
        ledger: Ledger,
        follow: Follow | None = None,
        *,
        shelf: Shelf | None = None,
    ) -> None:
        self.state: State = "off"
        self.why, self.account = "", ""
        self._token, self._base_url, self._ledger = token, base_url, ledger
        self._sender = Sender(ledger)
        self._fetcher, self._shelf = fetcher(base_url), shelf
        self._writing = Writing(NAME, self._sender, PACE, ledger, follow)
        self._events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue(WAITING)
        self._receive: Receive | None = None
        self._me = self._application = ""
        self._chats: dict[str, bool] = {}
        self._missed_some = False
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    async def start(self, receive: Receive) -> None:
        """Begin to listen, and go on whatever happens."""
        # It is large: in a thread, for meanwhile others are heard and answered.
        await asyncio.to_thread(importlib.import_module, "discord")
        for chatty in ("discord", "aiohttp"):
            logging.getLogger(chatty).setLevel(logging.CRITICAL)
        self._receive, self.state = receive, "starting"
        listener = Listener(
            self._token, self._base_url, self._sender,
            hear=self._hear, well=self._well, ill=self._failing,
        )  # fmt: skip
        self._tasks = (
            asyncio.create_task(listener.run(), name=NAME),
            asyncio.create_task(self._take_in(), name=f"{NAME}-events"),
        )

    async def stop(self) -> None:
        """Listen no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._writing.stop()
        self.state = "off"

    async def test(self) -> str:
        """Ask Discord who we are; return the bot's name.

        Raises:
            Away, Refused: it does not say.
        """
        client = made(self._base_url)
        try:
            await through(client.login(self._token))
            return str(client.user)
        finally:
            await client.close()

    async def deliver(self, part: Parcel) -> None:
        """Hand over a part of an answer.

        Raises:
            Transient: not now.
            Refused: never.
        """
        async with self._writing.handing(part) as draft:
            await self._sender.part(part, draft)
            here = bool(part.files) and await self._sender.alone(part.chat)
            await hand_over(part, self._sender, self._shelf, alone=here, gone=Unwelcome)

    async def show(self, card: Shown) -> None:
        """Show a card, or change the one that is there.

        Raises:
            Transient: not now.
            Refused: never.
        """
        async with self._writing.showing(card):
            await self._sender.card(card)

    def _hear(self, kind: str, data: Any) -> None:
        if kind == "READY":
            self._me, self.account = str(data["user"]["id"]), str(data["user"]["username"])
            self._application = str(data["application"]["id"])
        try:
            self._events.put_nowait((kind, data))
        except asyncio.QueueFull:
            self._missed_some = True

    # What comes in --------------------------------------------------------------------------

    async def _take_in(self) -> None:
        while True:
            kind, data = await self._events.get()
            try:
                if kind == "READY":
                    await self._catch_up()
                    await self._offer()
                elif kind == "MISSED":
                    await self._catch_up()
                elif kind == "MESSAGE_CREATE":
                    await self._said(data, guild=bool(data.get("guild_id")))
                else:
                    await self._acted(data)
            except Expected as error:
                log.warning("channel.refused", channel=NAME, error=str(error)[:200])
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                log.warning("channel.unreadable", channel=NAME, error=str(error)[:80])
            except Exception as error:
                # A bug at one event must not make it deaf for all that come.
                log.error("channel.bug", channel=NAME, exc_info=error)
            if self._missed_some and self._events.empty():
                self._missed_some = False
                self._events.put_nowait(("MISSED", None))

    async def _said(self, data: Any, *, guild: bool) -> None:
        what = heard(data, self._me, guild=guild)
        if what is None:
            return
        if isinstance(what, Heard):
            what = replace(what, fetch=self._fetcher.fetch)
        if await self._hand_on(what):
            await self._heard(what.chat, str(data["id"]), guild=guild)

    async def _acted(self, data: Any) -> None:
        what = acted(data, self._me)
        if what is None:
            return
        await self._hand_on(what)
        words = {"content": f"> {what.text[:1_900]}", "allowed_mentions": {"parse": []}} if (
            isinstance(what, Heard)
        ) else None  # fmt: skip
        body = {"type": 6} if words is None else {"type": 4, "data": words}
        # It is heard; what became of it, the card or the answer shows.
        with contextlib.suppress(Expected):
            await self._sender.call(
                "POST", "/interactions/{interaction_id}/{token}/callback", json=body,
                interaction_id=str(data["id"]), token=str(data.get("token", "")),
            )  # fmt: skip

    async def _hand_on(self, what: News) -> bool:
        """Hand on what was heard; return whether somebody known said it."""
        assert self._receive is not None
        taken = await handed_on(
            what, self._receive, self._say, channel=NAME, well=self._well, ill=self._failing
        )
        if taken is None:
            return True
        if taken.told:
            await self._say(what.chat, taken.told)
        elif taken.turn:
            self._writing.begin(taken.turn, taken.session, what.chat)
        return bool(taken.turn)

    async def _say(self, chat: str, text: str) -> bool:
        return await said(self._sender, NAME, chat, text)

    # What was missed ------------------------------------------------------------------------

    async def _heard(self, chat: str, message: str, *, guild: bool) -> None:
        if self._missed_some:
            return  # what is before it is asked for first
        await self._ledger.note(NAME, f"heard:{chat}", message)
        if chat not in self._chats:
            self._chats[chat] = guild
            newest = dict(list(self._chats.items())[-CHATS:])
            await self._ledger.note(NAME, "chats", json.dumps(newest))

    async def _catch_up(self) -> None:
        """Take in what was said while nobody was connected."""
        if not self._chats:
            self._chats = json.loads(await self._ledger.sent(NAME, "chats") or "{}")
        for chat, guild in tuple(self._chats.items()):
            last = await self._ledger.sent(NAME, f"heard:{chat}")
            if last is None:
                continue
            await self._surely_missed(chat, last, guild=guild)

    async def _surely_missed(self, chat: str, last: str, *, guild: bool) -> None:
        """Ask again where nobody answers: once something newer was heard, it is too late."""
        for pause in PAUSES:
            try:
                return await self._missed(chat, last, guild=guild)
            except Transient as error:
                log.info("channel.missed", channel=NAME, error=str(error)[:200])
                await asyncio.sleep(max(pause, error.retry_after or 0.0))
            except Expected as error:
                log.info("channel.missed", channel=NAME, error=str(error)[:200])
                return None
        return None

    async def _missed(self, chat: str, last: str, *, guild: bool) -> None:
        path = f"/channels/{{channel_id}}/messages?limit={AT_ONCE}&after={int(last)}"
        while True:
            rows = await self._sender.call("GET", path, channel_id=chat)
            if not isinstance(rows, list):
                raise Away("Discord answers nonsense.")
            for row in sorted(rows, key=lambda one: int(one["id"])):
                try:
                    await self._said(row, guild=guild)
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    log.warning("channel.unreadable", channel=NAME, error=str(error)[:80])
            if len(rows) < AT_ONCE:
                return
            path = path.rpartition("=")[0] + f"={max(int(one['id']) for one in rows)}"

    async def _offer(self) -> None:
        """Let people see the slash command; it is the same one however often."""
        path = "/applications/{application_id}/commands"
        await self._sender.call("PUT", path, json=[ASK], application_id=self._application)

    def _well(self) -> None:
        self.state, self.why = "running", ""

    def _failing(self, why: str) -> None:
        if self.why != why:
            log.warning("channel.failing", channel=NAME, why=why)
        self.state, self.why = "failing", why
