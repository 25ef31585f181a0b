"""A model made of several: the next one goes on where one fails, in the same step.

Failures are of three kinds. A provider that is overloaded or away is asked once more after a short
pause, then left alone for a while. An answer that cannot be used is asked for once more. What a
provider refuses, no retry helps. In all three cases the next model goes on, the person is told,
and what was said before is void.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal, Protocol

from gateways.llm.base import Began, Delta, Model, Request
from gateways.llm.cooling import Cooling
from gateways.llm.faults import Declined, Garbled, NoKey, TooLong
from schemas.base import now_ms
from schemas.errors import Expected, Refused, Transient, Unavailable
from schemas.models import ModelState

OFFLINE = "offline"
"""The provider of what needs none."""
TRIES = 2
"""How often one model is asked in one step."""
PAUSE = 0.5
"""Seconds before the second time at most: the pause is drawn from 0 up to it."""
QUICK = 2.0
"""A model that asks for a longer pause than so many seconds is left for the next one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model of several.

    Attributes:
        provider: whose it is.
        model: who thinks.
        ready: whether it can be asked at all: it has a key, or needs none.
        way: how it is asked at this moment; another one with another key.
    """

    provider: str
    model: Model
    ready: Callable[[], bool] = lambda: True
    way: Callable[[], object] = lambda: None

    @property
    def name(self) -> str:
        """Its name among all models."""
        return f"{self.provider}:{self.model.name}"


class Last(Model, Protocol):
    """Who thinks where nobody else does, and only what it surely can."""

    def knows(self, request: Request) -> bool:
        """Whether it can do all of what is asked, with nothing left over."""


@dataclass(slots=True)
class _Step:
    """One step of thought, and how it went so far."""

    until: float
    asked: int = 0
    notice: str = ""
    failures: list[Expected] = field(default_factory=list)


class Fallback:
    """Thinks with the first of several models that can.

    Args:
        candidates: the models, in order; asked at each use, because keys come and go.
        cooling: which of them are left alone now.
        draw: draws a number of seconds from a range.
        last: who answers what it surely can, while all of them are away or refuse to be asked.
    """

    def __init__(
        self,
        candidates: Callable[[], Sequence[Candidate]],
        cooling: Cooling,
        draw: Callable[[float, float], float] = random.uniform,
        last: Last | None = None,
    ) -> None:
        self.candidates = candidates
        self._cooling = cooling
        self._draw = draw
        self._last = last

    @property
    def only(self) -> Model | None:
        """The model that is asked without us: the one there is, if it has no provider to fail."""
        candidates = self.candidates()
        alone = len(candidates) == 1 and candidates[0].provider == OFFLINE
        return candidates[0].model if alone else None

    def states(self) -> tuple[ModelState, ...]:
        """Return how each of them is now."""
        found = []
        for one in self.candidates():
            rest = self._rest(one)
            state: Literal["ready", "cooling", "no key"] = "cooling" if rest else "ready"
            found.append(
                ModelState(
                    provider=one.provider,
                    model=one.model.name,
                    state=state if one.ready() else "no key",
                    until=now_ms() + int(rest * 1000) if rest else None,
                    failures=self._cooling.failures(one.name),
                    failing=self._cooling.fault(one.name, one.way()),
                )
            )
        return tuple(found)

    @property
    def name(self) -> str:
        """The name of the one that would be asked now."""
        there = [one for one in self.candidates() if one.ready()]
        first = [one for one in there if not self._rest(one)]
        return (first or there or list(self.candidates()))[0].model.name

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Think one step; see `Model`.

        Raises:
            Unavailable: nobody answers now; somebody may later.
            Transient: somebody answers, but nothing that can be used.
            Refused: everybody refuses.
        """
        everybody = [one for one in self.candidates() if one.ready()]
        if not everybody:
            names = ", ".join(one.name for one in self.candidates())
            raise NoKey(f"There is no key for any of {names}: set one, or choose another model.")
        step = _Step(asyncio.get_running_loop().time() + request.seconds)
        for one in everybody:
            if self._rest(one):
                step.notice = (
                    f"{one.model.name} did not answer a moment ago. Another model goes on."
                )
                continue
            before = len(step.failures)
            async with aclosing(self._ask(one, request, step)) as deltas:
                async for delta in deltas:
                    yield delta
            if len(step.failures) == before:
                return
            step.notice = f"{step.failures[-1]} Another model goes on."
        error = self._given_up(everybody, step)
        if self._last is None or not _absent(error) or not self._last.knows(request):
            raise error
        yield Began(self._last.name, step.notice)
        async with aclosing(self._last.stream(request)) as deltas:
            async for delta in deltas:
                yield delta

    async def _ask(self, one: Candidate, request: Request, step: _Step) -> AsyncGenerator[Delta]:
        """Ask one model, a second time if that may help; a failure is written into `step`."""
        for attempt in range(TRIES):
            if step.asked or step.notice:
                yield Began(one.model.name, step.notice)
                step.notice = ""
            step.asked += 1
            way = one.way()
            try:
                async with aclosing(self._in_time(one, request, step)) as deltas:
                    async for delta in deltas:
                        yield delta
            except Transient as error:
                asked_to_wait = error.retry_after or 0.0
                left = step.until - asyncio.get_running_loop().time()
                pause = max(asked_to_wait, self._draw(0.0, PAUSE * 2.0**attempt))
                if attempt + 1 < TRIES and asked_to_wait <= QUICK and pause < left:
                    await asyncio.sleep(pause)
                    continue
                self._cooling.noted(one.name, error.code, way)
                if not isinstance(error, Garbled):
                    self._cooling.failed(one.name, error.retry_after, way)
                step.failures.append(error)
            except Refused as error:
                if not isinstance(error, TooLong | Declined):  # that is the question's fault
                    self._cooling.noted(one.name, error.code, way)
                step.failures.append(error)
            else:
                self._cooling.worked(one.name)
            return

    @staticmethod
    async def _in_time(one: Candidate, request: Request, step: _Step) -> AsyncGenerator[Delta]:
        """Ask once; the time for the step is for all tries together."""
        async with aclosing(one.model.stream(request)) as deltas:
            while True:
                try:
                    async with asyncio.timeout_at(step.until):
                        delta = await anext(deltas, None)
                except TimeoutError:
                    raise Garbled(f"{one.model.name} took longer than the turn may.") from None
                if delta is None:
                    return
                yield delta

    def _rest(self, one: Candidate) -> float:
        return self._cooling.seconds(one.name, one.way())

    def _given_up(self, everybody: Sequence[Candidate], step: _Step) -> Expected:
        waits = [found for one in everybody if (found := self._rest(one))]
        if waits:
            why = str(step.failures[-1]) if step.failures else "All of them failed a moment ago."
            return Unavailable(f"No model answers now. {why}", retry_after=min(waits))
        garbled = [one for one in step.failures if isinstance(one, Transient)]
        too_long = [one for one in step.failures if isinstance(one, TooLong)]
        return (garbled or too_long or step.failures)[-1]


def _absent(error: Expected) -> bool:
    """Whether it is the models that are at fault, and no second try is near."""
    if isinstance(error, Unavailable):
        return True
    return isinstance(error, Refused) and not isinstance(error, TooLong | Declined)
