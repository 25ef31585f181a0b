"""What a step costs while it is still thought: about, until its provider says it exactly.

A provider says at the end of an answer what it took. Of an answer that was stopped, or cut off on
its way, it says nothing and is paid all the same; a limit that counts only whole answers would be
none for whoever stops each one before its last word.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from gateways.llm.base import (
    Delta,
    Exchange,
    Model,
    ModelSaid,
    Request,
    Spent,
    TextDelta,
    ThinkingDelta,
    ToolSaid,
    UserSaid,
)
from gateways.llm.models import Known
from schemas.record import Usage

SIGNS = 3.5
"""Characters to a token, about."""
PICTURE = 258
"""Tokens of a small picture; a large one has more."""
STRIDE = 400
"""Characters that are said between two counts."""


class Metered:
    """Thinks as the other one does, and says meanwhile what that costs.

    Args:
        model: who thinks.
        known: what it costs.
    """

    def __init__(self, model: Model, known: Known) -> None:
        self._model, self._known = model, known

    @property
    def name(self) -> str:
        """What people see as the model's name."""
        return self._model.name

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Think one step; what the provider says itself comes last, and counts."""
        read, written, counted = 0, 0, -STRIDE
        async with aclosing(self._model.stream(request)) as deltas:
            async for delta in deltas:
                if isinstance(delta, Spent) and read and not delta.usage.total:
                    yield Spent(self._about(read, written))  # its server never says
                    continue
                yield delta
                if isinstance(delta, TextDelta | ThinkingDelta):
                    written += len(delta.text)
                    if written - counted >= STRIDE:
                        # Who refuses a request reads nothing of it: it counts from the first word.
                        read = read or _read(request)
                        counted = written
                        yield Spent(self._about(read, written))

    def _about(self, read: int, written: int) -> Usage:
        usage = Usage(input=_tokens(read), output=_tokens(written))
        return usage.model_copy(update={"cost": self._known.cost(usage)})


def _read(request: Request) -> int:
    """Return how many characters a model reads to answer a request, about."""
    tools = (f"{one.name}{one.description}{one.parameters or ''}" for one in request.shown)
    return len(request.system) + sum(map(len, tools)) + sum(map(_signs, request.exchanges))


def _signs(one: Exchange) -> int:
    match one:
        case UserSaid():
            return len(one.text) + len(one.material) + round(PICTURE * SIGNS) * len(one.images)
        case ModelSaid():
            calls = sum(len(call.tool) + len(str(call.arguments)) for call in one.calls)
            return len(one.text) + len(one.thinking) + calls
        case ToolSaid():
            return len(one.content)


def _tokens(signs: int) -> int:
    return round(signs / SIGNS) + 1
