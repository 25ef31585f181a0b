"""What a stage is handed in a replay: the models, tools and ledger of the record.

None of them reaches anything. A thought costs what it cost when it was thought, a tool brings back
what it brought back, and an effect that happened does not happen again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from gateways.channels.board import Board
from gateways.llm.base import (
    Began,
    CallDelta,
    Declined,
    Delta,
    Model,
    Request,
    Signed,
    Spent,
    TextDelta,
    ThinkingDelta,
)
from ops.replay.past import Past
from processors.agent.mind import Mind
from processors.memory.recall import Recall
from processors.think import LATER
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.chat import USUAL, Profile
from schemas.desk import DeadLetter
from schemas.errors import Unavailable
from schemas.feed import FeedEvent
from schemas.memory import Remembered
from schemas.notices import Notice
from schemas.record import Asked, Chosen, Observed, Proposed, Routed, Said, Thought
from schemas.tools import Assessed, Effect, ToolResult, ToolSpec
from streams.effects import Begun, Effects
from streams.live import LiveFeed

UNSURE = "look before you retry."
"""Ends the sentence about an unknown outcome; what the tool said about it stands behind."""


class Unrecorded(Exception):
    """A stage asks for what nobody recorded: it takes another way than it took then."""


class AsThen(Exception):
    """A stage's own call for help failed then, so it fails now.

    Attributes:
        error: the class it had.
    """

    def __init__(self, error: str, text: str) -> None:
        super().__init__(text)
        self.error = error


class Thinker:
    """A model that says again what it said.

    Args:
        name: what people see.
        thought: what it said; None where nothing is recorded.
        letter: what it failed with, if it did.
        said: what was said in its place, when no model answered.
    """

    def __init__(
        self,
        name: str,
        thought: Thought | None = None,
        letter: DeadLetter | None = None,
        said: Said | None = None,
    ) -> None:
        self._name = name
        self._thought = thought
        self._letter = letter
        self._said = said

    @property
    def name(self) -> str:
        """The name it had then."""
        return self._name

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Say it again."""
        thought = self._thought
        if self._letter is not None:
            raise AsThen(self._letter.error, self._letter.text)
        if thought is None and self._said is not None:
            raise Unavailable(self._said.text.removesuffix(f" {LATER}"))
        if thought is None:
            raise Unrecorded("It asks a model, and no thought of this step is recorded.")
        for notice in thought.notices:
            yield Began(thought.model, notice)
        if thought.thinking:
            yield ThinkingDelta(thought.thinking)
        if thought.text:
            yield TextDelta(thought.text)
        for call in thought.calls:
            yield CallDelta(call.tool, call.arguments)
        if thought.replay is not None:
            yield Signed(thought.replay)
        if thought.declined:
            yield Declined()
        yield Spent(thought.usage)
        if thought.cut:
            raise asyncio.CancelledError  # as it was: somebody stopped it here


class Thoughts(Mind):
    """The models of the record; of tiers nobody used only the names are known.

    Args:
        real: the models of today.
        past: the turn.
        thought: what is said now.
        letter: what the model fails with now.
        said: what is said in the model's place now.
    """

    def __init__(
        self,
        real: Mind,
        past: Past,
        thought: Thought | None,
        letter: DeadLetter | None,
        said: Said | None = None,
    ) -> None:
        names = {tier: real.model(tier).name for tier in real.tiers}
        default = _default(past) or real.default
        names.setdefault(default, real.model(default).name)
        super().__init__({tier: Thinker(name) for tier, name in names.items()}, default)
        self._speaks = thought is not None or letter is not None or said is not None
        name = thought.model if thought else names[default]
        self._now = Thinker(name, thought, letter, said)

    def model(self, tier: str) -> Model:
        """Return the model that spoke, or the one whose name is asked for."""
        return self._now if self._speaks else super().model(tier)


def _default(past: Past) -> str | None:
    """Return the tier that was the default, where nobody chose one."""
    asked = next((e.tier for e in past.record if isinstance(e, Asked)), None)
    chosen = [e for e in past.record if isinstance(e, Asked | Chosen) and e.tier]
    routed = next((e for e in past.record if isinstance(e, Routed)), None)
    return routed.tier if routed and (not chosen or asked == USUAL) else None


