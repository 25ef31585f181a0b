"""Which tools a model is shown: all of them while they are few, else those that fit the request.

It is a pure function of what was said and done, so the same step is always shown the same. Nothing
becomes out of reach: `tools_find` names all others, and what the model asks it for is shown in the
next step; a tool that was used in the conversation stays.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from gateways.llm.words import light, stem, tokens
from processors.agent.sizes import tokens_of_tool
from schemas.record import Asked, Thought
from schemas.tools import ToolSpec
from streams.record import TurnRecord

FIND = "tools_find"
"""The tool that finds tools."""
RECENT = 3
"""So many earlier turns still say what this one is about."""
MOST_NAMES = 150
"""Names that are listed; of more tools only their groups are."""
MOST_FOUND = 12
"""Tools that one search brings."""
READ = 2_000
"""Characters of a question that are looked at."""


def offered(
    specs: Sequence[ToolSpec], record: TurnRecord, earlier: Sequence[TurnRecord], room: int
) -> tuple[ToolSpec, ...]:
    """Return the tools that a model is shown, in the order of the list.

    Args:
        specs: all it may use.
        record: the turn so far.
        earlier: the session's turns before it, the oldest first.
        room: tokens they may take; one that was asked for or used is shown all the same.
    """
    all_others = tuple(spec for spec in specs if spec.name != FIND)
    if sum(map(tokens_of_tool, all_others)) <= room:
        return all_others
    find = next((spec for spec in specs if spec.name == FIND), None)
    if find is None:
        return all_others
    wanted = _wanted(all_others, record, earlier[-RECENT:])
    shown: set[str] = set()
    left = room - tokens_of_tool(find)
    for spec, must in wanted:
        size = tokens_of_tool(spec)
        if must or size <= left:
            shown.add(spec.name)
            left -= size
    chosen = tuple(spec for spec in all_others if spec.name in shown)
    hidden = [spec.name for spec in all_others if spec.name not in shown]
    return (*chosen, _naming(find, hidden)) if hidden else chosen


def _wanted(
    specs: Sequence[ToolSpec], record: TurnRecord, recent: Sequence[TurnRecord]
) -> list[tuple[ToolSpec, bool]]:
    """Return the tools that fit, the fittest first, and whether one must be shown."""
    index = _Index(specs)
    known = {spec.name: spec for spec in specs}
    found: dict[str, bool] = {}
    for thought in record.of(Thought):
        for call in thought.calls:
            if call.tool == FIND:
                for name in index.ranked([str(call.arguments.get("query", ""))])[:MOST_FOUND]:
                    found.setdefault(name, True)
            elif call.tool in known:
                found[call.tool] = True
    for turn in reversed(recent):
        for thought in turn.of(Thought):
            found |= {
                c.tool: False for c in thought.calls if c.tool in known and c.tool not in found
            }
    asked = [entry.text for turn in (record, *reversed(recent)) for entry in turn.of(Asked)]
    for name in index.ranked(asked):
        found.setdefault(name, False)
    return [(known[name], must) for name, must in found.items()]


class _Index:
    """The words of all tools."""

    def __init__(self, specs: Sequence[ToolSpec]) -> None:
        self._words = {spec.name: _words(_about(spec)) for spec in specs}
        held = Counter(word for words in self._words.values() for word in words)
        self._weight = {word: math.log(1 + len(specs) / count) for word, count in held.items()}

    def ranked(self, texts: Sequence[str]) -> list[str]:
        """Return the names of the tools that share a word with the texts, the first counting most.

        What fits far less well than the fittest does not count; who is named always does.
        """
        named: dict[str, None] = {}
        scores: dict[str, float] = {}
        for place, text in enumerate(texts):
            read = text[:READ]
            said = _words([read])
            for name, words in self._words.items():
                if name in read:
                    named[name] = None
                if score := sum(sorted(self._weight[word] for word in words & said)):
                    scores[name] = max(scores.get(name, 0.0), score / (1 + place))
        least = max(scores.values(), default=0.0) / 4
        fit = (name for name, score in scores.items() if score >= least and name not in named)
        return [*named, *sorted(fit, key=lambda name: -scores[name])]


def _about(spec: ToolSpec) -> Iterable[str]:
    yield spec.name.replace("_", " ")
    yield spec.description
    yield from spec.examples
    yield " ".join(spec.parameters.get("properties", {})).replace("_", " ")


def _words(texts: Iterable[str]) -> frozenset[str]:
    # Both as the dictionary has it, which knows German too, and as it was said.
    found = {
        one
        for text in texts
        for token in tokens(text)
        if token.kind in {"word", "name"} and token.stem not in light()
        for one in (token.stem, stem(token.surface.lower()))
    }
    return frozenset(found)


def _naming(find: ToolSpec, hidden: Sequence[str]) -> ToolSpec:
    """Let the tool that finds tools say what there is to be found."""
    if len(hidden) > MOST_NAMES:
        groups = Counter(map(_group, hidden))
        names = ", ".join(f"{group}… ({count})" for group, count in groups.items())
    else:
        names = ", ".join(hidden)
    return find.model_copy(update={"description": f"{find.description} There are also: {names}."})


def _group(name: str) -> str:
    server, foreign, _ = name.rpartition(":")
    return f"{server}:" if foreign else f"{name.partition('_')[0]}_"
