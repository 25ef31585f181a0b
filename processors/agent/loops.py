"""Notices that a turn goes in circles: the model is told first, and then the turn ends."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from schemas.record import Observed, Thought, ToolCall
from streams.record import TurnRecord

SAME = 3
"""So often the same call may bring the same result; then it is a circle."""

TOLD = (
    "[You are going in circles: {}. Do not repeat it. Use what you know, try another way, or tell"
    " the person what is missing. If it happens again, this turn ends.]"
)
"""What the model is told behind the results of the step in which it was noticed."""

Try = tuple[str, bool, str]
"""A call and what it brought: its own words, whether it went well, the result."""


def circles(record: TurnRecord) -> dict[int, str]:
    """Return the steps that closed a circle, with what went round in it.

    A circle is the same call with the same result three times in a turn, or two steps that take
    turns: A, B, A, B. It is a pure function of the record, so that every process tells the same.

    Args:
        record: the turn so far.
    """
    found: dict[int, str] = {}
    tried: Counter[Try] = Counter()
    steps: list[tuple[str, ...]] = []
    for thought in record.of(Thought):
        if not thought.calls:
            continue
        seen = {one.call_id: one for one in record.observed(thought.step)}
        tries = [_try(call, seen[call.call_id]) for call in thought.calls if call.call_id in seen]
        tried.update(tries)
        steps.append(tuple(sorted(map(_words, thought.calls))))
        again = next((one for one in tries if tried[one] >= SAME), None)
        if again is not None:
            name = again[0].partition(" ")[0]
            found[thought.step] = f"{name} brought the same result {tried[again]} times"
        elif _alternate(steps):
            names = sorted({words.partition(" ")[0] for step in steps[-2:] for words in step})
            found[thought.step] = f"{' and '.join(names)} take turns"
    return found


def _alternate(steps: Sequence[tuple[str, ...]]) -> bool:
    if len(steps) < 4:
        return False
    a, b, c, d = steps[-4:]
    return a == c and b == d and a != b


def _try(call: ToolCall, observed: Observed) -> Try:
    return (_words(call), observed.ok, observed.content)


def _words(call: ToolCall) -> str:
    return f"{call.tool} {json.dumps(call.arguments, sort_keys=True, default=str)}"
