"""Which models there are, and whether they can be asked now."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from processors.agent.mind import Mind
from schemas.web import Models
from web.app import Endpoint
from web.http import answer


def endpoints(mind: Mind) -> tuple[Endpoint, ...]:
    """Return the endpoint of the models.

    Args:
        mind: the models of this process.
    """

    async def models(_: Request) -> Response:
        """List the tiers, each with its models in the order in which they are asked."""
        return answer(Models(default=mind.default, tiers=tuple(mind.overview())))

    return (Endpoint("GET", "/api/models", models, "chat", gives=Models),)
