"""Shortens a turn that has become too long for a model: results first, the oldest first.

What is never lost: the question, every call with its arguments, calls that are still open, and the
results that decide something — what was changed, what failed in changing, what was not allowed.
What is lost can be had again: the model is told that it may look once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateways.llm.base import Exchange, ModelSaid, ToolSaid
from processors.agent.sizes import tokens_of, tokens_of_json

HEAD = 300
"""Characters of a shortened result that stay."""
TAIL = 4_000
"""Characters of each of the last step's results that stay, should there be no room at all."""
LEFT_OUT = "… [{} characters were left out for want of room; look again if you need them.]"


def compacted(turn: Sequence[Exchange], room: int) -> list[Exchange]:
    """Return a turn in at most about `room` tokens, as far as what must stay allows.

    Args:
        turn: what was said and done, oldest first.
        room: tokens it may take.
    """
    found = list(turn)
    sizes = [size(one) for one in found]
    over = sum(sizes) - room
    newest = max((at for at, one in enumerate(found) if isinstance(one, ModelSaid)), default=0)
    # Old results first, then the words around old calls, and only then what was just brought back.
    passes = (
        (range(newest), ToolSaid, HEAD),
        (range(newest), ModelSaid, HEAD),
        (range(newest, len(found)), ToolSaid, TAIL),
    )
    for places, kind, kept in passes:
        for at in places:
            if over <= 0:
                return found
            if isinstance(found[at], kind):
                found[at] = _shortened(found[at], kept)
                over -= sizes[at] - size(found[at])
    return found


def size(one: Exchange) -> int:
    """Return about how many tokens a piece of a conversation is."""
    if isinstance(one, ModelSaid):
        replayed = tokens_of_json(one.replay.parts) if one.replay else 0
        words = tokens_of(one.text) + tokens_of(one.thinking)
        return max(words + sum(tokens_of_json(call.arguments) for call in one.calls), replayed)
    return tokens_of(one.content if isinstance(one, ToolSaid) else one.text)


def _shortened(one: Exchange, kept: int) -> Exchange:
    if isinstance(one, ToolSaid) and not one.decides:
        return replace(one, content=_cut(one.content, kept), data=None)
    if isinstance(one, ModelSaid) and one.replay is None:
        return replace(one, text=_cut(one.text, kept), thinking="")
    return one  # what must go back as it came, or must not be forgotten


def _cut(text: str, kept: int) -> str:
    left_out = len(text) - kept
    return f"{text[:kept]}{LEFT_OUT.format(left_out)}" if left_out > 100 else text
