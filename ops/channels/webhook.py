"""Where WhatsApp calls: its bytes go on to the messengers' process, which knows the secret."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gateways.channels.whatsapp_door import LARGEST, Answered, Knock, knock
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
        found = await knock(self._sockets, Knock(token=token or "-", challenge=challenge))
        return PlainTextResponse(_right(found).text)

    async def receive(self, request: Request) -> Response:
        """Take in what WhatsApp sends, signed by `X-Hub-Signature-256`; 200 once it is durable.

        Where it cannot be taken in now the answer is 503, and WhatsApp sends it again.
        """
        body = await request.body()
        signature = request.headers.get("x-hub-signature-256", "")
        if not signature or len(signature) > LONGEST:
            raise Forbidden("Nothing says that WhatsApp sent this.")
        _right(await knock(self._sockets, Knock(len(body), signature), body))
        return answer(CallTaken())


def _right(found: Answered) -> Answered:
    if found.status == 503:
        raise Unavailable("WhatsApp is off, or cannot take it in now.", retry_after=5)
    if found.status != 200:
        raise Forbidden("Nothing says that WhatsApp sent this.")
    return found
