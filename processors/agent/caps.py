"""What a session, a person and everybody may spend, beyond what one turn may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from streams.spending import NAMES, Accounts, Spending, Spent

Whose = Literal["session", "person", "day"]
Name = Literal["cost", "tokens", "calls", "ms"]

_WHO: dict[Whose, str] = {
    "session": "this conversation has used",
    "person": "you have used",
    "day": "this server has used",
}
_GO_ON: dict[Whose, str] = {
    "session": "/new begins another conversation; the owner can raise agent.session.{}.",
    "person": "It begins anew at midnight (UTC); the owner can raise agent.person.{}.",
    "day": "It begins anew at midnight (UTC); the owner can raise agent.day.{}.",
}
_SETTING: dict[str, str] = {"cost": "cost", "tokens": "tokens", "calls": "calls", "ms": "seconds"}
_WHEN: dict[Whose, str] = {"session": "", "person": " of today", "day": " of today"}


@dataclass(frozen=True, slots=True)
class Caps:
    """How much may be spent; a 0 among the figures is no limit.

    Attributes:
        session: by one conversation.
        person: by one person on one day.
        day: by everybody together on one day.
    """

    session: Spent = field(default_factory=Spent)
    person: Spent = field(default_factory=Spent)
    day: Spent = field(default_factory=Spent)

    def reached(self, accounts: Accounts) -> str | None:
        """Return which of them is reached, and how it goes on, in two sentences; or None.

        What is under way is finished and counted, so the last step may go beyond a figure; the
        next one is not begun.

        Args:
            accounts: what was spent so far.
        """
        for whose, name, most in self.figures():
            used = getattr(getattr(accounts, whose), name)
            if used >= most:
                what = f"{figure(name, used)} of {figure(name, most)}"
                said = f"I stopped: {_WHO[whose]} {what}{_WHEN[whose]}."
                return f"{said} {_GO_ON[whose].format(_SETTING[name])}"
        return None

    async def met(self, spending: Spending) -> str | None:
        """Return the same as `reached`; where there is no limit, nothing is asked of Redis.

        Args:
            spending: knows what was spent so far.
        """
        return self.reached(await spending.read()) if any(self.figures()) else None

    def figures(self) -> Iterator[tuple[Whose, str, int]]:
        """Yield each figure that is a limit: whose, of what, how much."""
        whose: Whose
        for whose in ("session", "person", "day"):
            for name in NAMES:
                if most := getattr(getattr(self, whose), name):
                    yield whose, name, most


def figure(name: str, value: int) -> str:
    """Return a figure as people read it.

    Args:
        name: what is counted.
        value: how much, in the unit in which it is counted.
    """
    match name:
        case "cost":
            return f"{value / 1_000_000:.2f} US dollars"
        case "ms":
            return f"{value / 1_000:.0f} seconds"
        case "tokens":
            return f"{value:,} tokens"
        case _:
            return f"{value:,} tool calls"
