"""What we say, as Telegram shows it: its marks become entities, and nothing in it calls anybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

LONGEST = 4_096
"""Telegram's own limit of a message, in UTF-16 units."""

_FENCE = re.compile(r"```([\w+-]{0,40})[^\n`]*\n(.*?)(?:\n?```|\Z)", re.DOTALL)
_MARK = re.compile(
    r"`(?P<code>[^`\n]+)`|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|\[(?P<name>[^\]\n]+)\]\((?P<url>https?://[^\s)]+)\)"
)
_MENTION = re.compile(r"(?<![\w.@/])@(?=\w)")
APART = "\u2060"
"""Between an @ and a name: what a model writes must wake nobody up."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A part of a text that is shown otherwise.

    Attributes:
        type: as Telegram calls it.
        offset: where it begins, in UTF-16 units.
        length: how long it is, in UTF-16 units.
        url: where a link leads.
        language: of a block of code.
    """

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None


class _Page:
    """A text that grows, and its entities."""

    def __init__(self) -> None:
        self.text, self.size = "", 0
        self.entities: list[Entity] = []

    def add(
        self, piece: str, kind: str = "", url: str | None = None, language: str | None = None
    ) -> None:
        length = size(piece)
        if kind and length:
            self.entities.append(Entity(kind, self.size, length, url, language))
        self.text += piece
        self.size += length

    def prose(self, piece: str) -> None:
        at = 0
        for found in _MARK.finditer(piece):
            self.add(_quiet(piece[at : found.start()]))
            if found["code"] is not None:
                self.add(found["code"], "code")
            elif found["bold"] is not None:
                self.add(_quiet(found["bold"]), "bold")
            else:
                # Where a link leads is said, for its name may say something else.
                self.add(_quiet(found["name"]), "text_link", url=found["url"])
                if found["name"].strip() != found["url"]:
                    self.add(f" ({found['url']})")
            at = found.end()
        self.add(_quiet(piece[at:]))


def rendered(text: str) -> tuple[str, tuple[Entity, ...]]:
    """Return a text without its marks, and what they meant."""
    page, at = _Page(), 0
    for found in _FENCE.finditer(text):
        page.prose(text[at : found.start()])
        page.add(found[2], "pre", language=found[1] or None)
        at = found.end()
    page.prose(text[at:])
    if not page.text.strip():
        return "…", ()
    return page.text, tuple(page.entities)


def size(text: str) -> int:
    """Return the length of a text as Telegram counts it."""
    return len(text) + sum(ord(sign) > 0xFFFF for sign in text)


def cut(text: str, most: int = LONGEST, whole: Sequence[tuple[int, int]] = ()) -> list[str]:
    """Return a text in pieces that each fit, broken between lines where there are any.

    Args:
        text: what is cut.
        most: how long a piece may be, in UTF-16 units.
        whole: parts that stay in one piece, by begin and end in UTF-16 units.
    """
    pieces: list[str] = []
    rest, begun = text, 0
    while size(rest) > most:
        end = most if size(rest[:most]) <= most else most // 2
        line = rest.rfind("\n", end // 2, end)
        end = line + 1 if line > 0 else end
        at = begun + size(rest[:end])
        broken = next((first for first, last in whole if begun < first < at < last), at)
        if broken < at:
            end = _signs(rest, broken - begun)
        pieces.append(rest[:end])
        rest, begun = rest[end:], begun + size(rest[:end])
    return [*pieces, rest]


def pages(text: str, entities: Sequence[Entity]) -> list[tuple[str, tuple[Entity, ...]]]:
    """Return a text in pieces that each fit, each with its entities; no link is broken."""
    found: list[tuple[str, tuple[Entity, ...]]] = []
    # Behind a link stands where it leads.
    links = [one for one in entities if one.url is not None]
    whole = [(one.offset, one.offset + one.length + size(f" ({one.url})")) for one in links]
    begun = 0
    for piece in cut(text, whole=whole):
        length = size(piece)
        there = (_within(one, begun, length) for one in entities)
        found.append((piece, tuple(one for one in there if one is not None)))
        begun += length
    return found


def _within(entity: Entity, begun: int, length: int) -> Entity | None:
    """Return the part of an entity that lies in a piece, counted from the piece's beginning."""
    first = max(entity.offset, begun)
    last = min(entity.offset + entity.length, begun + length)
    return replace(entity, offset=first - begun, length=last - first) if first < last else None


def _signs(text: str, units: int) -> int:
    """Return how many signs of a text take so many UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore"))


def _quiet(piece: str) -> str:
    return _MENTION.sub(f"@{APART}", piece)
