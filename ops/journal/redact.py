"""Takes secrets out of what is written down: those we know, and what looks like one."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, SecretStr

GONE = "[redacted]"
SHORTEST = 6
"""A known secret shorter than this would also blot out ordinary words."""

# What is a secret by its shape alone. None of them reaches over a quote, so JSON stays JSON.
_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^\"]*?-----END [A-Z ]*PRIVATE KEY-----"
    r"|AGE-SECRET-KEY-1[0-9A-Z]{40,}"
    r"|\bsk-[\w-]{16,}|\bAIza[\w-]{30,}|\bgh[opsur]_\w{20,}|\bgithub_pat_\w{20,}"
    r"|\bglpat-[\w-]{16,}|\bxox[abeprs]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bnexus_k[0-9A-Z]{26}_[\w-]{20,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
_NUMBERED = re.compile(r"\b\d{8,10}:[\w-]{35}\b")
_NAME = (
    r"(?:pass(?:word|wd|phrase)|secret(?:[_-]?(?:access[_-]?)?key)?|api[_-]?key|private[_-]?key"
    r"|token|authorization)"
)
# What is one by what stands before it: a scheme, a name in JSON (also in JSON inside JSON), a
# name in a text, a user in an address.
_AFTER = re.compile(
    rf"""((?i:\b(?:bearer|basic)\s+))(?P<scheme>[\w.~+/=-]{{12,}})
    |((?i:{_NAME})"\s*:\s*")(?P<json>(?:[^"\\]|\\.)+)
    |((?i:{_NAME})(?P<slash>\\+)"\s*:\s*(?P=slash)")(?P<inner>[^"\\]+)
    |((?i:{_NAME})\s*[:=]\s*(?i:(?:bearer|basic)\s+)?)(?P<text>[^\s"'\\,;&\[\]{{}}]{{4,}})
    |(://[^\s/:@"\\]*:)(?P<address>[^\s/@"\\]+)(?=@)""",
    re.VERBOSE,
)
# Without one of these in it, no text fits the two above; most have none, and are done quickly.
_SIGNS = (
    *("private key", "age-secret", "sk-", "aiza", "ghp_", "gho_", "ghs_", "ghu_", "ghr_"),
    *(
        "github_pat_",
        "nexus_k",
        "glpat-",
        "xox",
        "akia",
        "eyj",
        "bearer",
        "basic",
        "pass",
        "secret",
    ),
    *("key", "token", "authorization", "://"),
)
_ESCAPED = re.compile(r"\\u00[2-7]")


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
        words |= {orjson.dumps(word).decode()[1:-1] for word in words}
        longest_first = sorted(words, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if words else None

    def text(self, text: str) -> str:
        """Return a text, or JSON, without its secrets; what was JSON still is."""
        if _ESCAPED.search(text):
            text = _plain(text)
        if self._known:
            text = self._known.sub(GONE, text)
        text = _NUMBERED.sub(GONE, text)
        lower = text.lower()
        if not any(sign in lower for sign in _SIGNS):
            return text
        return _AFTER.sub(_keep_what_is_before, _SHAPES.sub(GONE, text))

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
    return "".join(found.group(n) or "" for n in (1, 3, 5, 8, 10)) + GONE


def _plain(text: str) -> str:
    """Write JSON anew in which plain letters hide behind escapes."""
    try:
        return orjson.dumps(orjson.loads(text)).decode()
    except orjson.JSONDecodeError:
        return text


def secrets_of(settings: BaseModel) -> Iterator[str]:
    """Return the values of all secret settings, and the passwords in those that are addresses."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from secrets_of(value)
        elif isinstance(value, SecretStr):
            secret = value.get_secret_value()
            yield secret
            if "://" in secret:
                yield urlsplit(secret).password or ""
