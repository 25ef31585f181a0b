"""Route: a command, a tool named directly, or thinking?"""

from __future__ import annotations

from processors.agent import commands, direct
from processors.agent.intent import intent
from processors.agent.mind import Mind
from processors.agent.turns import Limits, calls_of
from processors.tools.registry import Registry
from schemas.chat import USUAL, Admitted, Answer, Call, Outcome, Think
from schemas.errors import Refused
from schemas.record import Asked, Chosen, Routed, Said
from streams.record import TurnRecord
from streams.spending import Spending
from streams.stage import stage


@stage()
async def route(  # noqa: PLR0917 - what a stage needs is named in its signature
    turn: Admitted,
    record: TurnRecord,
    tools: Registry,
    mind: Mind,
    limits: Limits,
    spending: Spending,
) -> Think | list[Call] | Answer:
    """Choose the way of a turn, and the model tier if it is to think."""
    asked = record.asked
    chosen = next(iter(record.of(Chosen)), None)
    text = asked.text.strip()
    wished = asked.tier or (chosen.tier if chosen else None)
    if wished == USUAL and USUAL not in mind.tiers:
        wished = None
    tier = wished or mind.default
    # A task is a model's: no word of it is a command, or calls a tool by name.
    person = asked.parent is None
    if person and text.startswith("/"):
        record.add(Routed(way="command", tier=tier))
        setting = commands.Setting(tools, mind, asked, chosen)
        outcome = commands.run(text, setting)
        if outcome.chosen is not None:
            record.add(outcome.chosen)
        ended: Outcome = "refused" if outcome.refused else "answered"
        record.add(Said(text=outcome.text, outcome=ended))
        return _answer(turn, ended)
    if person and text.startswith("!"):
        over = await limits.now().caps.met(spending)
        if over is not None:
            return _say(turn, record, tier, over, "limited")
        return _call(turn, record, tools, tier, asked)
    wants = intent(text)
    tier = wished or mind.tier(wants)
    record.add(Routed(way="think", tier=tier, intent=wants))
    return Think.after(turn, id=f"{turn.turn}:think:0", turn=turn.turn, step=0, tier=tier)


def _call(
    turn: Admitted, record: TurnRecord, tools: Registry, tier: str, asked: Asked
) -> list[Call] | Answer:
    name, _, rest = asked.text.strip().removeprefix("!").partition(" ")
    try:
        spec = tools.get(name)
        wish = (spec.name, direct.parse(rest, spec))
    except Refused as error:
        return _say(turn, record, tier, str(error), "refused")
    calls = calls_of(turn.turn, 0, [wish])
    record.add(Routed(way="direct", tier=tier, calls=calls))
    return [
        Call.after(
            turn, id=call.call_id, turn=turn.turn, step=0, index=index, tool=call.tool, tier=tier
        )
        for index, call in enumerate(calls)
    ]


def _say(turn: Admitted, record: TurnRecord, tier: str, text: str, outcome: Outcome) -> Answer:
    record.add(Routed(way="direct", tier=tier))
    record.add(Said(text=text, outcome=outcome))
    return _answer(turn, outcome)


def _answer(turn: Admitted, outcome: Outcome) -> Answer:
    return Answer.after(turn, id=f"{turn.turn}:answer", turn=turn.turn, outcome=outcome)
