"""The `@tool` decorator: a typed async function with a docstring becomes a tool."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from schemas.tools import Effect, Tier, ToolResult

Function = Callable[..., Awaitable[ToolResult]]
Probe = Callable[..., Awaitable[ToolResult | None]]
"""Looks whether a call took effect: its result if it did, None if it did not."""


class CallKey(str):
    """The idempotency key of a call; a tool that wants it takes a parameter of this type."""

    __slots__ = ()


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
) -> Callable[[Function], Tool]:
    """Declare an async function as a tool, named like the function.

    Args:
        tier: how dangerous it is; there is no default, so nobody forgets to think.
        timeout: seconds it may run.
        examples: what a person might say to get it.
        effect: what it does to the world; only a GREEN tool does nothing.
        probe: with the effect `probe`: looks whether a call took effect; it takes the same
            arguments and changes nothing.

    Raises:
        TypeError: tier and effect contradict each other, a probe is missing, or the
            function is not async, has no docstring, or takes `*args`/`**kwargs`.
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
        return Tool(name, description, tier, timeout, examples, function, effect, probe)

    return declare
