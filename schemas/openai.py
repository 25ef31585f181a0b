"""What other programs say at the door that speaks their language: OpenAI's chat completions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from schemas.base import Text, Word
from schemas.web import MOST_TEXT

_TOLERANT = ConfigDict(frozen=True, allow_inf_nan=False, extra="allow")


class Part(Word):
    """A piece of a message; only text is read."""

    model_config = _TOLERANT

    type: Annotated[str, Field(max_length=64)]
    text: Annotated[Text, Field(max_length=MOST_TEXT)] | None = None


class Line(Word):
    """One message of the conversation."""

    model_config = _TOLERANT

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: (
        Annotated[Text, Field(max_length=MOST_TEXT)]
        | Annotated[tuple[Part, ...], Field(max_length=64)]
        | None
    ) = None

    @property
    def text(self) -> str:
        """Its text, of all parts together."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if part.text)


class StreamOptions(Word):
    """What a stream says beyond the text."""

    model_config = _TOLERANT

    include_usage: bool | None = None


class Completion(Word):
    """A request; what is not named here is ignored."""

    model_config = _TOLERANT

    model: Annotated[str, Field(min_length=1, max_length=64)]
    """A tier of this server."""
    messages: Annotated[tuple[Line, ...], Field(min_length=1, max_length=2_000)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    tool_choice: Any = None
    response_format: dict[str, Any] | None = None
    logprobs: bool | None = None

    @property
    def wants_usage(self) -> bool:
        """Whether the last piece of a stream says what it took."""
        return bool(self.stream_options and self.stream_options.include_usage)


class Said(Word):
    """The answer, or a piece of it."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class Choice(Word):
    """The one answer."""

    index: int = 0
    message: Said
    finish_reason: Literal["stop", "length"] = "stop"


class Tokens(Word):
    """What it took."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completed(Word):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    """Seconds since 1970."""
    model: str
    choices: tuple[Choice, ...]
    usage: Tokens


class Delta(Word):
    """The one answer grows."""

    index: int = 0
    delta: Said
    finish_reason: Literal["stop", "length"] | None = None


class Chunk(Word):
    """A piece of an answer."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: tuple[Delta, ...]
    usage: Tokens | None = None


class ModelCard(Word):
    """One model that can be asked."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "nexus"


class ModelCards(Word):
    """All models that can be asked."""

    object: Literal["list"] = "list"
    data: tuple[ModelCard, ...]
