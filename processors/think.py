"""Think: one model step, which ends in tool calls or in an answer."""

from __future__ import annotations

import asyncio
import time

from gateways.llm.base import Attachments, Began, Delta, Request, TextDelta, ThinkingDelta
from gateways.llm.whole import Completion, Whole
from gateways.llm.whole import think as think_once
from processors.agent import children, prompt, toolbox
from processors.agent.loops import circles
from processors.agent.mind import Mind
from processors.agent.sight import look
from processors.agent.turns import Limits, calls_of
from processors.memory import recall
from processors.memory.recall import Recall
from processors.tools.registry import Registry
from schemas.base import now_ms
from schemas.chat import Answer, Call, Outcome, Think
from schemas.errors import Unavailable
from schemas.feed import Notice, Stepped, Token
from schemas.memory import Remembered
from schemas.record import Replay, Said, Thought
from streams.live import LiveFeed
from streams.record import History, TurnRecord
from streams.spending import Spending
from streams.stage import stage

LATER = "Please ask again later."
GO_ON = "Ask me to go on if I should."
LEAST_SECONDS = 10.0
"""A step that may begin has so long at least, however little of the turn's time is left."""
LEAST_PATIENCE = 60.0
"""Seconds for which a step is tried at least, however long its question waited before."""
LARGEST_CUT = 200_000
"""Bytes of what was said until a stop that are kept: nothing may keep a stop from going through."""
LARGEST_REPLAY = 100_000
"""Characters of a thought in its provider's own words that are kept on record."""


@stage()
async def think(  # noqa: PLR0917 - what a stage needs is named in its signature
    due: Think,
    record: TurnRecord,
    history: History,
    mind: Mind,
    tools: Registry,
    limits: Limits,
    feed: LiveFeed,
    attachments: Attachments,
    spending: Spending,
    memory: Recall,
) -> list[Call] | Answer:
    """Think one step. A tool that was named directly needs no model to word its result."""
    routed = record.routed
    if routed is not None and routed.way == "direct":
        observed = record.observed(0)
        text = "\n\n".join(one.content for one in observed)
        return _say(due, record, text, "answered" if all(o.ok for o in observed) else "failed")
    limits = limits.now().of(record)
    past, met = await asyncio.gather(history.turns(), limits.caps.met(spending))
    over = _over(record, due, limits) or met
    if over is not None:
        return _say(due, record, over, "limited")

    recalled = await _recalled(due, record, memory)
    model = mind.model(due.tier)
    began, began_at = time.perf_counter(), now_ms()
    feed.send(due.session, Stepped(turn=due.turn, step=due.step, model=model.name))
    asked = record.asked
    allowed = children.given(
        record, tools.specs(asked.profile, person=asked.person, channel=asked.channel), limits
    )
    shown = await look(asked, attachments, tools.shown)
    request = Request(
        exchanges=prompt.exchanges(
            record, past, shown, limits.context, recall.shown(recalled, tools.shown)
        ),
        tier=due.tier,
        system=prompt.SYSTEM if asked.parent is None else f"{prompt.SYSTEM} {prompt.TASK}",
        tools=tuple(spec for spec in allowed if spec.name != toolbox.FIND),
        offered=toolbox.offered(allowed, record, past, limits.tools),
        seconds=max(limits.seconds - limits.used(record, due.at), LEAST_SECONDS),
    )
    live, whole = _Live(due, feed), Whole()

    def thought(said: Completion, *, cut: bool = False) -> Thought:
        return Thought(
            step=due.step,
            model=said.model or model.name,
            text=said.text,
            thinking=said.thinking,
            calls=() if cut else calls_of(due.turn, due.step, said.calls),
            usage=said.usage,
            elapsed_ms=round((time.perf_counter() - began) * 1000, 1),
            replay=None if cut else _bounded(said.replay),
            notices=said.notices,
            declined=said.declined,
            waited_ms=_waited(due, began_at),
            cut=cut,
            recalled=recalled if due.step == 0 else (),
        )

    try:
        completion = await think_once(model, request, live.heard, whole)
    except asyncio.CancelledError:
        # What a person has read is not taken back because they stopped it, and it was paid for.
        # Whose cancellation is no stop commits nothing, and this is forgotten with the record.
        heard = thought(whole.completion(), cut=True)
        for words in ("thinking", "text"):
            if len(heard.encoded()) > LARGEST_CUT:
                heard = heard.model_copy(update={words: ""})
        if heard.text or heard.thinking or heard.usage.total:
            record.add(heard)
        raise
    except Unavailable as error:
        left = _patience_left(due, record, limits.patience)
        if left <= 0:
            return _say(due, record, f"{error} {LATER}", "failed")
        live.tell("waiting", f"{error} I keep trying.")
        if (error.retry_after or 0.0) <= left:
            raise
        # A provider may ask for a day; the person is told when our patience is over.
        raise Unavailable(str(error), retry_after=left) from None
    return _decide(due, record, thought(completion), limits)


