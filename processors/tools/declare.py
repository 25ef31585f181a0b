"""The `@tool` decorator: a typed async function with a docstring becomes a tool."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from schemas.tools import Effect, Tier, ToolResult

Function = Callable[..., Awaitable[ToolResult]]
Probe = Callable[..., Awaitable[ToolResult | None]]
"""Looks whether a call took effect: its result if it did, None if it did not."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What the arguments of one call make of it.

    Attributes:
        tier: how dangerous these arguments are; a call is at least that, whatever the
            configuration says of its tool.
        reasons: why, a clause each.
        targets: what it acts on: `file:notes/a.txt`, `container:web`.
        command: what will run, in full.
        affects: what comes of it, one clause.
        undo: how it is taken back, one clause.
        black: why it must not run at all, in a stable word such as `protected`.
    """

    tier: Tier = Tier.GREEN
    reasons: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    command: str = ""
    affects: str = ""
    undo: str = ""
    black: str | None = None


Weigh = Callable[..., Weight]
"""A pure function of validated arguments; it names those that it needs."""
Identify = Callable[..., Awaitable[Mapping[str, str]]]
"""Says what each target is at this moment; it names the arguments and resources that it needs."""
Ready = Callable[..., str]
"""Says why a tool cannot run on this machine, in one clause; empty if it can. It names the
resources that it needs."""


class CallKey(str):
    """The idempotency key of a call; a tool that wants it takes a parameter of this type."""

    __slots__ = ()


class Asker(str):
    """In whose name a call is made; a tool that wants it takes a parameter of this type.

    Args:
        person: who.
        tainted: the sources of text that anybody could have written, and that entered the turn.
    """

    __slots__ = ("tainted",)
    tainted: tuple[str, ...]

    def __new__(cls, person: str = "", tainted: tuple[str, ...] = ()) -> Self:
        """Make it; by itself it is what it says, and nothing entered its turn."""
        found = super().__new__(cls, person)
        found.tainted = tainted
        return found


class Tell:
    """Where a tool says how far it is, while it runs; one that wants to takes such a parameter.

    Args:
        to: who hears it; nobody unless given.
    """

    def __init__(self, to: Callable[[str], None] | None = None) -> None:
        self._to = to

    def __call__(self, text: str) -> None:
        """Say it, if anybody hears."""
        if self._to is not None and text:
            self._to(text)


@dataclass(frozen=True, slots=True)
class Tool:
    """A declared tool; calling it calls the function, so that tests need nothing else."""

    name: str
    description: str
    tier: Tier
    timeout: float
    examples: tuple[str, ...]
    function: Function
    effect: Effect = "none"
    probe: Probe | None = None
    weigh: Weigh | None = None
    identify: Identify | None = None
    sends: bool = False
    untrusted: bool = False
    ready: Ready | None = None
    lasting: bool = False

    async def __call__(self, *args: Any, **kwargs: Any) -> ToolResult:
        """Run the function directly, without validation, timeout or cap."""
        return await self.function(*args, **kwargs)


def tool(
    *,
    tier: Tier,
    timeout: float,
    examples: tuple[str, ...] = (),
    effect: Effect = "none",
    probe: Probe | None = None,
    weigh: Weigh | None = None,
    identify: Identify | None = None,
    sends: bool = False,
    untrusted: bool = False,
    ready: Ready | None = None,
    lasting: bool = False,
) -> Callable[[Function], Tool]:
    """Declare an async function as a tool, named like the function.

    Args:
        tier: how dangerous it is; there is no default, so nobody forgets to think.
        timeout: seconds it may run.
        examples: what a person might say to get it.
        effect: what it does to the world; only a GREEN tool does nothing.
        probe: with the effect `probe`: looks whether a call took effect; it takes the same
            arguments and changes nothing.
        weigh: what these arguments make of a call; pure, it names the arguments that it needs.
        identify: what a call's targets are at this moment (a container's id, a file's digest, an
            address); taken when a person is asked, and again just before the start.
        sends: it can carry words out of the house.
        untrusted: what it brings back was written by anybody.
        ready: why it cannot run on this machine; then it is BLACK here.
        lasting: its arguments say all that it does, so a person may allow the very same call for
            longer than once; never a shell, nor anything else whose arguments are a program.

    Raises:
        TypeError: tier and effect contradict each other, a probe is missing, the function is not
            async, has no docstring, or takes `*args`/`**kwargs`, or `weigh`, `identify` or
            `ready` names an argument that the function has not.
    """

    def declare(function: Function) -> Tool:
        name = function.__name__
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"tool {name} must be an async function")
        description = inspect.getdoc(function)
        if not description:
            raise TypeError(f"tool {name} needs a docstring: it is what a model reads")
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise TypeError(f"tool {name} must name its arguments, not take {parameter}")
        if (effect == "none") != (tier == Tier.GREEN):
            raise TypeError(f"tool {name}: GREEN tools change nothing, all others say how they do")
        if (effect == "probe") != (probe is not None):
            raise TypeError(f"tool {name}: the effect `probe` and a probe go together")
        for other in (weigh, identify, ready):
            for wanted in named(other) if other else ():
                if wanted not in named(function):
                    raise TypeError(f"tool {name} has no argument {wanted} to look at")
        return Tool(
            name, description, tier, timeout, examples, function, effect, probe,
            weigh, identify, sends, untrusted, ready, lasting,
        )  # fmt: skip

    return declare


@cache
def named(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's parameters."""
    return tuple(inspect.signature(function).parameters)
