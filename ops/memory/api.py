"""What is remembered, at the web door: everybody's own, to look at, correct, export and delete."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateways.memory.base import MemoryOff
from ops.slice import House
from processors.memory.memories import Memories
from schemas.errors import Invalid
from schemas.memory import Fact, FactChange, FactForm, FactsView
from web.app import Endpoint
from web.auth import caller
from web.http import answer, nothing, read

USUAL, MOST = 50, 200
"""Facts of one page."""
SMALL = 16 << 10
"""Bytes; nothing that is said here is longer."""
QUERY = {
    "limit": "How many, from 1 to 200; 50 unless given.",
    "before": "The `next` of the page before.",
    "words": "Only what these words find, the best first.",
}


class Remembering:
    """The memory of whoever is signed in.

    Args:
        house: what every slice is handed.
    """

    def __init__(self, house: House) -> None:
        self._memories = house.runtime.resource(Memories)
        path = "/api/memory"
        one = f"{path}/{{id}}"
        self.endpoints: Sequence[Endpoint] = (
            Endpoint("GET", path, self.all, "login", gives=FactsView, query=QUERY),
            Endpoint("POST", path, self.add, "login", FactForm, Fact, 201, body=SMALL),
            Endpoint("GET", f"{path}/export", self.export, "login", media="application/json"),
            Endpoint("GET", one, self.shown, "login", gives=Fact),
            Endpoint("PATCH", one, self.change, "login", FactChange, Fact, body=SMALL),
            Endpoint("DELETE", one, self.forget, "login", status=204),
        )

    async def close(self) -> None:
        """Let go of Redis."""
        await self._memories.close()

    async def all(self, request: Request) -> Response:
        """List what is remembered of you, the newest first, or what some words find."""
        person, limit = caller(request).person, _limit(request)
        words = request.query_params.get("words", "")
        try:
            if words:
                found = await self._memories.search(person, words, limit)
                return answer(FactsView(facts=tuple(found)))
            before = request.query_params.get("before")
            found, after = await self._memories.page(person, limit, before)
        except MemoryOff as off:
            return answer(FactsView(facts=(), off=str(off)))
        return answer(FactsView(facts=tuple(found), next=after))

    async def shown(self, request: Request) -> Response:
        """Show one fact, with what it said before."""
        return answer(await self._memories.find(caller(request).person, _id(request)))

    async def add(self, request: Request) -> Response:
        """Have something remembered of you. The same words twice are one fact."""
        form = await read(request, FactForm)
        return answer(await self._memories.remember(caller(request).person, form), 201)

    async def change(self, request: Request) -> Response:
        """Correct a fact. With other words it has another id, and remembers what it said before."""
        change = await read(request, FactChange)
        return answer(await self._memories.change(caller(request).person, _id(request), change))

    async def forget(self, request: Request) -> Response:
        """Delete a fact at once; there is no way back."""
        await self._memories.forget(caller(request).person, _id(request))
        return nothing()

    async def export(self, request: Request) -> Response:
        """Take all that is remembered of you with you, as JSON."""
        person = caller(request).person
        facts = [one.model_dump(mode="json") async for one in self._memories.every(person)]
        return Response(
            orjson.dumps({"person": person, "facts": facts}, option=orjson.OPT_INDENT_2),
            media_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="memory.json"'},
        )


def _id(request: Request) -> str:
    return str(request.path_params["id"])


def _limit(request: Request) -> int:
    given = request.query_params.get("limit", str(USUAL))
    if not given.isdecimal() or len(given) > 3 or not 1 <= int(given) <= MOST:
        raise Invalid(f"The parameter limit is a number from 1 to {MOST}.")
    return int(given)
