"""Think: one model step, which ends in tool calls or in an answer."""

from __future__ import annotations

import time

from gateways.llm.base import Completion, Delta, Request, TextDelta, ThinkingDelta
from gateways.llm.base import think as think_once
from processors.agent import prompt
from processors.agent.mind import Mind
from processors.agent.turns import Limits, calls_of
from processors.tools.registry import Registry
from schemas.chat import Answer, Call, Outcome, Think
from schemas.feed import Stepped, Token
from schemas.record import Said, Thought
from streams.live import LiveFeed
from streams.record import History, TurnRecord
from streams.stage import stage


@stage()
async def think(  # noqa: PLR0917 - what a stage needs is named in its signature
    due: Think,
    record: TurnRecord,
    history: History,
    mind: Mind,
    tools: Registry,
    limits: Limits,
    feed: LiveFeed,
) -> list[Call] | Answer:
    """Think one step. A tool that was named directly needs no model to word its result."""
    routed = record.routed
    if routed is not None and routed.way == "direct":
        observed = record.observed(0)
        text = "\n\n".join(one.content for one in observed)
        return _say(due, record, text, "answered" if all(o.ok for o in observed) else "failed")
    reached = limits.reached(record, due.at)
    if reached is not None:
        return _say(due, record, f"{reached} Ask me to go on if I should.", "limited")

    model = mind.model(due.tier)
    began = time.perf_counter()
    feed.send(due.session, Stepped(turn=due.turn, step=due.step, model=model.name))

    async def live(delta: Delta) -> None:
        if isinstance(delta, TextDelta | ThinkingDelta):
            thinking = isinstance(delta, ThinkingDelta)
            piece = Token(turn=due.turn, step=due.step, text=delta.text, thinking=thinking)
            feed.send(due.session, piece)

    request = Request(
        exchanges=prompt.exchanges(record, await history.turns()),
        tier=due.tier,
        system=prompt.SYSTEM,
        tools=tools.specs(record.asked.profile),
    )
    completion = await think_once(model, request, live)
    return _decide(due, record, completion, model.name, time.perf_counter() - began)


def _decide(
    due: Think, record: TurnRecord, completion: Completion, model: str, seconds: float
) -> list[Call] | Answer:
    calls = calls_of(due.turn, due.step, completion.calls)
    record.add(
        Thought(
            step=due.step,
            model=model,
            text=completion.text,
            thinking=completion.thinking,
            calls=calls,
            usage=completion.usage,
            elapsed_ms=round(seconds * 1000, 1),
        )
    )
    if not calls:
        return _say(due, record, completion.text, "answered")
    return [
        Call.after(
            due,
            id=call.call_id,
            turn=due.turn,
            step=due.step,
            index=index,
            tool=call.tool,
            tier=due.tier,
        )
        for index, call in enumerate(calls)
    ]


def _say(due: Think, record: TurnRecord, text: str, outcome: Outcome) -> Answer:
    record.add(Said(text=text, outcome=outcome))
    return Answer.after(due, id=f"{due.turn}:answer", turn=due.turn, outcome=outcome)