async def _recalled(due: Think, record: TurnRecord, memory: Recall) -> tuple[Remembered, ...]:
    """Return what is remembered of the person: looked up once, and on record from then on."""
    first = record.thought(0)
    if first is not None:
        return first.recalled
    return await memory.of(record.asked) if due.step == 0 else ()


def _over(record: TurnRecord, due: Think, limits: Limits) -> str | None:
    """Return why the turn ends before this step, and how it goes on; or None."""
    reached = limits.reached(record, due.at)
    if reached is not None:
        return f"{reached} {GO_ON}"
    # The first circle is told to the model; who does not listen is ended.
    again = list(circles(record).values())[1:]
    if again:
        return f"I stopped because I went in circles: {again[-1]}. Tell me how else to try it."
    return None


class _Live:
    """Passes a thought on while it is thought."""

    def __init__(self, due: Think, feed: LiveFeed) -> None:
        self._due = due
        self._feed = feed
        self._told = 0

    async def heard(self, delta: Delta) -> None:
        due = self._due
        match delta:
            case TextDelta(text) | ThinkingDelta(text):
                thinking = isinstance(delta, ThinkingDelta)
                token = Token(turn=due.turn, step=due.step, text=text, thinking=thinking)
                self._feed.send(due.session, token)
            case Began(model, notice):
                self._feed.send(due.session, Stepped(turn=due.turn, step=due.step, model=model))
                if notice:
                    self._told += 1
                    self.tell(f"{due.step}-{self._told}", notice)

    def tell(self, name: str, text: str) -> None:
        due = self._due
        self._feed.send(due.session, Notice(turn=due.turn, id=f"{due.turn}:{name}", text=text))


def _patience_left(due: Think, record: TurnRecord, patience: float) -> float:
    """Return for how many seconds a step still waits for any model to answer; 0 for no longer.

    A question has waited since it was asked, also behind others that wait; but the step itself was
    tried for a minute at least.
    """
    since = record.asked.at if due.step == 0 else due.at
    until = max(since + patience * 1000, due.at + min(patience, LEAST_PATIENCE) * 1000)
    return max(0.0, until - now_ms()) / 1000


def _waited(due: Think, began_at: int) -> float:
    """Return for how long a step was due before somebody thought it; a moment is not waiting."""
    found = began_at - due.at
    return float(found) if found > 1_000 else 0.0


def _bounded(replay: Replay | None) -> Replay | None:
    """Drop what is too large for the record: the model is then shown its words without them."""
    if replay is None or len(replay.model_dump_json()) > LARGEST_REPLAY:
        return None
    return replay


def _decide(
    due: Think, record: TurnRecord, thought: Thought, limits: Limits
) -> list[Call] | Answer:
    many = limits.too_many(record, len(thought.calls))
    record.add(thought)
    if not thought.calls:
        return _say(due, record, thought.text, "refused" if thought.declined else "answered")
    if many is not None:
        return _say(due, record, f"{many} {GO_ON}", "limited")
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
        for index, call in enumerate(thought.calls)
    ]


def _say(due: Think, record: TurnRecord, text: str, outcome: Outcome) -> Answer:
    record.add(Said(text=text, outcome=outcome))
    return Answer.after(due, id=f"{due.turn}:answer", turn=due.turn, outcome=outcome)
