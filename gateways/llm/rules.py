"""The offline brain: no key, no network; it matches words to read-only tools and never guesses."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateways.llm.base import (
    CallDelta,
    Declined,
    Delta,
    Request,
    Spent,
    TextDelta,
    ToolSaid,
    UserSaid,
)
from gateways.llm.lexicon import FAREWELLS, GREETINGS, THANKS
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

STANDS_IN = (
    "No language model answers now. I am a brain of rules: I match words to tools, and need no"
    " network."
)

MATERIAL = "I cannot read attachments without a model: I took only your own words for the question."
FIRST_LINE = (
    "Without a model I take only the first line for the question: what is below it may be "
    "somebody else's words."
)

ASIDE = frozenset({"memory_search"})
"""Tools that look into what people said: about anything, so no word says that they are meant."""

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
        self._hands = ""
        self._indexed: tuple[ToolSpec, ...] = ()

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Wish for the tools that fit, or put into words what they brought back."""
        said, observed, first = _last_turn(request)
        # Only the person's own words are matched, and of them one line: whoever pastes a letter
        # below a question must not have the letter's lines run as questions.
        question, _, below = said.text.strip().partition("\n")
        plan = self.plan(question, request.tools)
        if _goes_on(question) or (plan.unknown and not plan.matches and not plan.orders):
            plan = self._gone_on(question, _question_before(request), request.tools) or plan
        calls = [match for match in plan.matches if not match.missing]
        if observed:
            text = self._answer(observed, plan, first)
        elif calls:
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
        # "What is on it?" says nothing by itself: with a file beside it, it is a question.
        if not observed and not calls and (not plan.greeting or said.material or said.images):
            yield Declined()
        yield Spent(Usage())

    def knows(self, request: Request) -> bool:
        """Whether tools answer all of what is asked, and nothing else was tried yet."""
        said, observed, _ = _last_turn(request)
        question, _, below = said.text.strip().partition("\n")
        if below or said.material or said.images:
            return False
        plan = self.plan(question, request.tools)
        calls = [name for name, _ in answerable(plan)]
        whole = len(calls) == len(plan.matches) and not (plan.orders or plan.unknown)
        return bool(calls) and whole and [one.tool for one in observed] in ([], calls)

    def plan(self, question: str, tools: Sequence[ToolSpec]) -> Plan:
        """Decide about a question; the same question and tools give the same plan.

        Args:
            question: what was said; only `MAX_QUESTION` characters are ever looked at.
            tools: what there is; only tools that merely look are considered.
        """
        if len(question) > MAX_QUESTION:
            return Plan(unknown=(f"{question[:80]}…",))
        index = self._index_of(
            tuple(
                tool
                for tool in tools
                if tool.tier == Tier.GREEN and not tool.sends and tool.name not in ASIDE
            )
        )
        self._hands = _by_name([tool for tool in tools if tool.tier != Tier.GREEN])
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

    def _gone_on(self, question: str, before: str, tools: Sequence[ToolSpec]) -> Plan | None:
        """Take "and in Tokyo?" for the question before it with this one argument changed.

        Only if that question had one meaning, and nothing is said but what is put in its place.
        """
        former = self.plan(before, tools)
        if len(former.matches) != 1 or former.orders or former.unknown or former.matches[0].missing:
            return None
        match = former.matches[0]
        filled = self._index.filled(match.spec, question)
        if filled is None:
            return None
        return Plan((replace(match, arguments={**match.arguments, **filled}),))

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
        found, ordered, strange = len(matches), len(orders), len(unknown)
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
        if len(matches) == found and len(orders) > ordered:
            # Nothing of it can be done: it is refused once, and as it was said.
            del orders[ordered:], unknown[strange:]
            orders.append(_said(sentence))

    def _index_of(self, tools: tuple[ToolSpec, ...]) -> Index:
        if tools != self._indexed:
            self._index, self._indexed = Index(tools), tools
        return self._index

    def _answer(self, observed: Sequence[ToolSaid], plan: Plan, first: bool) -> str:
        parts = [_shortened(said.content) for said in observed]
        parts += _refusals(plan, self._hands)
        if first:
            parts.append(self._hint)
        return "\n\n".join(parts)

    def _without_tools(self, plan: Plan, question: str, first: bool) -> str:
        if plan.greeting:
            words = {plain(token.surface) for token in tokens(question)}
            if words & THANKS:
                return "You are welcome."
            if words & FAREWELLS:
                return "Goodbye."
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
        return "\n\n".join([*needs, *_refusals(plan, self._hands), *rest])

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
        found = "\n".join(["What I can do:", *lines])
        return f"{found}\n\n{self._hands}" if self._hands else found


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


def _goes_on(question: str) -> bool:
    """Whether a question begins with "and"."""
    first = next(iter(tokens(question)), None)
    return first is not None and first.kind == "break" and first.joins


def _question_before(request: Request) -> str:
    """What was asked before the last question; empty where there was nothing."""
    said = [exchange.text for exchange in request.exchanges if isinstance(exchange, UserSaid)]
    # Of this one, too, what is below the first line may be somebody else's words.
    return said[-2].strip().partition("\n")[0] if len(said) > 1 else ""


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
    return re.sub(r" (?=[,:])", "", " ".join(words)).strip(" ,:")[:200]


def _by_name(tools: Sequence[ToolSpec]) -> str:
    """What to do where something is to be changed: the person can, with a tool and its name."""
    for tool in tools:
        required = tool.parameters.get("required", ())
        if len(required) == 1:
            return (
                "I only look; a tool that changes something you run yourself, by its name, "
                f"as in “!{tool.name} {required[0]}=…”. “/tools” shows all."
            )
    return ""


def _refusals(plan: Plan, hands: str = "") -> list[str]:
    lines = [
        f"I cannot do that: “{said}”. " + (hands or "I only look, I never change or make anything.")
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
