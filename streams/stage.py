"""The `@stage` decorator: a function is a stage, and its signature is the topology."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import (
    Any,
    Generic,
    Literal,
    ParamSpec,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from schemas.approvals import Card
from schemas.base import Message, TurnMessage
from schemas.chat import Parcel, Reply

P = ParamSpec("P")
R = TypeVar("R")

Commit = Literal["admit", "hop", "settle", "finish", "halt"]
"""The server function that takes a stage's result."""


@dataclass(frozen=True)
class Stage(Generic[P, R]):
    """A function that reads one topic and writes those its return annotation names.

    Attributes:
        function: the decided code; calling the stage calls it.
        name: the function's name, which is the consumer group's name too.
        reads: the message class it takes, which is the topic it reads.
        writes: the message classes it may return.
        needs: its further parameters, by name, with the type each is looked up by.
        batch: how many entries are read at once; at most twice as many are held.
        commit: the server function that takes its result.
        lane: the message's field whose equal values run one after the other.
        waits: how many more may be held while what they need is away; what is beyond goes to the
            desk. With 0 they count as all others do, and the stage reads no more.
    """

    function: Callable[P, Awaitable[R]]
    name: str
    reads: type[Message]
    writes: tuple[type[Message], ...]
    needs: dict[str, type] = field(default_factory=dict)
    batch: int = 64
    commit: Commit = "hop"
    lane: str = "session"
    waits: int = 0

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        """Call the function: no Redis is needed to test a stage."""
        return self.function(*args, **kwargs)

    @property
    def topic(self) -> str:
        """The topic it reads."""
        return self.reads.topic

    @property
    def stoppable(self) -> bool:
        """Whether a stop ends its work; what ends a turn, or carries its answer, goes on."""
        ends = self.commit in {"hop", "settle"} and bool(self.writes) and not self.delivers
        return ends and issubclass(self.reads, TurnMessage)

    @property
    def delivers(self) -> bool:
        """Whether it only carries what people see: its turn may be over, and does not grow."""
        return issubclass(self.reads, Reply | Card | Parcel)

    @property
    def sole(self) -> bool:
        """Whether only one reader may run in the whole deployment."""
        return self.commit == "admit"


def stage(
    *, reads: int = 64, commit: Commit = "hop", lane: str = "session", waits: int = 0
) -> Callable[[Callable[P, Awaitable[R]]], Stage[P, R]]:
    """Make a stage of a function.

    Args:
        reads: how many entries to read at once (fixed at start).
        commit: the server function that takes the result.
        lane: the field of the message whose equal values run in order; "" for one lane only.
        waits: how many may wait for what is away without keeping the others waiting.

    Raises:
        TypeError: the first parameter or the return annotation names no message class.
    """

    def declare(function: Callable[P, Awaitable[R]]) -> Stage[P, R]:
        hints = get_type_hints(function)
        returned = hints.pop("return", type(None))
        name = getattr(function, "__name__", "stage")
        if not hints:
            raise TypeError(f"stage {name}: its first parameter must be a message class")
        first, *others = hints.items()
        if not (isinstance(first[1], type) and issubclass(first[1], Message)):
            raise TypeError(f"stage {name}: its first parameter must be a message class")
        return Stage(
            function=function,
            name=name,
            reads=first[1],
            writes=written(returned, name),
            needs=dict(others),
            batch=reads,
            commit=commit,
            lane=lane,
            waits=waits,
        )

    return declare


def written(annotation: Any, name: str) -> tuple[type[Message], ...]:
    """Return the message classes that a return annotation names, in its order."""
    if annotation is type(None):
        return ()
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        found: list[type[Message]] = []
        for part in get_args(annotation):
            found += [c for c in written(part, name) if c not in found]
        return tuple(found)
    if origin in (list, tuple):
        return written(Union[tuple(a for a in get_args(annotation) if a is not Ellipsis)], name)  # noqa: UP007
    if isinstance(annotation, type) and issubclass(annotation, Message):
        return (annotation,)
    raise TypeError(f"stage {name}: it may return messages only, not {annotation!r}")
