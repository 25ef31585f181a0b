"""What the model servers say: by the question and the place in the turn, so that a retry hears the
same; how it goes wrong depends on the number of the try as well, so that a retry comes through.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from pydantic import TypeAdapter

TROUBLED = 0.12
"""The share of first and second tries that go wrong."""
EFFECTS = ("witness_mark", "witness_set")
TROUBLES = ("busy", "overloaded", "failed", "hang", "drip", "cut", "cut_call", "garbled", "twins",
            "huge", "error")  # fmt: skip
"""How an answer may go wrong: 429, 529 and 500; silence for a minute; a byte now and then; the line
breaks, anywhere or inside a call's arguments; no JSON; two calls of one name; arguments without
end; an error in the middle of the answer."""
SLOW = ("hang", "drip")
"""What takes seconds by itself. It comes on first tries alone: what goes on after a kill is a later
one, and how soon it does is to tell of us, not of the model."""
STEADY_SECONDS = 0.05
ASKING = 0.2
"""The share of turns in which one call needs a person's yes."""
ASKS = ("witness_ask", "witness_ask", "witness_danger")
"""Which: ORANGE twice as often as RED."""


@dataclass(frozen=True)
class Said:
    """One answer.

    Attributes:
        text: in words.
        thinking: before that.
        redacted: whether some of the thinking is shown to nobody (Claude).
        calls: tools with their arguments.
        delay: seconds before the first byte.
        trouble: how it goes wrong, one of TROUBLES, or `short`: it becomes too long, and its
            last call has no arguments; "" for well.
        status: another HTTP status, with `kind` and `message` as the provider would word it.
        retry_after: seconds it asks to be left alone for, in a header.
        cut: after how many bytes the line breaks, where it breaks anywhere.
        pause: seconds between two pieces, where it drips.
        size: characters of a text made up here, for answers that are too large.
    """

    text: str = ""
    thinking: str = ""
    redacted: bool = False
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    delay: float = 0.0
    trouble: str = ""
    status: int = 200
    kind: str = ""
    message: str = ""
    retry_after: float | None = None
    cut: int = 0
    pause: float = 0.1
    size: int = 0


_book: TypeAdapter[dict[str, list[list[Said]]]] = TypeAdapter(dict[str, list[list[Said]]])


class Book:
    """Answers that a test wrote down: by question, then by place in the turn, then by try.

    The last try of a place is that of all later ones; a question that is not there is echoed.

    Args:
        path: a JSON file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def said(self, question: str, place: int, attempt: int) -> Said:
        """Return an answer; the file is read each time, so that a test may turn the page."""
        places = _book.validate_json(self._path.read_bytes()).get(question, [])
        tries = places[place] if place < len(places) else [Said(text=f"You said: {question}")]
        return tries[min(attempt, len(tries)) - 1]


class Seeded:
    """Answers with calls and troubles, from a seed; without a seed steady and sound.

    Args:
        seed: of all chance; "" for none.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def said(self, question: str, place: int, attempt: int) -> Said:
        """Return an answer."""
        chance = Random(f"{self._seed} {question} {place} {attempt}")  # noqa: S311 - a script
        plan = steps(self._seed, question)
        trouble = ""
        if self._seed and attempt <= 2 and chance.random() < TROUBLED:
            trouble = chance.choice([one for one in TROUBLES if attempt == 1 or one not in SLOW])
        # Most thoughts are short, some take two seconds.
        delay = 0.05 + 1.95 * chance.random() ** 4 if self._seed else STEADY_SECONDS
        cut = chance.randrange(1, 400)
        if place >= len(plan):
            return Said(text=answer(question), delay=delay, trouble=trouble, cut=cut)
        calls = tuple(
            (tool, wished(tool, question, place, n)) for n, tool in enumerate(plan[place])
        )
        return Said(
            text="Let me see. ", thinking=f"Step {place} of {question}.", redacted=place == 1,
            calls=calls, delay=delay, trouble=trouble, cut=cut, retry_after=0.3,
        )  # fmt: skip


HANDS = "hands "
SUBAGENT = "subagent_delegate"


def steps(seed: str, question: str) -> Sequence[Sequence[str]]:
    """Return the tools of each step of a turn: 1 to 4 calls, half of them or more with an effect.

    A question that says so decides itself: `calls witness_mark witness_set, time_now`, or hands
    tasks on: `hands calls witness_set; calls time_now`.
    """
    if question.startswith(HANDS):
        return [[SUBAGENT] * len(_tasks(question))]
    if question.startswith("calls "):
        return [part.split() for part in question.removeprefix("calls ").split(",")]
    chance = Random(f"{seed} {question}")  # noqa: S311 - a script, no secret
    count = chance.randint(1, 4)
    calls = [chance.choice(EFFECTS) for _ in range((count + 1) // 2)]
    calls += [chance.choice(("time_now", *EFFECTS)) for _ in range(count - len(calls))]
    chance.shuffle(calls)
    cut = chance.randint(1, count)
    if seed and chance.random() < ASKING:
        calls[chance.randrange(count)] = chance.choice(ASKS)
    return [part for part in (calls[:cut], calls[cut:]) if part]


def answer(question: str) -> str:
    """Return what is said in the end to a question, and to no other."""
    return f"Done with {question}."


def wished(tool: str, question: str, place: int, number: int) -> dict[str, Any]:
    """Return the arguments of a call, which are others for each."""
    if tool == "time_now":
        return {}
    if tool == SUBAGENT:
        return {"task": _tasks(question)[number]}
    return {"note": f"{question} {place} {number}"}


def _tasks(question: str) -> list[str]:
    return [task.strip() for task in question.removeprefix(HANDS).split(";")]


def halves(text: str) -> tuple[str, str]:
    """Return a text in two pieces, as it would come over a wire."""
    return text[: len(text) // 2], text[len(text) // 2 :]


def arguments(said: Said, number: int) -> str:
    """Return a call's arguments as they are sent, whole or as a trouble has them."""
    _, found = said.calls[number]
    return json.dumps({**found, "note": "x" * 80_000} if said.trouble == "huge" else found)
