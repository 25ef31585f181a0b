"""The offline brain: no key, no network; it matches words to read-only tools and never guesses."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

from gateways.llm.base import (
    CallDelta,
    Delta,
    Request,
    Spent,
    TextDelta,
    ThinkingDelta,
    ToolSaid,
    UserSaid,
)
from gateways.llm.lexicon import GREETINGS
from gateways.llm.matching import Index, Match, is_action
from gateways.llm.words import Token, plain, tokens
from schemas.record import Usage
from schemas.tools import Tier, ToolSpec

MAX_QUESTION = 2_000
"""Characters of a question; nothing longer is a question that words alone can answer."""
MAX_CALLS = 4
MAX_SHOWN = 12
"""Tools named when it says what it can do."""
MAX_LINES = 60
MAX_CHARACTERS = 6_000

HINT = (
    "I am a brain of rules: I match words to tools, and need no key and no network. With a key "
    "such as GEMINI_API_KEY or ANTHROPIC_API_KEY a language model answers instead."
)

MATERIAL = "I cannot read attachments without a model: I took only your own words for the question."
FIRST_LINE = (
    "Without a model I take only the first line for the question: what is below it may be "
    "somebody else's words."
)

REMINDER = "“What can you do?” shows what I can."


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about a question."""

    matches: tuple[Match, ...] = ()
    orders: tuple[str, ...] = ()
    """Parts that want something changed."""
    unknown: tuple[str, ...] = ()
    """Parts that fit no tool."""
    greeting: bool = False


