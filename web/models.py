"""Which models there are, whether they can be asked now, and which one a conversation chose."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from processors.agent.mind import Mind
from schemas.web import Models
from streams.conversation import Conversations
from web.app import Endpoint
from web.auth import caller
from web.http import answer
from web.talk import Talk, identifier


def endpoints(mind: Mind, talk: Talk, conversations: Conversations) -> tuple[Endpoint, ...]:
    """Return the endpoint of the models.

    Args:
        mind: the models of this process.
        talk: knows whose a conversation is.
        conversations: what was chosen in it.
    """

    async def models(request: Request) -> Response:
        """List the tiers, each with its models in the order in which they are asked.

        With `session`, which tier was chosen in that conversation by `/model`.
        """
        chosen = None
        if session := request.query_params.get("session"):
            await talk.own(caller(request), identifier(session, "A conversation's name"))
            chosen = await conversations.tier(session)
        tiers = tuple(mind.overview())
        return answer(Models(default=mind.default, tiers=tiers, chosen=chosen))

    query = {"session": "The conversation whose choice is told too."}
    return (Endpoint("GET", "/api/models", models, "chat", gives=Models, query=query),)
