"""Cuts an answer into parts that a channel can carry, where a reader would pause."""

from __future__ import annotations

import re

LONGEST = 12_000
"""Characters of one part where the channel sets no limit of its own."""

OF_CHANNEL = {"telegram": 4_096, "discord": 1_800, "whatsapp": 4_096}
"""Characters of one part, by channel."""

FENCE = "```"
LONGEST_LINK = 2_000
LINK = re.compile(r"\[[^\]\n]{1,300}\]\(https?://[^\s)]{1,1600}\)|https?://[^\s)]{1,1600}")


def split(text: str, channel: str) -> list[str]:
    """Return the parts of `text`; a block of code that is cut is closed and opened again.

    Args:
        text: the whole answer.
        channel: whose limit counts.
    """
    limit = OF_CHANNEL.get(channel, LONGEST)
    parts: list[str] = []
    rest = text
    while len(rest) > limit:
        # Room for closing a block of code in this part.
        at = _whole(rest, _pause(rest, limit - len(FENCE) - 1))
        part, rest = rest[:at].rstrip(), rest[at:].lstrip("\n")
        if part.count(FENCE) % 2:
            opening = part[part.rindex(FENCE) :].partition("\n")[0][:40]
            part += f"\n{FENCE}"
            rest = f"{opening}\n{rest}"
        parts.append(part)
    return [*parts, rest]


def _whole(text: str, at: int) -> int:
    """Return where to cut, so that no link is broken that began in the second half."""
    for found in LINK.finditer(text, at // 2, at + LONGEST_LINK):
        if found.start() < at < found.end() and found.start() > at // 2:
            return found.start()
    return at


def _pause(text: str, limit: int) -> int:
    for mark in ("\n\n", "\n", ". ", " "):
        at = text.rfind(mark, limit // 2, limit)
        if at > 0:
            return at + len(mark)
    return limit