class Rules:
    """A model that is a few rules.

    Args:
        hint: one line that says what this is and how to get more.
    """

    name = "rules"

    def __init__(self, hint: str = HINT) -> None:
        self._hint = hint
        self._index = Index(())
        self._indexed: tuple[ToolSpec, ...] = ()

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Wish for the tools that fit, or put into words what they brought back."""
        said, observed, first = _last_turn(request)
        # Only the person's own words are matched, and of them one line: whoever pastes a letter
        # below a question must not have the letter's lines run as questions.
        question, _, below = said.text.strip().partition("\n")
        plan = self.plan(question, request.tools)
        calls = [match for match in plan.matches if not match.missing]
        if observed:
            text = self._answer(observed, plan, first)
        elif calls:
            yield ThinkingDelta("; ".join(_reason(match) for match in calls))
            for match in calls:
                yield CallDelta(match.spec.name, match.arguments)
            text = ""
        else:
            text = self._without_tools(plan, question, first)
        if text and below:
            text = f"{text}\n\n{FIRST_LINE}"
        if text and (said.material or said.images):
            text = f"{text}\n\n{MATERIAL}"
        for line in text.splitlines(keepends=True):
            yield TextDelta(line)
        yield Spent(Usage())

    def plan(self, question: str, tools: Sequence[ToolSpec]) -> Plan:
        """Decide about a question; the same question and tools give the same plan.

        Args:
            question: what was said; only `MAX_QUESTION` characters are ever looked at.
            tools: what there is; only tools that merely look are considered.
        """
        if len(question) > MAX_QUESTION:
            return Plan(unknown=(f"{question[:80]}…",))
        index = self._index_of(
            tuple(tool for tool in tools if tool.tier == Tier.GREEN and not tool.sends)
        )
        found = tokens(question)
        if all(_is_courtesy(token) for token in found):
            return Plan(greeting=True)
        matches: list[Match] = []
        orders: list[str] = []
        unknown: list[str] = []
        for sentence in _split(found, joined=False):
            self._sentence(index, sentence, matches, orders, unknown)
        once = {
            (match.spec.name, json.dumps(match.arguments, sort_keys=True)): match
            for match in reversed(matches)
        }
        return Plan(tuple(reversed(once.values()))[:MAX_CALLS], tuple(orders), tuple(unknown))

    def _sentence(
        self,
        index: Index,
        sentence: list[Token],
        matches: list[Match],
        orders: list[str],
        unknown: list[str],
    ) -> None:
        # Each piece between "and"s is asked alone; one that says nothing alone is asked
        # together with what is before it ("salt and pepper").
        waiting: list[Token] = []
        for piece in _split(sentence, joined=True):
            if all(_is_courtesy(token) for token in piece):
                continue
            if is_action(piece):
                orders.append(_said(piece))
                continue
            match = index.best(piece)
            if match is None and waiting:
                match = index.best([*waiting, *piece])
            elif waiting:
                unknown.append(_said(waiting))
            if match is None:
                waiting = [*waiting, *piece]
                continue
            waiting = []
            matches.append(match)
        if waiting:
            unknown.append(_said(waiting))

    def _index_of(self, tools: tuple[ToolSpec, ...]) -> Index:
        if tools != self._indexed:
            self._index, self._indexed = Index(tools), tools
        return self._index

    def _answer(self, observed: Sequence[ToolSaid], plan: Plan, first: bool) -> str:
        parts = [_shortened(said.content) for said in observed]
        parts += _refusals(plan)
        if first:
            parts.append(self._hint)
        return "\n\n".join(parts)

    def _without_tools(self, plan: Plan, question: str, first: bool) -> str:
        if plan.greeting:
            return f"Hello, I am Nexus.\n\n{self._abilities()}\n\n{self._hint}"
        if len(question) > MAX_QUESTION:
            said = f"I cannot answer that: {len(question)} characters are too long for me to match."
            return f"{said}\n\n{self._hint}"
        needs = [
            f"I cannot do that yet, {match.spec.name} needs to know: "
            + "; ".join(
                f"{one.name} ({one.schema.get('description', one.type)})" for one in match.missing
            )
            for match in plan.matches
        ]
        # The list is long: once in a conversation it is news.
        rest = [self._abilities(), self._hint] if first else [REMINDER]
        return "\n\n".join([*needs, *_refusals(plan), *rest])

    def _abilities(self) -> str:
        shown = self._indexed[:MAX_SHOWN]
        if not shown:
            return "I have no tools here, so there is nothing I can look at."
        lines = [
            f"- {tool.description.splitlines()[0]}"
            + (f" (“{tool.examples[0]}”)" if tool.examples else "")
            for tool in shown
        ]
        if len(self._indexed) > MAX_SHOWN:
            lines.append(f"- and {len(self._indexed) - MAX_SHOWN} more")
        return "\n".join(["What I can do:", *lines])


def _last_turn(request: Request) -> tuple[UserSaid, list[ToolSaid], bool]:
    """What was said last, what tools brought back since, and whether it is the first question."""
    said, asked = UserSaid(""), 0
    observed: list[ToolSaid] = []
    for exchange in request.exchanges:
        if isinstance(exchange, UserSaid):
            said, observed = exchange, []
            asked += 1
        elif isinstance(exchange, ToolSaid):
            observed.append(exchange)
    return said, observed, asked <= 1


def _split(found: Sequence[Token], joined: bool) -> list[list[Token]]:
    pieces: list[list[Token]] = [[]]
    for token in found:
        if token.kind == "break" and token.joins == joined:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return [piece for piece in pieces if any(token.kind != "break" for token in piece)]


def _is_courtesy(token: Token) -> bool:
    return token.kind in ("function", "break") or plain(token.surface) in GREETINGS


def _said(piece: Sequence[Token]) -> str:
    words = [token.surface for token in piece if token.kind != "break" or token.joins]
    return " ".join(words).strip(" ,:")[:200]


def _reason(match: Match) -> str:
    said = ", ".join(f"{name}={value}" for name, value in match.arguments.items())
    return f"{match.spec.name}({said}) accounts for {100 * match.coverage:.0f} % of the words"


def _refusals(plan: Plan) -> list[str]:
    lines = [
        f"I cannot do that: “{said}”. I only look, I never change or make anything."
        for said in plan.orders
    ]
    lines += [f"I cannot answer “{said}”: none of my tools knows that." for said in plan.unknown]
    return lines


def _shortened(content: str) -> str:
    lines = content.splitlines()
    text = "\n".join(lines[:MAX_LINES])[:MAX_CHARACTERS]
    shown = text.count("\n") + 1
    return (
        text
        if shown >= len(lines) and len(text) >= len(content.rstrip("\n"))
        else (f"{text}\n… {max(len(lines) - shown, 1)} more lines")
    )


def answerable(plan: Plan) -> list[tuple[str, dict[str, Any]]]:
    """The calls of a plan, as (tool, arguments)."""
    return [(match.spec.name, match.arguments) for match in plan.matches if not match.missing]
