"""A model around another one, with the places at which its process may be told to die."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from gateways.llm.base import Delta, Model, Request


class Mortal:
    """Thinks as the other one does; passes a crash point before, in the middle and after.

    Args:
        model: who thinks.
        passing: is told each point by its name, and may not return.
    """

    def __init__(self, model: Model, passing: Callable[[str], None]) -> None:
        self._model = model
        self._passing = passing

    @property
    def name(self) -> str:
        """What people see as the model's name."""
        return self._model.name

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Think one step."""
        self._passing("think.before_model")
        async with aclosing(self._model.stream(request)) as deltas:
            async for delta in deltas:
                yield delta
                self._passing("think.during_model")
        self._passing("think.after_model")
