"""Where vendors call: their bytes go on to the messengers' process, which knows the secrets."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gateways.channels.hook_door import LARGEST, Answered, Knock, knock
from ops.settings import TELEGRAM_CALLS
from ops.slice import House
from schemas.channels import CallTaken
from schemas.errors import Forbidden, Invalid, Unavailable
from streams.embedded import socket_folder
from web.app import Endpoint
from web.http import answer

PATH = "/api/channels/whatsapp/webhook"
LONGEST = 256
"""Characters of what stands in the address or in the signature."""


class Webhook:
    """The endpoints that a vendor calls.

    Args:
        house: what every slice is handed.
    """

    def __init__(self, house: House) -> None:
        settings = house.settings
        self._sockets = settings.streams.sockets or socket_folder(settings.root)
        query = {
            "hub.mode": "`subscribe`.",
            "hub.verify_token": "The word of the setting `WHATSAPP_VERIFY_TOKEN`.",
            "hub.challenge": "What is answered.",
        }
        self.endpoints: Sequence[Endpoint] = (
            Endpoint("GET", PATH, self.verify, "nothing", query=query, media="text/plain"),
            Endpoint("POST", PATH, self.receive, "nothing", gives=CallTaken, body=LARGEST),
            Endpoint(
                "POST", TELEGRAM_CALLS, self.telegram, "nothing", gives=CallTaken, body=LARGEST
            ),
        )

    async def close(self) -> None:
        """Nothing is held."""

    async def verify(self, request: Request) -> Response:
        """Answer WhatsApp when the webhook is set up; only who knows the word is answered."""
        asked = request.query_params
        token, challenge = asked.get("hub.verify_token", ""), asked.get("hub.challenge", "")
        if asked.get("hub.mode") != "subscribe" or len(token) + len(challenge) > LONGEST:
            raise Invalid("This is not how WhatsApp asks.")
        # What is empty would be no question at all.
        found = await knock(
            self._sockets, "whatsapp", Knock(token=token or "-", challenge=challenge)
        )
        return PlainTextResponse(_right(found, "WhatsApp").text)

    async def receive(self, request: Request) -> Response:
        """Take in what WhatsApp sends, signed by `X-Hub-Signature-256`; 200 once it is durable.

        Where it cannot be taken in now the answer is 503, and WhatsApp sends it again.
        """
        return await self._handed_on(request, "x-hub-signature-256", "WhatsApp")

    async def telegram(self, request: Request) -> Response:
        """Take in what Telegram sends, by the secret in `X-Telegram-Bot-Api-Secret-Token`.

        It answers 200 once that is durable. Where it cannot be taken in now the answer is 503, and
        Telegram sends it again.
        """
        return await self._handed_on(request, "x-telegram-bot-api-secret-token", "Telegram")

    async def _handed_on(self, request: Request, header: str, vendor: str) -> Response:
        body = await request.body()
        proof = request.headers.get(header, "")
        if not proof or len(proof) > LONGEST:
            raise Forbidden(f"Nothing says that {vendor} sent this.")
        said = Knock(len(body), proof)
        _right(await knock(self._sockets, vendor.lower(), said, body), vendor)
        return answer(CallTaken())


def _right(found: Answered, vendor: str) -> Answered:
    if found.status == 503:
        raise Unavailable(f"{vendor} is off, or cannot take it in now.", retry_after=5)
    if found.status != 200:
        raise Forbidden(f"Nothing says that {vendor} sent this.")
    return found
