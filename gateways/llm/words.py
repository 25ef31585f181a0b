"""From a sentence to tokens that can be compared: cut, stemmed, and led back to one word."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

from gateways.llm.lexicon import FUNCTION_WORDS, JOINING, LIGHT_WORDS, NUMBERS, PHRASES, SYNONYMS

Kind = Literal["word", "function", "number", "path", "filename", "name", "quoted", "break"]

_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "`": "`", "'": "'"}
_EDGES = "()[]{}<>*,;:!?¿¡.…\"'“”„«»`"
_BREAKS = ",;:!?.…"
# Both are anchored and without nested repetition: their time is linear in the token.
_FILENAME = re.compile(r"\.?[^/.][^/]*\.[A-Za-z][A-Za-z0-9]{0,4}\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]*\Z")


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a sentence: as it was said, and as it is compared."""

    surface: str
    stem: str
    kind: Kind
    joins: bool = False
    """Of a break: it may also stand inside one thing ("salt and pepper")."""


def tokens(text: str) -> list[Token]:
    """Cut a text; time is linear in its length."""
    found: list[Token] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character.isspace():
            if character == "\n":
                found.append(Token("\n", "", "break"))
            position += 1
            continue
        close = _QUOTES.get(character)
        end = text.find(close, position + 1, position + 300) if close else -1
        if end > position + 1:
            found.append(Token(text[position + 1 : end], "", "quoted"))
            position = end + 1
            continue
        end = position + 1
        while end < len(text) and not text[end].isspace():
            end += 1
        found += _pieces(text[position:end])
        position = end
    return _phrases(found)


def _pieces(raw: str) -> list[Token]:
    bare = raw.strip(_EDGES.replace(".", "") if raw.startswith(("./", ".")) else _EDGES)
    bare = bare.rstrip(_EDGES) or ""
    # A sign alone carries nothing, and is still what was said: "17 * 23".
    sign = Token(raw, raw, "function")
    pieces = _token(bare) if bare else [] if raw[-1] in _BREAKS else [sign]
    if raw[-1] in _BREAKS:
        pieces.append(Token(raw[-1], "", "break", joins=raw[-1] in ",:"))
    return pieces


def _token(bare: str) -> list[Token]:
    lower = _spoken(bare)
    if lower in JOINING:
        return [Token(bare, "", "break", joins=True)]
    parts = re.split(r"[-/]", lower)
    if len(parts) > 1 and all(part.isalpha() and part in known() for part in parts):
        # "disk-usage" and "cpu/memory" are words; "web-1" is a name and "a/b.txt" a path.
        return [token for part in parts for token in _token(part)]
    kind, said = _kind(bare, lower), bare
    if kind == "number" and lower in NUMBERS:
        said = str(NUMBERS[lower])
    return [Token(said, canonical(lower) if kind == "word" else lower, kind)]


def _spoken(bare: str) -> str:
    head, apostrophe, tail = plain(bare).replace("\u2019", "'").partition("'")
    ending = tail in ("s", "re", "ve", "ll", "d", "m")
    return head if apostrophe and ending else head + tail


def _kind(bare: str, lower: str) -> Kind:
    if "/" in bare or bare.startswith("~"):
        return "path"
    if (bare.isdecimal() and len(bare) < 10) or lower in NUMBERS:
        return "number"
    if lower in FUNCTION_WORDS:
        return "function"
    if _FILENAME.match(bare):
        return "filename"
    return "name" if _NAME.match(bare) and not bare.isalpha() else "word"


def _phrases(found: list[Token]) -> list[Token]:
    joined: list[Token] = []
    for token in found:
        if joined and joined[-1].kind not in ("break", "quoted"):
            pair = PHRASES.get((plain(joined[-1].surface), plain(token.surface)))
            if pair:
                joined[-1] = Token(f"{joined[-1].surface} {token.surface}", pair, "word")
                continue
        joined.append(token)
    return joined


def plain(word: str) -> str:
    """Return the word in lower case without accents."""
    if word.isascii():
        return word.lower()
    spread = unicodedata.normalize(
        "NFKD", word.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    )
    return "".join(character for character in spread if not unicodedata.combining(character))


def canonical(word: str) -> str:
    """Return what a word is compared by: its synonym's name where it has one, else its stem."""
    table = _canonicals()
    return table.get(word) or table.get(stem(word)) or stem(word)


@cache
def _canonicals() -> dict[str, str]:
    table: dict[str, str] = {}
    for name, others in SYNONYMS.items():
        for word in (name, *others.split()):
            table.setdefault(plain(word), name)
    for word, name in list(table.items()):
        table.setdefault(stem(word), name)
    return table


@cache
def light() -> frozenset[str]:
    """The words that fit nearly every question, as they are compared."""
    return frozenset(canonical(word) for word in LIGHT_WORDS)


@cache
def known() -> frozenset[str]:
    """All words the dictionary has, as they are said."""
    return frozenset(_canonicals()) | FUNCTION_WORDS


def stem(word: str) -> str:
    """Return an English word without its commonest endings.

    After Harman, "How effective is suffixing?" (1991), whose S-stemmer does as well as far
    longer rules on short questions; -ing and -ed are added, because we compare verbs.
    """
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
