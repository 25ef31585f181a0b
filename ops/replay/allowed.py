"""How far a turn was allowed to go then, as far as its record tells."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ops.replay.past import Past
from processors.agent.caps import Caps
from processors.agent.turns import NOT_ALLOWED, Limits, reports
from schemas.record import Asked, Observed, Said
from streams.record import TurnRecord
from streams.spending import Accounts, Spending, Spent


def _millionths(dollars: str) -> int:
    return round(float(dollars) * 1_000_000)


_LIMITS: tuple[tuple[re.Pattern[str], str, Callable[[str], float]], ...] = (
    (re.compile(r"stopped after (\d+) steps"), "steps", int),
    (re.compile(r"stopped after ([\d.e+]+) seconds"), "seconds", float),
    (re.compile(r"stopped after \d+ tokens; .* (\d+)\."), "tokens", int),
    (re.compile(r"tool calls; the limit for one turn is (\d+)\."), "calls", int),
    (re.compile(r"stopped after (\d+) actions that"), "refusals", int),
    (re.compile(r"this turn has cost .* of ([\d.]+) US"), "cost", _millionths),
)
_CAP = re.compile(
    r"I stopped: (this conversation has|you have|this server has) used ([\d,.]+) (.+?) of"
    r" ([\d,.]+) "
)


def limits(configured: Limits, past: Past) -> Limits:
    """Return how far the turn was allowed to go, as far as its record tells.

    It tells that it went on, so it had room for that; or which limit it met.
    """
    thoughts, said = past.thoughts, _limited(past)
    room = 1 if said else 0
    before = TurnRecord(past.turn, tuple(thoughts[: len(thoughts) - 1 + room])).usage
    asked = next((e.at for e in past.record if isinstance(e, Asked)), 0)
    due = [s.data.get("at", asked) for s in past.sent if s.topic == "think"]
    took = (max(due, default=asked) - asked) / 1000
    wished = [sum(len(one.calls) for one in thoughts[: at + 1]) for at in range(len(thoughts))]
    refused = sum(one.code in NOT_ALLOWED for one in past.record if isinstance(one, Observed))
    tasks = reports(TurnRecord(past.turn, past.record))
    calls = sum(one.calls for one in tasks)
    configured = configured.now()
    found = Limits(
        steps=max(configured.steps, len(thoughts) + room + sum(one.steps for one in tasks)),
        seconds=max(configured.seconds, took),
        tokens=max(configured.tokens, before.total + 1 + sum(one.tokens for one in tasks)),
        cost=max(configured.cost, before.cost + 1 + sum(one.cost for one in tasks))
        if configured.cost
        else 0,
        calls=max([configured.calls, *(calls + one for one in wished)]),
        refusals=max(configured.refusals, refused + 1 + sum(one.refused for one in tasks)),
        depth=configured.depth,
        patience=0,
        context=configured.context,
        tools=configured.tools,
        caps=Caps(),
    )
    for pattern, name, kind in _LIMITS:
        if met := pattern.search(said):
            value: Any = kind(met[1])
            return replace(found, **{name: value})
    if (met := _CAP.search(said)) is not None:
        whose, name, _, most = _capped(met)
        cap: Any = Spent(**{name: most})
        return replace(found, caps=replace(found.caps, **{whose: cap}))
    return found


def spending(past: Past) -> Spending:
    """Return what had been spent, as far as the answer tells: it told if that was too much."""
    met = _CAP.search(_limited(past))
    if met is None:
        return Spending.of()
    whose, name, used, _ = _capped(met)
    spent: Any = Spent(**{name: used})
    return Spending.of(replace(Accounts(), **{whose: spent}))


def _capped(met: re.Match[str]) -> tuple[str, str, int, int]:
    """Return whose limit was met, of what, how much was used, and how much is the most."""
    whose = {"this conversation has": "session", "you have": "person"}.get(met[1], "day")
    name = {"US dollars": "cost", "tokens": "tokens", "tool calls": "calls"}.get(met[3], "ms")
    scale = {"cost": 1_000_000, "ms": 1_000}.get(name, 1)
    used, most = (round(float(met[at].replace(",", "")) * scale) for at in (2, 4))
    return whose, name, used, most


def _limited(past: Past) -> str:
    said = (e for e in past.record if isinstance(e, Said) and e.outcome == "limited")
    return next((one.text for one in said), "")
