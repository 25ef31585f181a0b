"""The protocol every model has: a request goes in, pieces of an answer come out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import SecretStr

from schemas.record import Replay, ToolCall, Usage
from schemas.tools import ToolSpec

CUT = "\n\n[The answer went on; it was cut here.]"
"""What stands at the end of an answer that is not whole."""


class Keys(Protocol):
    """Where the providers' keys are; asked at each use, so that a change needs no restart."""

    def get(self, name: str) -> SecretStr | None:
        """Return a key, or None where there is none.

        Args:
            name: as the environment has it, such as `GEMINI_API_KEY`.
        """
        ...


class Attachments(Protocol):
    """Where the files that people sent are."""

    async def load(self, name: str) -> bytes:
        """Return the bytes of an attachment.

        Args:
            name: its id.

        Raises:
            NotFound: there is none.
        """
        ...


@dataclass(frozen=True, slots=True)
class Image:
    """A picture the person sent.

    Attributes:
        type: its media type, such as `image/png`.
        data: its bytes.
    """

    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class UserSaid:
    """The person spoke.

    Attributes:
        text: the person's own words.
        images: the pictures that came with them.
        material: what came with them as text; others may have written it.
        remembered: what is remembered of the person; no part of what they say now.
    """

    text: str
    images: tuple[Image, ...] = ()
    material: str = ""
    remembered: str = ""

    @property
    def whole(self) -> str:
        """The words with the material behind them, for a model that can tell them apart."""
        return self.text + self.material + self.remembered


@dataclass(frozen=True, slots=True)
class ModelSaid:
    """The model spoke, and perhaps wished for tools.

    Attributes:
        replay: the same in its provider's own words, which only that provider is shown.
    """

    text: str = ""
    thinking: str = ""
    calls: tuple[ToolCall, ...] = ()
    replay: Replay | None = None


@dataclass(frozen=True, slots=True)
class ToolSaid:
    """A wish was tried; `content` is what a model reads, `data` the same as structure.

    Attributes:
        decides: whether it changed something or was not allowed: that is never shortened.
    """

    call_id: str
    tool: str
    ok: bool
    content: str
    data: Any = None
    decides: bool = False


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
        offered: what of it a model that pays for reading is told; None for all.
        max_tokens: how much it may say.
        seconds: how long it may take in all, other tries and other models among it.
    """

    exchanges: tuple[Exchange, ...]
    tier: str = "default"
    system: str = ""
    tools: tuple[ToolSpec, ...] = ()
    offered: tuple[ToolSpec, ...] | None = None
    max_tokens: int = 4096
    seconds: float = 600.0

    @property
    def shown(self) -> tuple[ToolSpec, ...]:
        """The tools that a model is told of."""
        return self.tools if self.offered is None else self.offered


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


@dataclass(frozen=True, slots=True)
class Signed:
    """The whole answer in its provider's own words, where those must go back."""

    replay: Replay


@dataclass(frozen=True, slots=True)
class Began:
    """Another try begins; what came before it is void, but was paid for.

    Attributes:
        model: who speaks now.
        notice: what the person should know about it; "" for nothing.
    """

    model: str
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """It cannot do what was asked, and its words say so."""


Delta = TextDelta | ThinkingDelta | CallDelta | Spent | Signed | Began | Declined
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
