"""One step of thinking, as its tests take it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from gateways.llm.base import (
    Began,
    CallDelta,
    Delta,
    Request,
    Signed,
    TextDelta,
)
from gateways.llm.base import Spent as SpentDelta
from processors.agent.mind import Mind
from processors.agent.turns import Limits
from processors.memory.recall import Recall
from processors.think import think
from schemas.chat import Answer, Call
from schemas.record import (
    Replay,
    Usage,
)
from streams.record import History, TurnRecord
from streams.spending import Accounts, Spending
from tests.processors.asked import Files, Heard, due, registry


async def thought(
    turn: TurnRecord,
    model: Mind,
    *,
    step: int = 0,
    earlier: tuple[TurnRecord, ...] = (),
    limits: Limits | None = None,
    feed: Heard | None = None,
    files: dict[str, bytes] | None = None,
    accounts: Accounts | None = None,
    memory: Recall | None = None,
) -> list[Call] | Answer:
    return await think(
        due(step), turn, History.of(earlier), model, registry(), limits or Limits(),
        feed or Heard(), Files(files or {}), Spending.of(accounts or Accounts()),
        memory or Recall(),
    )  # fmt: skip


class Several:
    """A model of several: one begins, another goes on."""

    name = "first"

    async def stream(self, _: Request) -> AsyncGenerator[Delta]:
        yield TextDelta("half of")
        yield SpentDelta(Usage(input=1, cost=5))
        yield Began("second", "first is overloaded. Another model goes on.")
        yield TextDelta("whole")
        yield CallDelta("echo_text", {})
        yield Signed(Replay(provider="some", parts=({"signature": "s"},)))
        yield SpentDelta(Usage(input=2, cost=6))
