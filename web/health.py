"""Does it live, is it ready, and what does it count?"""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from processors.agent.mind import Mind
from streams.runtime import Runtime
from web.app import Endpoint
from web.http import answer

FAILS = {
    "bad_key": "does not let our key in",
    "no_credit": "has an account that may not spend more",
    "refused": "refused",
    "garbled": "said nothing that can be used",
    "transient": "was away or too busy",
}
"""What a model did when it was last asked, by the error's code. Nobody need be signed in to read
it, so a provider's own words are no part of it."""


def failing(mind: Mind) -> list[str]:
    """Return which models failed when they were last asked, and how, in a few words each."""
    models = [one for tier in mind.overview() for one in tier.models if one.failing]
    found = (f"{one.provider}:{one.model} {FAILS.get(one.failing, 'failed')}" for one in models)
    return list(dict.fromkeys(found))


def endpoints(runtime: Runtime, notes: Sequence[str], mind: Mind) -> tuple[Endpoint, ...]:
    """Return the endpoints that supervisors and monitors ask.

    Args:
        runtime: whose health they tell.
        notes: what an owner must know although it works, one sentence each.
        mind: the models of this process.
    """

    async def healthz(_: Request) -> Response:
        """Say that the process lives, and what an owner must know although it works."""
        return answer({"ok": True, "notes": list(notes)})

    async def readyz(_: Request) -> Response:
        """Say whether every stage reads its topic and Redis answers: 200, else 503."""
        stages = {health.stage: health.reading for health in runtime.health()}
        body = {
            "ready": runtime.ready,
            "stages": stages,
            "notes": list(notes),
            "failing": failing(mind),
        }
        return answer(body, 200 if runtime.ready else 503)

    async def metrics(_: Request) -> Response:
        """Return what is counted, in Prometheus' text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return (
        Endpoint("GET", "/healthz", healthz, "nothing", page=True),
        Endpoint("GET", "/readyz", readyz, "nothing", page=True),
        Endpoint("GET", "/metrics", metrics, "read"),
    )
