"""Tools by name, for programs: which there are, and a call through the same pipeline as any other.

There is no short cut. A call is said as a person would say it, `!tool {…}`, goes the way of every
message, meets the same tiers, people and limits, and is written down like them.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from processors.agent.people import People
from processors.tools.outcome import outcome, words
from processors.tools.registry import Registry
from schemas.execution import CallOutcome, Execute, Going, ToolShown, ToolsShown
from streams.conversation import Conversations
from streams.record import TurnRecord
from web.app import Endpoint
from web.auth import caller
from web.ending import ended
from web.http import answer, read
from web.hub import Hub
from web.outlet import Outlet
from web.talk import Talk, channel_of, identifier, key_of


class Tools:
    """The endpoints of the tools.

    Args:
        talk: the way into the pipeline.
        hub: the way back.
        conversations: the durable side.
        registry: which tools there are.
        people: who has which rights.
    """

    def __init__(
        self,
        talk: Talk,
        hub: Hub,
        conversations: Conversations,
        registry: Registry,
        people: People,
    ) -> None:
        self._talk = talk
        self._hub = hub
        self._conversations = conversations
        self._registry = registry
        self._people = people
        path = "/api/tools"
        self.endpoints = (
            Endpoint("GET", path, self.tools, "tools", gives=ToolsShown),
            Endpoint(
                "POST",
                f"{path}/execute",
                self.execute_tool,
                "tools",
                takes=Execute,
                gives=CallOutcome,
                once=True,
            ),
            Endpoint(
                "GET", f"{path}/execute/{{turn}}", self.executed_tool, "tools", gives=CallOutcome
            ),
        )

    async def tools(self, request: Request) -> Response:
        """List the tools that the caller may use, with their tiers and parameters."""
        who = caller(request)
        profile = self._people.profile(who.person, "web")
        specs = self._registry.specs(profile, person=who.person, channel=channel_of(who))
        return answer(ToolsShown(tools=tuple(map(ToolShown.of, specs))))

    async def execute_tool(self, request: Request) -> Response:
        """Call a tool and wait for what it brings back.

        What a rule or a person does not allow is answered with `{blocked, reason, tier}`. A call
        that takes longer than `wait`, or waits for a person's decision, is answered with 202, and
        goes on; `/api/tools/execute/{turn}` tells what became of it.
        """
        asked = await read(request, Execute)
        said = words(asked.tool, asked.arguments)
        receipt = await self._talk.say(caller(request), said, key_of(request), passing=True)
        outlet = Outlet()
        watch = await self._hub.watch(receipt.session, outlet)
        try:
            await ended(request, outlet, receipt.turn, asked.wait)
        finally:
            self._hub.leave(watch)
        return await self._told(receipt.turn)

    async def executed_tool(self, request: Request) -> Response:
        """Tell what became of a call that was not waited for."""
        turn = identifier(request.path_params["turn"], "A turn's name")
        await self._talk.session_of(caller(request), turn)
        return await self._told(turn)

    async def _told(self, turn: str) -> Response:
        told = await self._conversations.turn(turn)
        found = outcome(TurnRecord(turn, told.record if told else ()))
        return answer(found, 202 if isinstance(found, Going) else 200)
