"""Handing things over to WhatsApp's Cloud API: each piece once, and what its errors mean."""

from __future__ import annotations

import mimetypes
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from gateways.channels.base import Ledger, Shown
from gateways.channels.buttons import buttons
from gateways.channels.cards import worded
from gateways.channels.whatsapp_text import LONGEST, cut, rendered
from schemas.chat import Parcel
from schemas.errors import Refused, Unavailable

if TYPE_CHECKING:
    import httpx2

NAME = "whatsapp"
SERVER = "https://graph.facebook.com/v24.0"
PAUSE, SLOW = 1.0, 10.0
"""Seconds before another try where the server does not say; where it asks to be slower."""
UPLOAD = 120.0
"""Seconds for a file on its way out."""
CARD = 1_024
"""Characters of a message with buttons."""
_WINDOW = (
    "WhatsApp lets nobody write first: the person's last message is more than 24 hours old."
    " It can be said again once they have written."
)
_SLOWER = frozenset({4, 80_007, 130_429, 131_048, 131_056, 133_016})
_GONE = frozenset({131_026, 131_030, 131_031, 131_050, 131_052, 130_472, 131_049})
_TOKEN = frozenset({0, 3, 10, 190, 131_005})


class Away(Unavailable):
    """WhatsApp's server does not answer, or asks to be left alone for a while."""

    code = "channel_away"


class Unwelcome(Refused):
    """The person is not there any more, or wants nothing of us."""

    code = "channel_blocked"


class Late(Refused):
    """The person wrote too long ago."""

    code = "channel_window"


class Unsent(Refused):
    """WhatsApp does not take this."""

    code = "channel_refused"


