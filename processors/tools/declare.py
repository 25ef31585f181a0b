"""The `@tool` decorator: a typed async function with a docstring becomes a tool."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from schemas.tools import Tier, ToolResult

Function = Callable[..., Awaitable[ToolResult]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A declared tool; calling it calls the function, so that tests need nothing else."""

    name: str
    description: str
    tier: Tier
    timeout: float
    examples: tuple[str, ...]
    function: Function

    async def __call__(self, *args: Any, **kwargs: Any) -> ToolResult:
        """Run the function directly, without validation, timeout or cap."""
        return await self.function(*args, **kwargs)


def tool(
    *, tier: Tier, timeout: float, examples: tuple[str, ...] = ()
) -> Callable[[Function], Tool]:
    """Declare an async function as a tool, named like the function.

    Args:
        tier: how dangerous it is; there is no default, so nobody forgets to think.
        timeout: seconds it may run.
        examples: what a person might say to get it.

    Raises:
        TypeError: the function is not async, has no docstring, or takes `*args`/`**kwargs`.
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
        return Tool(name, description, tier, timeout, examples, function)

    return declare
