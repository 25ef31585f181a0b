"""Takes secrets out of what is told or written: those we know, and what looks like one."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

import orjson

GONE = "[redacted]"
SHORTEST = 6
"""A known secret shorter than this would also blot out ordinary words."""
LINE = 16
"""A line of a known secret of several lines that is at least so long is a secret by itself."""
HELD = 16_384
"""Characters of a text in pieces that wait for their line's end, or their key's."""

# What is a secret by its shape alone. None of them reaches over a quote, so JSON stays JSON.
# A key that nobody ended goes on to the end of its text.
_KEY = "-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
_KEY_END = "-----END [A-Z ]{0,40}PRIVATE KEY-----"
# Before them stands no part of a word; a line's end in JSON, or a terminal's colour, is none.
_EDGE = r"(?:\b|(?<=\\[nrt])|(?<=\[m)|(?<=\[\dm)|(?<=\[\d\dm)|(?<=\[\d;\d\dm))"
# A letter of a secret: Markdown writes a backslash before some of them.
_IN = r"(?:\w|\\*[-_])"
_U = r"\\*_"
_SHAPES = re.compile(
    rf"{_KEY}[^\"]*?(?:{_KEY_END}|(?=\\*\")|\Z)"
    r"|AGE-SECRET-KEY-1[0-9A-Z]{40,}"
    rf"|{_EDGE}(?:sk-{_IN}{{16,}}|AIza{_IN}{{30,}}|gh[opsur]{_U}\w{{20,}}"
    rf"|github{_U}pat{_U}{_IN}{{20,}}|glpat-{_IN}{{16,}}|xox[abeprs]-{_IN}{{10,}}"
    rf"|AKIA[0-9A-Z]{{16}}\b|nexus{_U}k[0-9A-Z]{{26}}{_U}{_IN}{{20,}}"
    rf"|eyJ{_IN}{{8,}}\.{_IN}{{8,}}\.{_IN}*)"
)
_NUMBERED = re.compile(rf"{_EDGE}\d{{8,10}}:{_IN}{{35}}\b")
_BEGUN = re.compile(_KEY)
_NAME = (
    r"(?:pass(?:word|wd|phrase)|secret(?:\\*[_-]?(?:access\\*[_-]?)?key)?|api\\*[_-]?key"
    r"|private\\*[_-]?key|token|authorization)"
)
# What is one by what stands before it: a scheme, a name in JSON (also in JSON inside JSON), a
# name in a text, a user in an address.
_AFTER = re.compile(
    rf"""((?i:\b(?:bearer|basic)\s+))(?P<scheme>[\w.~+/=-]{{12,}})
    |((?i:{_NAME})"\s*:\s*")(?P<json>(?:[^"\\]|\\.)+)
    |((?i:{_NAME})(?P<slash>\\+)"\s*:\s*(?P=slash)")(?P<inner>[^"\\]+)
    |((?i:{_NAME})\s*[:=]\s*(?i:(?:bearer|basic)\s+)?)(?P<text>(?:[^\s"'\\,;&\[\]{{}}]|\\+[_*`]){{4,}})
    |(://[^\s/:@"\\]*:)(?P<address>[^\s/@"\\]+)(?=@)
    |((?i:{_NAME})\s*[:=]\s*\\*["'])(?P<quoted>(?:[^\s"'\\,;:&\[\]{{}}]|\\+[_*`]){{4,}})""",
    re.VERBOSE,
)
# Without one of these in it, no text fits the two above; most have none, and are done quickly.
_SIGNS = (
    *("private key", "age-secret", "sk-", "aiza", "ghp", "gho", "ghs", "ghu", "ghr"),
    *(
        "github_",
        "github\\",
        "nexus_k",
        "nexus\\",
        "glpat-",
        "xox",
        "akia",
        "eyj",
        "bearer",
        "basic",
        "pass",
    ),
    *("secret", "key", "token", "authorization", "://"),
)
_ESCAPED = re.compile(r"\\u00[2-7]")
_MARKED = re.compile(r"[\\`*_\[\]]")
"""What Markdown writes with a backslash before it."""


class Redactor:
    """Takes secrets out of texts.

    Args:
        known: secrets that must never be written, whatever they look like.
        more: returns further ones, which may change while we work.
    """

    def __init__(
        self, known: Iterable[str] = (), more: Callable[[], frozenset[str]] = frozenset
    ) -> None:
        self._given = frozenset(known)
        self._more = more
        self._learned: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None
        self._learn()
        self.refresh()

    def refresh(self) -> None:
        """Hear of secrets that were set since; once for each batch of texts is enough."""
        found = self._more()
        # A secret that was replaced is still one: what speaks of it may be under way.
        if not found <= self._learned:
            self._learned |= found
            self._learn()

    def _learn(self) -> None:
        words = {word for word in self._given | self._learned if len(word) >= SHORTEST}
        words |= {line for word in words for line in word.split("\n") if len(line) >= LINE}
        words |= {_MARKED.sub(r"\\\g<0>", word) for word in words}
        words |= {orjson.dumps(word).decode()[1:-1] for word in words}
        words |= {quote(word, safe="") for word in words if len(word) < HELD}
        longest_first = sorted(words, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if words else None

    def __call__(self, text: str) -> str:
        """Hear of new secrets, and return a text without any."""
        self.refresh()
        return self.text(text)

    def data(self, data: Any) -> Any:
        """Return plain JSON values without their secrets."""
        before = json.dumps(data, ensure_ascii=False)
        after = self.text(before)
        return data if after == before else json.loads(after)

    def text(self, text: str) -> str:
        """Return a text, or JSON, without its secrets; what was JSON still is."""
        if _ESCAPED.search(text):
            text = _plain(text)
        if self._known and self._known.search(text):
            text = self._without_known(self._known, text)
        text = _NUMBERED.sub(GONE, text)
        lower = text.lower()
        if not any(sign in lower for sign in _SIGNS):
            return text
        return _AFTER.sub(_keep_what_is_before, _SHAPES.sub(GONE, text))

    def _without_known(self, known: re.Pattern[str], text: str) -> str:
        after = known.sub(GONE, text)
        if not _is_json(text) or _is_json(after):
            return after

        # A secret of figures alone may be a number in it, or a part of one.
        def without(value: Any) -> Any:
            match value:
                case dict():
                    return {without(name): without(one) for name, one in value.items()}
                case list():
                    return [without(one) for one in value]
                case str():
                    return known.sub(GONE, value)
                case _:
                    return GONE if known.search(json.dumps(value)) else value

        return json.dumps(without(json.loads(text)), ensure_ascii=False)

    def dead(self, text: str) -> str:
        """Return a dead letter without its secrets, also those in the original bytes."""
        try:
            letter = orjson.loads(text)
            changed = [self._original(one) for one in (letter, *letter.get("history", ()))]
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            return self.text(text)
        return self.text(orjson.dumps(letter).decode() if any(changed) else text)

    def _original(self, letter: dict[str, str]) -> bool:
        """Take the secrets out of the original bytes; return whether there were any."""
        original = base64.b64decode(letter["original"], validate=True)
        before = original.decode(errors="surrogateescape")
        after = self.text(before)
        letter["original"] = base64.b64encode(after.encode(errors="surrogateescape")).decode()
        return after != before


def _keep_what_is_before(found: re.Match[str]) -> str:
    return "".join(found.group(n) or "" for n in (1, 3, 5, 8, 10, 12)) + GONE


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _plain(text: str) -> str:
    """Write JSON anew in which plain letters hide behind escapes."""
    try:
        return orjson.dumps(orjson.loads(text)).decode()
    except orjson.JSONDecodeError:
        return text


class Pieces:
    """Takes secrets out of a text that comes in pieces: each line is passed on once it is whole.

    So no half of a secret is ever told, nor a key before its end. What has no end after 16,384
    characters is passed on as it is then; what waits when the text ends is not told at all.

    Args:
        redact: takes them out.
        to: who is told.
    """

    def __init__(self, redact: Redactor, to: Callable[[str], None]) -> None:
        self._redact, self._to = redact, to
        self._held = ""

    def __call__(self, piece: str) -> None:
        """Take more of it."""
        self._held += piece
        end = max(self._held.rfind("\n"), self._held.rfind("\r")) + 1
        begun = _BEGUN.search(self._held, max(0, self._held.rfind("-----END")))
        if begun is not None:
            end = min(end, begun.start())
        if len(self._held) - end > HELD:
            end = len(self._held)
        if end:
            whole, self._held = self._held[:end], self._held[end:]
            self._to(self._redact(whole))
