"""A model that answers from a script: for tests, demos, and measuring the pipeline around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from pathlib import Path
from random import Random
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from gateways.llm.base import (
    CallDelta,
    Delta,
    ModelSaid,
    Request,
    Spent,
    TextDelta,
    ThinkingDelta,
    UserSaid,
)
from schemas.base import Word
from schemas.errors import Invalid, Refused, Transient
from schemas.record import Usage

Seconds = Annotated[float, Field(ge=0, le=3600)]
Delay = Seconds | tuple[Seconds, Seconds]
"""Seconds, or the two ends of a range to draw from."""


class Wish(Word):
    """A tool call in a script."""

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class Failure(Word):
    """An error in a script, raised after what the step says."""

    kind: Literal["transient", "refused"]
    message: str = "The script says so."
    retry_after: float | None = None


class Step(Word):
    """One step of thought in a script."""

    text: str | tuple[str, ...] = ()
    """What it says; several pieces arrive as several deltas."""
    thinking: str = ""
    calls: tuple[Wish, ...] = ()
    delay: Delay = 0.0
    """Before the first piece."""
    pause: Delay = 0.0
    """Before each further piece of text."""
    error: Failure | None = None
    usage: Usage = Usage()


Script = Callable[[Request], Step]
"""Decides each step from what is asked."""

_steps: TypeAdapter[tuple[Step, ...]] = TypeAdapter(tuple[Step, ...])


class Scripted:
    """Says what a script says.

    A list is read by the place in the conversation, not by a counter: the step that answers
    a request is the one after all that the model has said since it began, so a retry or
    another process gives the same answer. After its end the list begins again.

    Args:
        script: the steps, or a function that chooses one.
        seed: of the delays drawn from a range.
        name: what people see.
    """

    def __init__(
        self, script: Iterable[Step] | Script, *, seed: int | None = None, name: str = "scripted"
    ) -> None:
        self.name = name
        self._decide = script if callable(script) else _by_place(tuple(script))
        self._random = Random(seed)  # noqa: S311 - delays, not secrets

    @classmethod
    def from_file(cls, path: Path, *, seed: int | None = None) -> Scripted:
        """Read a script from a YAML or JSON file: a list of steps.

        Raises:
            Invalid: the file is not such a list, in one sentence that names it.
        """
        try:
            steps = _steps.validate_python(yaml.safe_load(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
            why = " ".join(str(error).split())[:300]
            raise Invalid(f"{path} is not a script: {why}") from error
        return cls(steps, seed=seed)

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Say one step; raises what the script wants raised."""
        step = self._decide(request)
        await self._wait(step.delay)
        if step.thinking:
            yield ThinkingDelta(step.thinking)
        pieces = (step.text,) if isinstance(step.text, str) else step.text
        for position, piece in enumerate(pieces):
            if position:
                await self._wait(step.pause)
            if piece:
                yield TextDelta(piece)
        for wish in step.calls:
            yield CallDelta(wish.tool, wish.arguments)
        if step.error is not None:
            raise _error(step.error)
        yield Spent(step.usage)

    async def _wait(self, delay: Delay) -> None:
        seconds = self._random.uniform(*delay) if isinstance(delay, tuple) else delay
        # Also for nothing: a model that never lets go of the loop hides races.
        await asyncio.sleep(seconds)


def _error(failure: Failure) -> Exception:
    if failure.kind == "transient":
        return Transient(failure.message, retry_after=failure.retry_after)
    return Refused(failure.message)


def _by_place(steps: tuple[Step, ...]) -> Script:
    if not steps:
        raise Invalid("A script needs at least one step.")

    def decide(request: Request) -> Step:
        return steps[place(request) % len(steps)]

    return decide


def place(request: Request) -> int:
    """How many times the model has spoken in this conversation already."""
    return sum(isinstance(exchange, ModelSaid) for exchange in request.exchanges)


def question(request: Request) -> str:
    """The last thing the person said."""
    said = [exchange.whole for exchange in request.exchanges if isinstance(exchange, UserSaid)]
    return said[-1] if said else ""


def echo(request: Request) -> Step:
    """A script that says the question again."""
    return Step(text=question(request))
