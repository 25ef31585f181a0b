"""Writes the conversation of the guide anew: `make recording`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from schemas.record import Asked, Observed, Proposed, Thought
from tests.docs.played import PAGE_CODE, Played, missing, play
from tests.house.tree import ROOT

PAGE = ROOT / "docs/guide/free-space.md"
BEGIN, END = "<!-- played by `make recording` -->", "<!-- end of what was played -->"


def text(played: Played) -> str:
    """Return the conversation as the page tells it."""
    parts: list[str] = []
    for one in played.record:
        match one:
            case Asked():
                parts += ["**You**, on the page:", _quoted(one.text)]
            case Thought(text=said, calls=calls):
                parts += ["**Nexus:**", _quoted(said)]
                parts += [f"`{call.tool}` {_code(call.arguments)}" for call in calls]
            case Observed():
                parts.append(_block(one.content))
            case Proposed():
                parts += [*_asked(played.card), *_typed(played.typed[:3])]
    parts += ["What was done is a row of the journal each, the newest first:"]
    return "\n\n".join([*parts, *_typed(played.typed[3:])])


def _quoted(words: str) -> str:
    return f"> {words}"


def _code(arguments: dict[str, Any]) -> str:
    return f"`{json.dumps(arguments)}`"


def _block(words: str) -> str:
    return f"```text\n{words}\n```"


def _typed(lines: Sequence[tuple[str, str]]) -> list[str]:
    return [_block(f"$ {line}\n{printed}") for line, printed in lines]


def _asked(card: dict[str, Any]) -> list[str]:
    rows = {
        "tier": card["tier"],
        "would run": f"`{card['command']}`",
        "acts on": ", ".join(card["targets"]),
        "affects": card["affects"],
        "undo": card["undo"] or "none",
        "code for another place": PAGE_CODE,
    }
    table = "\n".join(
        ["| | |", "|---|---|", *(f"| {name} | {what} |" for name, what in rows.items())]
    )
    return [
        "Nothing has happened yet. The page shows the question, and so does every other place:",
        table,
        "**You**, at the terminal:",
    ]


def drawn_into(page: str, words: str) -> str:
    """Return the page with these words between its markers.

    Raises:
        ValueError: the markers are not there.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{words}\n\n{END}{after}"


def main() -> None:
    """Play it, and write the page."""
    played = play()
    assert not missing(played), missing(played)
    PAGE.write_text(drawn_into(PAGE.read_text("utf-8"), text(played)), "utf-8")


if __name__ == "__main__":
    main()
