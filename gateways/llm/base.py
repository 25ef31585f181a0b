"""The protocol every model has: a request goes in, pieces of an answer come out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

from schemas.record import ToolCall, Usage
from schemas.tools import ToolSpec


@dataclass(frozen=True, slots=True)
class UserSaid:
    """The person spoke."""

    text: str


@dataclass(frozen=True, slots=True)
class ModelSaid:
    """The model spoke, and perhaps wished for tools."""

    text: str = ""
    thinking: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolSaid:
    """A wish was tried; `content` is what a model reads, `data` the same as structure."""

    call_id: str
    tool: str
    ok: bool
    content: str
    data: Any = None


Exchange = UserSaid | ModelSaid | ToolSaid
"""One piece of the conversation so far."""


@dataclass(frozen=True, slots=True)
class Request:
    """One step of thought is asked for.

    Attributes:
        tier: which kind of model is wanted; a model of one kind may ignore it.
        system: what the model is and knows before anybody speaks.
        exchanges: the conversation, oldest first.
        tools: what it may wish for.
        max_tokens: how much it may say.
    """

    exchanges: tuple[Exchange, ...]
    tier: str = "default"
    system: str = ""
    tools: tuple[ToolSpec, ...] = ()
    max_tokens: int = 4096


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of what the model says."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """A piece of what the model thinks."""

    text: str


@dataclass(frozen=True, slots=True)
class CallDelta:
    """One whole wish for a tool."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spent:
    """What it cost so far; the last one counts."""

    usage: Usage


Delta = TextDelta | ThinkingDelta | CallDelta | Spent
"""One piece of an answer."""

Listener = Callable[[Delta], Awaitable[None]]
"""Is told each piece as it comes."""


class Model(Protocol):
    """Anything that can think.

    `stream` raises `schemas.errors.Transient` when a later try may help (overload, timeout,
    a broken line) and `schemas.errors.Refused` when none does (bad key, too long, forbidden);
    the vendor's own errors never leave its file.
    """

    @property
    def name(self) -> str:
        """What people see as the model's name."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Think one step and give the pieces as they come; closing it ends the thought."""
        ...


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole step of thought."""

    text: str = ""
    thinking: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    usage: Usage = field(default_factory=Usage)


async def think(model: Model, request: Request, on_delta: Listener | None = None) -> Completion:
    """Take one step to its end.

    Args:
        model: who thinks.
        request: about what.
        on_delta: is awaited with each piece before the next one is taken.

    Raises:
        Transient: a later try may help.
        Refused: no try helps.
    """
    text: list[str] = []
    thinking: list[str] = []
    calls: list[tuple[str, dict[str, Any]]] = []
    usage = Usage()
    async with aclosing(model.stream(request)) as deltas:
        async for delta in deltas:
            match delta:
                case TextDelta(piece):
                    text.append(piece)
                case ThinkingDelta(piece):
                    thinking.append(piece)
                case CallDelta(tool, arguments):
                    calls.append((tool, arguments))
                case Spent(spent):
                    usage = spent
            if on_delta is not None:
                await on_delta(delta)
    return Completion("".join(text), "".join(thinking), tuple(calls), usage)


async def chat(model: Model, text: str) -> str:
    """Ask one question without tools and return the answer's text."""
    return (await think(model, Request(exchanges=(UserSaid(text),)))).text
