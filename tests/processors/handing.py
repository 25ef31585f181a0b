"""A house whose model hands tasks on, as the question says."""

from __future__ import annotations

from typing import Any

from gateways.llm.base import Request, ToolSaid
from gateways.llm.scripted import Failure, Step, Wish, question
from processors.agent.children import NAME
from processors.agent.mind import Mind
from processors.agent.turns import Limits
from processors.tools.builtin.subagents import subagent_delegate
from processors.tools.registry import Registry
from schemas.record import Asked, Delegated, Entry, Observed, Returned, Usage
from streams.conversation import Conversations
from tests.processors.asked import mind
from tests.processors.asking import House, disk_clean, disk_wipe, page_read
from tests.stand import Stand, soon

COST = Usage(input=70, output=30, cost=1_000)


def hand(*tasks: str, tools: tuple[str, ...] = (), then: str = "") -> str:
    """Return a question whose turn hands these tasks on, then does what `then` says."""
    return "\n".join(["hand", " ".join(tools), then, *tasks])


def play(request: Request) -> Step:
    """Hand tasks on, do what a word says, or say it again."""
    asked = question(request)
    brought = [one.content for one in request.exchanges if isinstance(one, ToolSaid)]
    word, _, rest = asked.partition("\n")
    if word == "hand":
        tools, then, *tasks = rest.split("\n")
        if not brought:
            given: dict[str, Any] = {"tools": tools.split()} if tools else {}
            # A task may hand on itself: its lines are folded.
            unfolded = [task.replace("\\n", "\n") for task in tasks]
            wishes = (Wish(tool=NAME, arguments={"task": one, **given}) for one in unfolded)
            return Step(calls=tuple(wishes), usage=COST)
        if then and len(brought) == len(tasks):
            return _do(then)
        return Step(text=" | ".join(brought), usage=COST)
    if word == "look" and len(brought) == 1:
        return Step(calls=(Wish(tool=NAME, arguments={"task": rest}),), usage=COST)
    match asked.split():
        case ["look", *_] if not brought:
            return _do("page_read")
        case ["do" | "look", *_] if brought:
            return Step(text=" | ".join(brought), usage=COST)
        case ["do", *_]:
            return _do(asked.removeprefix("do "))
        case ["wait"]:
            return Step(text=("I wait", " for ever"), pause=600, usage=COST)
        case ["fail"]:
            return Step(error=Failure(kind="refused", message="No, says the script."))
    return Step(text=asked, usage=COST)


def _do(wishes: str) -> Step:
    pairs = [one.split("=") for one in wishes.split()]
    calls = [Wish(tool=t, arguments={"disk": d} if (d := "".join(of)) else {}) for t, *of in pairs]
    return Step(calls=tuple(calls), usage=COST)


class Family(House):
    """A house with subagents."""

    def __init__(self, stand: Stand, limits: Limits | None = None) -> None:
        super().__init__(stand)
        self.limits = limits or Limits()

    def resources(self) -> dict[type, object]:
        """Return what the stages ask for."""
        given = super().resources()
        world = {type(self.world): self.world}
        tools = Registry((disk_clean, disk_wipe, page_read, subagent_delegate), world, self.rules)
        return {**given, Registry: tools, Mind: mind(script=play), Limits: self.limits}

    async def record(self, turn: str) -> tuple[Entry, ...]:
        """Return a turn's record."""
        told = await Conversations(self.stand.redis).turn(turn)
        return told.record if told is not None else ()

    async def children(self, turn: str, many: int = 1) -> list[Delegated]:
        """Wait until a turn has handed so many tasks on."""

        async def handed() -> list[Delegated]:
            found = [one for one in await self.record(turn) if isinstance(one, Delegated)]
            return found if len(found) == many else []

        found: list[Delegated] = await soon(handed)
        return found

    async def asked(self, turn: str) -> Asked:
        """Return a turn's question."""
        return next(one for one in await self.record(turn) if isinstance(one, Asked))

    async def returned(self, turn: str) -> list[Returned]:
        """Return what came back to a turn."""
        return [one for one in await self.record(turn) if isinstance(one, Returned)]

    async def seen(self, turn: str) -> list[Observed]:
        """Return what a turn's calls brought back, in their order."""
        return sorted(await self.observed(turn), key=lambda one: (one.step, one.index))
