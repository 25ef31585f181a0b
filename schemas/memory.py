"""Memory: what the server keeps of what people told it, one fact each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from schemas.base import Identifier, Moment, Text, Word, now_ms
from schemas.people import Form

LONGEST = 1_000
"""Characters of one fact."""
FOREVER = 1 << 53
"""The end of what has none."""

Kind = Literal["fact", "preference", "person", "plan"]
"""What a fact is about: how things are, what somebody likes, who somebody is, what is to come."""
Keep = Literal["permanent", "long", "short", "working"]
"""For how long it is kept: until somebody forgets it, half a year, two weeks, a day."""
FactId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""Made from its person and its words: the same words are the same fact."""


def _one_line(said: str) -> str:
    # A line of its own in what a model is told: no fact may look like two.
    found = " ".join(said.split())
    if not found:
        raise ValueError("a fact needs words")
    return found


OneLine = Annotated[Text, Field(max_length=LONGEST), AfterValidator(_one_line)]
"""What is remembered, on one line."""


class Was(Word):
    """What a fact said before it was corrected."""

    text: Text
    at: Moment
    """When that was remembered."""


class Fact(Word):
    """Something that is remembered of a person."""

    id: FactId
    person: Identifier
    text: OneLine
    kind: Kind = "fact"
    keep: Keep = "permanent"
    source: Literal["person", "agent"] = "person"
    """Who wrote it down: the person by themselves, or the agent in a conversation."""
    call: Identifier | None = None
    """The tool call in which the agent did."""
    tainted: tuple[str, ...] = ()
    """The sources of text that anybody could have written, and that it may come from."""
    at: Moment = Field(default_factory=now_ms)
    until: Moment = FOREVER
    """When it is forgotten by itself."""
    gone: bool = False
    """The agent forgot it, and may still take that back."""
    was: tuple[Was, ...] = ()
    """What it said before, the oldest first."""


class Remembered(Word):
    """A fact as a turn was told it."""

    id: FactId
    text: Text
    at: Moment
    tainted: tuple[str, ...] = ()


class FactForm(Form):
    """A fact that somebody wants to be remembered."""

    text: OneLine
    kind: Kind = "fact"
    keep: Keep = "permanent"


class FactChange(Form):
    """What becomes another; all else stays."""

    text: OneLine | None = None
    kind: Kind | None = None
    keep: Keep | None = None


class FactsView(Word):
    """What is remembered of whoever asks, the newest first, or what fits best."""

    facts: tuple[Fact, ...]
    next: str | None = None
    """What `?before=` takes for the page after."""
    off: str | None = None
    """Why nothing can be remembered on this server; null where it can."""
