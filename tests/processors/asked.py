"""What a stage is called with: messages, records and tools, made in one line."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

from gateways.llm.scripted import Script, Scripted, Step
from processors.agent.mind import Mind
from processors.tools.declare import tool
from processors.tools.registry import Registry
from schemas.chat import Admitted, Answer, Call, Received, Think
from schemas.errors import NotFound
from schemas.feed import FeedEvent
from schemas.record import Asked, Entry, Observed, Thought, ToolCall
from schemas.tools import Tier, ToolResult
from streams.live import LiveFeed
from streams.record import TurnRecord

ENVELOPE: dict[str, Any] = {
    "trace": "trace",
    "session": "s",
    "person": "owner",
    "channel": "terminal",
}


class Heard(LiveFeed):
    """A live feed that keeps what it is told, and sends nothing."""

    def __init__(self) -> None:
        super().__init__(Redis())
        self.events: list[FeedEvent] = []

    def send(self, session: str, event: FeedEvent) -> None:
        """Keep an event."""
        self.events.append(event)


class Files:
    """Attachments that are known.

    Args:
        known: the bytes by id.
    """

    def __init__(self, known: dict[str, bytes]) -> None:
        self._known = known

    async def load(self, name: str) -> bytes:
        """Return the bytes of an attachment."""
        if name not in self._known:
            raise NotFound(f"There is no attachment {name}.")
        return self._known[name]


@tool(tier=Tier.GREEN, timeout=5, examples=("echo",))
async def echo_text(text: str = "nothing", times: int = 1) -> ToolResult:
    """Say a text again."""
    return ToolResult(text=text * times, data={"times": times})


@tool(tier=Tier.GREEN, timeout=5)
async def fail_always() -> ToolResult:
    """Fail."""
    raise ValueError("a secret path")


@tool(tier=Tier.RED, timeout=5, effect="plain")
async def host_reboot() -> ToolResult:
    """Restart the machine."""
    raise AssertionError("nobody may get here")


def registry() -> Registry:
    """Return three tools, one of them dangerous."""
    return Registry((echo_text, fail_always, host_reboot))


def mind(*steps: Step, script: Script | None = None) -> Mind:
    """Return a mind whose model says these steps."""
    model = Scripted(script or steps or (Step(text="done"),))
    return Mind({"flash": model, "opus": Scripted((Step(text="opus"),), name="big")}, "flash")


def received(text: str = "hello", **fields: Any) -> Received:
    """Return what a gateway took in."""
    return Received(**{**ENVELOPE, "id": "t", "chat": "chat", "text": text, **fields})


def admitted() -> Admitted:
    """Return a turn that may start."""
    return Admitted(**ENVELOPE, id="t:turn", turn="t")


def due(step: int = 0, tier: str = "flash") -> Think:
    """Return a step of thought."""
    return Think(**ENVELOPE, id=f"t:think:{step}", turn="t", step=step, tier=tier)


def call(wish: ToolCall, step: int = 0, index: int = 0) -> Call:
    """Return the message of a tool call."""
    return Call(
        **ENVELOPE, id=wish.call_id, turn="t", step=step, index=index, tool=wish.tool, tier="flash"
    )


def answer(outcome: Any = "answered", notice: str | None = None) -> Answer:
    """Return the end of a turn."""
    return Answer(**ENVELOPE, id="t:answer", turn="t", outcome=outcome, notice=notice)


def record(text: str = "hello", *entries: Entry, **fields: Any) -> TurnRecord:
    """Return a turn's record that begins with a question."""
    known: dict[str, Any] = {
        "person": "owner", "channel": "terminal", "chat": "chat", "profile": "full",
    }  # fmt: skip
    return TurnRecord("t", (Asked(text=text, **{**known, **fields}), *entries))


def steps(*texts: str, tool: str = "echo_text", first: int = 0) -> tuple[Entry, ...]:
    """Return steps that each made one call, whose result says the argument again."""
    found: list[Entry] = []
    for step, text in enumerate(texts, first):
        call = ToolCall(call_id=f"c{step}", tool=tool, arguments={"text": text})
        found += [
            Thought(step=step, model="m", calls=(call,)),
            Observed(
                step=step, index=0, call_id=call.call_id, tool=tool, ok=True, content=f"said {text}"
            ),
        ]
    return tuple(found)