class Tools(Registry):
    """Today's tools, as they are declared; running one brings back what is recorded.

    Args:
        real: the tools.
        observed: what the call brought back.
        letter: what it fails with, if it did.
        asked: what a person was asked about it, if they were.
    """

    def __init__(
        self,
        real: Registry,
        observed: Observed | None,
        letter: DeadLetter | None,
        asked: Proposed | None = None,
    ) -> None:
        self._real = real
        self._asked = asked
        self._observed = observed
        self._letter = letter

    def specs(
        self, profile: Profile, *, person: str = "", channel: str = ""
    ) -> tuple[ToolSpec, ...]:
        """What this profile is shown today."""
        return self._real.specs(profile, person=person, channel=channel)

    def permits(self, name: str, profile: Profile, *, person: str = "", channel: str = "") -> bool:
        """Whether this profile may use the tool today."""
        return self._real.permits(name, profile, person=person, channel=channel)

    def tier(self, name: str) -> str:
        """Return how dangerous a tool is today."""
        return self._real.tier(name)

    def assess(
        self, name: str, arguments: Mapping[str, Any], situation: Situation | None = None
    ) -> Assessed:
        """Return what a call would be today."""
        return self._real.assess(name, arguments, situation)

    async def identify(self, name: str, arguments: Mapping[str, Any]) -> dict[str, str]:
        """Look at nothing: the world is another one by now. It was what the person saw."""
        return dict(self._asked.identity) if self._asked else {}

    def shown(self, text: str) -> str:
        """Return what the world said as it may be told today."""
        return self._real.shown(text)

    def rules(self) -> str:
        """Return a hash of the rules of today."""
        return self._real.rules()

    def get(self, name: str) -> ToolSpec:
        """Return what is known of a tool today."""
        return self._real.get(name)

    async def run(
        self,
        name: str,
        arguments: Mapping[str, Any],
        key: str = "",
        *,
        probe: bool = False,
        tell: Callable[[str], None] | None = None,
        person: str = "",
    ) -> ToolResult:
        """Bring back what is recorded."""
        seen = self._observed
        if self._letter is not None:
            raise AsThen(self._letter.error, self._letter.text)
        if seen is None or (seen.tool, seen.call_id) != (name, key or seen.call_id):
            raise Unrecorded(f"It runs {name}, and nothing of that is recorded.")
        if seen.effect == "unknown":
            why = seen.content.partition(UNSURE)[2].strip()
            return ToolResult(text=why, ok=False, code="timeout")
        return ToolResult(
            text=seen.content, data=seen.data, ok=seen.ok, code=seen.code, undo=seen.undo,
            tainted=seen.tainted,
        )  # fmt: skip


class Memory(Recall):
    """What was remembered then.

    Args:
        thought: the step that was told it.
    """

    def __init__(self, thought: Thought | None) -> None:
        super().__init__()
        self._thought = thought

    async def of(self, asked: Asked) -> tuple[Remembered, ...]:
        """Return what it was told."""
        return self._thought.recalled if self._thought is not None else ()


class Ledger(Effects):
    """The effect ledger as it answered.

    Args:
        observed: what the call brought back.
    """

    def __init__(self, observed: Observed | None) -> None:
        self._observed = observed

    async def granted(self, call_id: str, grant: str) -> bool:
        """Whether it ran under a lasting yes then."""
        return self._observed is not None and self._observed.grant == grant

    async def begin(
        self, call_id: str, effect: Effect, approval: str = "", grant: str | None = None
    ) -> Begun:
        """Answer as then: it may begin, or nobody knows how it ended."""
        seen = self._observed
        if seen is not None and seen.effect == "unknown" and seen.content.endswith(UNSURE):
            return Begun("unknown")
        return Begun("go")


class Silent(LiveFeed):
    """A live feed that nobody hears."""

    def __init__(self) -> None:
        pass

    def send(self, session: str, event: FeedEvent) -> None:
        """Say nothing."""


class Unheard:
    """A place for notices that nobody looks at: what was told then is not told again."""

    async def publish(self, notice: Notice) -> str:
        """Say nothing."""
        return notice.key or ""


def deaf() -> Mapping[type, object]:
    """Return whom a stage tells something, by type: nobody hears it."""
    return {LiveFeed: Silent(), Board: Unheard()}
