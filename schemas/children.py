"""Tasks that one turn hands to another: whose they are, and how far they may go."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.base import Identifier, Text, Word

Count = Annotated[int, Field(ge=0)]
Allowed = tuple[tuple[Text, ...], ...]
"""Names of tools, in which `*` stands for anything: what each list allows, and only that."""


class TurnPlace(Word):
    """A turn, and its conversation."""

    session: Identifier
    turn: Identifier


class Place(TurnPlace):
    """A call that waits for another turn."""

    step: Count
    call_id: Identifier


class Budget(Word):
    """The share of its parent's turn that a task may use."""

    steps: Count
    seconds: Annotated[float, Field(ge=0)]
    tokens: Count
    calls: Count
    cost: Count = 0
    """Millionths of a US dollar; 0 for no limit."""


class Parent(Word):
    """Whose task a turn is, and what it takes over from there."""

    path: Annotated[tuple[Place, ...], Field(min_length=1, max_length=16)]
    """The calls that wait for it, from the turn that a person began down to the nearest."""
    allow: Allowed = ()
    """Tools, as each turn of the path narrowed them."""
    budget: Budget
    tainted: tuple[str, ...] = ()
    """Sources of text by anybody that had entered the turns above."""
    acted: Count = 0
    """Changes that they had made."""