class Sender:
    """Sends for one number.

    Args:
        token: the access token.
        number: the id of the phone number.
        server: the API's address, with its version.
        ledger: what was handed over already.
    """

    def __init__(self, token: str, number: str, server: str, ledger: Ledger) -> None:
        self._token, self._number, self._server = token, number, server.rstrip("/")
        self._ledger = ledger
        self._client: Any = None

    async def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def who(self) -> str:
        """Return the number as people write it.

        Raises:
            Away, Refused: the server does not say.
        """
        asked = {"fields": "display_phone_number,verified_name"}
        found = await self._ask("GET", f"/{self._number}", params=asked)
        return str(found.get("display_phone_number", self._number))[:40]

    async def part(self, parcel: Parcel) -> None:
        """Send a part of an answer.

        Raises:
            Away: not now.
            Late, Unwelcome, Unsent: never.
        """
        for number, piece in enumerate(cut(rendered(parcel.text))):
            delivery = f"{parcel.id}#{number}"
            if await self._ledger.sent(NAME, delivery) is None:
                await self._ledger.note(NAME, delivery, await self.say(parcel.chat, piece))

    async def card(self, card: Shown) -> None:
        """Show a card; nothing there can be changed, so what became of it is said below it.

        Raises:
            Away: not now.
            Late, Unwelcome, Unsent: never.
        """
        delivery = f"card:{card.view.id}"
        if card.view.state != "pending":
            if await self._ledger.sent(NAME, delivery) is None:
                return
            delivery += f":{card.view.state}"
        if await self._ledger.sent(NAME, delivery) is not None:
            return
        *before, last = cut(worded(card), LONGEST)
        if buttons(card) and len(last) > CARD:
            *more, last = cut(last, CARD)
            before += more
        for number, piece in enumerate(before):
            early = f"{delivery}#{number}"
            if await self._ledger.sent(NAME, early) is None:
                await self._ledger.note(NAME, early, await self.say(card.chat, piece))
        name = await self._buttons(card, last)
        await self._ledger.note(NAME, delivery, name)

    async def say(self, chat: str, text: str) -> str:
        """Say something; return what WhatsApp calls it.

        Raises:
            Away, Late, Unwelcome, Unsent: as for everything.
        """
        # A preview would have WhatsApp's servers fetch what a model names.
        return await self._send(chat, "text", {"body": text, "preview_url": False})

    async def has(self, delivery: str) -> bool:
        """Whether something was handed over already."""
        return await self._ledger.sent(NAME, delivery) is not None

    async def file(self, chat: str, name: str, data: bytes, *, note: str) -> None:
        """Send a file as a document.

        Raises:
            Away, Late, Unwelcome, Unsent: as for everything.
        """
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        found = await self._ask(
            "POST", f"/{self._number}/media", timeout=UPLOAD,
            data={"messaging_product": "whatsapp", "type": kind},
            files={"file": (name, data, kind)},
        )  # fmt: skip
        document = {"id": str(found.get("id", ""))[:200], "filename": name}
        await self._ledger.note(NAME, note, await self._send(chat, "document", document))

    async def remark(self, chat: str, name: str, words: str, *, note: str) -> None:
        """Say something of a file, once.

        Raises:
            Away, Late, Unwelcome, Unsent: as for everything.
        """
        await self._ledger.note(NAME, note, await self.say(chat, name + words))

    async def media(self, ref: str) -> dict[str, Any]:
        """Return where a file is that somebody sent, and how large.

        Raises:
            Away, Refused: the server does not say.
        """
        return await self._ask("GET", f"/{ref}", params={"phone_number_id": self._number})

    def stream(self, address: str) -> AbstractAsyncContextManager[httpx2.Response]:
        """Ask for a file at an address that may be shown our token; no other is asked instead."""
        # What is packed on the way would be larger than it is counted.
        found: AbstractAsyncContextManager[httpx2.Response] = self._connected().stream(
            "GET", address, headers={"Accept-Encoding": "identity"}, follow_redirects=False
        )
        return found

    async def _buttons(self, card: Shown, text: str) -> str:
        both = [
            {"type": "reply", "reply": {"id": carried, "title": says}}
            for _, says, carried in buttons(card)
        ]
        if not both or not alone(card.chat):  # in groups there are none: the code decides
            return await self.say(card.chat, text)
        shown = {"type": "button", "body": {"text": text}, "action": {"buttons": both}}
        return await self._send(card.chat, "interactive", shown)

    async def _send(self, chat: str, kind: str, what: dict[str, Any]) -> str:
        to = "individual" if alone(chat) else "group"
        body = {
            "messaging_product": "whatsapp", "recipient_type": to, "to": chat,
            "type": kind, kind: what,
        }  # fmt: skip
        found = await self._ask("POST", f"/{self._number}/messages", json=body)
        try:
            return str(found["messages"][0]["id"])[:200]
        except (KeyError, IndexError, TypeError):
            raise Away("WhatsApp answers nonsense.", retry_after=PAUSE) from None

    def _connected(self) -> Any:
        import httpx2  # noqa: PLC0415

        if self._client is None:
            self._client = httpx2.AsyncClient(
                headers={"Authorization": f"Bearer {self._token}"}, timeout=20, trust_env=False
            )
        return self._client

    async def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        import httpx2  # noqa: PLC0415 - only where WhatsApp is used

        try:
            answer = await self._connected().request(method, self._server + path, **more)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Away(f"WhatsApp: {type(error).__name__}.", retry_after=PAUSE) from None
        try:
            found = answer.json()
        except ValueError:
            found = None
        if answer.is_success and isinstance(found, dict):
            return found
        wait = answer.headers.get("retry-after", "")
        raise _meant(answer.status_code, found, float(wait) if wait.isdigit() else None)


def alone(chat: str) -> bool:
    """Whether a person is alone with us there: only people have numbers."""
    return chat.isdecimal()


def _meant(status: int, found: Any, wait: float | None) -> Refused | Unavailable:
    """Return what an error of the API means; its own words may hold what it was told."""
    error = found.get("error") if isinstance(found, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, int):
        return Away(f"WhatsApp answers nonsense (HTTP {status}).", retry_after=wait or PAUSE)
    if code in _TOKEN or status == 401:
        return Away(f"WhatsApp refuses the access token (error {code}).", retry_after=SLOW)
    if code in _SLOWER or status == 429:
        return Away("WhatsApp asks to wait.", retry_after=wait or SLOW)
    return failed(code) if status < 500 else Away(
        f"WhatsApp has a fault of its own (error {code}).", retry_after=wait or PAUSE
    )  # fmt: skip


def failed(code: int) -> Refused | Unavailable:
    """Return what the code of an error means for a message."""
    if code == 131_047:
        return Late(_WINDOW)
    if code in _GONE:
        return Unwelcome(f"WhatsApp takes nothing for this person (error {code}).")
    if code in {1, 2, 131_000, 131_016, 131_057}:
        return Away(f"WhatsApp has a fault of its own (error {code}).", retry_after=PAUSE)
    return Unsent(f"WhatsApp does not take this (error {code}).")
