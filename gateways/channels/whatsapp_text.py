"""What we say, as WhatsApp shows it: its own marks, and links that say where they lead."""

from __future__ import annotations

import re

LONGEST = 4_096
"""WhatsApp's own limit of a text, in characters."""

_FENCE = re.compile(r"```[\w+-]{0,40}[^\n`]*\n(.*?)(?:\n?```|\Z)", re.DOTALL)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^\s)]+)\)")


def rendered(text: str) -> str:
    """Return a text with WhatsApp's marks in the place of Markdown's; code stays as it is."""
    found, at = [], 0
    for block in _FENCE.finditer(text):
        found += [_prose(text[at : block.start()]), f"```{block[1]}```"]
        at = block.end()
    found.append(_prose(text[at:]))
    return "".join(found).strip() or "…"


def _prose(text: str) -> str:
    # Where a link leads is said, for its name may say something else.
    return _BOLD.sub(r"*\1*", _LINK.sub(_shown, text))


def _shown(link: re.Match[str]) -> str:
    return link[2] if link[1].strip() == link[2] else f"{link[1]} ({link[2]})"


def cut(text: str, most: int = LONGEST) -> list[str]:
    """Return a text in pieces that each fit, broken between lines or words where there are any."""
    pieces, rest = [], text
    while len(rest) > most:
        at = max(rest.rfind("\n", most // 2, most), 0) or rest.rfind(" ", most // 2, most)
        end = at + 1 if at > 0 else most
        pieces.append(rest[:end].rstrip() or "…")
        rest = rest[end:].lstrip("\n")
    return [*pieces, rest] if rest.strip() or not pieces else pieces
