"""Which tools a sentence asks for: its words, weighed by rarity, against those of each tool."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateways.llm.lexicon import (
    ACTIONS,
    DECISIVE,
    ELSEWHERE,
    INTERROGATIVES,
    PROGRAMS,
    SPANS,
    SYNONYMS,
    WEAK_WORDS,
)
from gateways.llm.slots import Filled, Parameter, fill, parameters, stems
from gateways.llm.words import Token, canonical, light, plain, tokens
from schemas.tools import ToolSpec

ENOUGH = 0.6
"""Share of a sentence's weight that a tool must account for."""
EVIDENCE = 1.1
"""Weight that must be accounted for by words of the tool itself."""
FOREIGN = 3.0
"""Weight of a word that no tool knows: it speaks against all of them."""
ELSEWHERE_WEIGHT = 5.0
"""Weight of a word that asks for another time or place than here and now."""
LIGHT = 0.15
WEAK = 0.5
DOUBT = 1.2
"""Weight of a name that was taken without a word that points to it."""
_INSIDE = ("in", "inside", "within", "below", "under", "im", "en")
TYPO = 0.8
"""How much of its weight a word keeps that is only nearly right."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a tool says of itself, ready to compare."""

    spec: ToolSpec
    parameters: tuple[Parameter, ...]
    words: frozenset[str]
    examples: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A tool that fits a sentence."""

    spec: ToolSpec
    arguments: dict[str, Any]
    missing: tuple[Parameter, ...]
    score: float
    coverage: float


class Index:
    """All tools' words.

    Args:
        tools: the tools, the ones to prefer first.
    """

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        self.tools = tuple(_read(spec) for spec in tools)
        self._vocabulary = frozenset().union(*(tool.words for tool in self.tools))
        self._weights = {word: self._rarity(word) for word in self._vocabulary}
        self._near = _neighbourhood(self._vocabulary | frozenset(SYNONYMS))

    def _rarity(self, word: str) -> float:
        if word in light():
            return LIGHT
        if word in WEAK_WORDS:
            return WEAK
        holding = sum(word in tool.words for tool in self.tools)
        return math.log(1 + 4 / holding) + 0.5

    def mended(self, clause: Sequence[Token]) -> tuple[list[Token], set[int]]:
        """Put right words that are one slip away from a known one; say which these were."""
        mended, places = list(clause), set()
        for position, token in enumerate(clause):
            if token.kind == "word" and not self._is_known(token.stem):
                for key in _slips(plain(token.surface)):
                    right = self._near.get(key)
                    if right and _one_slip(plain(token.surface), right):
                        mended[position] = Token(token.surface, canonical(right), "word")
                        places.add(position)
                        break
        return mended, places

    def _is_known(self, stem: str) -> bool:
        return (
            stem in self._vocabulary
            or stem in SYNONYMS
            or stem in light()
            or stem in ELSEWHERE
            or stem in ACTIONS
        )

    def best(self, clause: Sequence[Token]) -> Match | None:
        """The tool that fits best; None when none fits well enough."""
        matches = [self._match(tool, *self._cleared(clause)) for tool in self.tools]
        good = [match for match in matches if match]
        return max(good, key=lambda match: (not match.missing, match.score), default=None)

    def filled(self, spec: ToolSpec, said: str) -> dict[str, Any] | None:
        """Return the arguments that something said is made of, for a tool that is known.

        Returns:
            None where there is none, or where anything else is said.
        """
        tool = next((one for one in self.tools if one.spec == spec), None)
        clause, _ = self._cleared(tokens(said))
        if tool is None:
            return None
        found = fill(clause, tool.parameters, tool.words)
        matter = {place for place, token in enumerate(clause) if token.kind != "function"}
        return found.arguments if matter and matter <= found.used else None

    def _cleared(self, clause: Sequence[Token]) -> tuple[list[Token], set[int]]:
        return self.mended([token for token in clause if token.kind != "break"])

    def _match(self, tool: Known, clause: list[Token], slips: set[int]) -> Match | None:
        filled = fill(clause, tool.parameters, tool.words)
        met = evidence = whole = 0.0
        said: set[str] = set()
        for position, token in enumerate(clause):
            if token.kind == "function" or position in filled.used:
                continue
            weight = self._weight(token)
            knows = token.stem in tool.words and _means(tool, token.stem, filled, clause)
            if token.stem in DECISIVE and not knows:
                return None
            if token.stem not in said:
                whole += weight
            if knows and token.stem not in said:
                gain = weight * (TYPO if position in slips else 1.0)
                met += gain
                evidence += gain
            said.add(token.stem)
        met, whole = met + filled.signs, whole + filled.signs
        whole += DOUBT * filled.doubts
        coverage = met / whole if whole else 0.0
        bare = _is_bare(clause, filled.used) and _suits(tool, clause, filled)
        if coverage < ENOUGH or (evidence + 0.7 * filled.signs < EVIDENCE and not bare):
            return None
        likeness = max((self._likeness(said, example) for example in tool.examples), default=0.0)
        score = (
            coverage + 0.6 * likeness + 0.05 * met + 0.2 * filled.signs - 0.3 * len(filled.missing)
        )
        return Match(tool.spec, filled.arguments, tuple(filled.missing), score, coverage)

    def _weight(self, token: Token) -> float:
        if token.stem in ELSEWHERE | SPANS or (
            plain(token.surface) in ACTIONS and token.stem not in self._vocabulary
        ):
            return ELSEWHERE_WEIGHT
        if token.stem in light():
            return LIGHT
        return self._weights.get(token.stem, 1.5 if token.kind == "number" else FOREIGN)

    def _likeness(self, said: set[str], example: frozenset[str]) -> float:
        both = sum(self._weights.get(word, 0.0) for word in said & example)
        either = sum(self._weights.get(word, FOREIGN) for word in said | example)
        return both / either if either else 0.0


def _means(tool: Known, word: str, filled: Filled, clause: Sequence[Token]) -> bool:
    """Whether a span of time belongs to what is asked for: that must be named beside it."""
    if word not in SPANS:
        return True
    said = {token.stem for token in clause} - SPANS
    return any(
        word in words and said & words
        for parameter in tool.parameters
        for value, words in parameter.choices
        if filled.arguments.get(parameter.name) == value
    )


def is_action(clause: Sequence[Token]) -> bool:
    """Whether a sentence orders something done: its first word of matter is such a verb."""
    matter = [token for token in clause if token.kind not in ("function", "break", "number")]
    if any(plain(token.surface).split("'")[0] in INTERROGATIVES for token in clause[:1]):
        return False
    for token in matter:
        spoken = plain(token.surface)
        if spoken in ACTIONS or token.stem in ("clean", "shutdown", "backup", "login"):
            return True
        if spoken == "note" and token is clause[0]:
            return True  # "note: buy milk", "note that …"
        if spoken not in PROGRAMS:
            return False
    return False


def _is_bare(clause: Sequence[Token], used: set[int]) -> bool:
    """Whether nothing but a path is said: "show me /etc/hostname"."""
    return bool(used) and all(
        token.kind == ("path" if position in used else "function")
        for position, token in enumerate(clause)
    )


def _suits(tool: Known, clause: Sequence[Token], filled: Filled) -> bool:
    """Whether the tool is for a path alone: what is in it is listed, what it is is read."""
    path = next((one for one in tool.parameters if one.format == "path"), None)
    if path is None or path.name not in filled.arguments:
        return False
    place = min(filled.used)
    inside = filled.arguments[path.name].endswith("/") or (
        place > 0 and clause[place - 1].stem in _INSIDE
    )
    return "folder" in tool.words and not path.required if inside else path.required


def _read(spec: ToolSpec) -> Known:
    found = parameters(spec.parameters)
    own = stems(f"{spec.name.replace('_', ' ')} . {spec.description}")
    for parameter in found:
        own |= stems(parameter.name.replace("_", " "))
        for _, words in parameter.choices:
            own |= words
        if parameter.type == "string" and not parameter.format:
            own |= parameter.cues
    lexical = own | frozenset(SYNONYMS) | light() | WEAK_WORDS
    examples = []
    for example in spec.examples:
        said = [token for token in tokens(example) if token.kind != "break"]
        # What fills a parameter in an example ("invoice") is a stand-in, not a word of the tool.
        used = fill(said, found, lexical).used
        examples.append(
            frozenset(
                token.stem
                for place, token in enumerate(said)
                if token.kind == "word" and place not in used
            )
        )
    return Known(spec, found, own.union(*examples), tuple(examples))


def _neighbourhood(words: frozenset[str]) -> dict[str, str]:
    """Each long enough word under all it becomes when one letter is lost (as SymSpell does)."""
    near: dict[str, str] = {}
    for word in sorted(words):
        for key in _slips(word):
            near.setdefault(key, word)
        for form in SYNONYMS.get(word, "").split():
            for key in _slips(form):
                near.setdefault(key, form)
    return near


def _slips(word: str) -> tuple[str, ...]:
    if not 4 <= len(word) <= 24:
        return ()
    return (word, *(word[:place] + word[place + 1 :] for place in range(len(word))))


def _one_slip(said: str, right: str) -> bool:
    """Whether one letter is lost, added, wrong, or two neighbours have changed places.

    The first letter is nearly always right, and short words have too many neighbours.
    """
    if said[:1] != right[:1] or said == right:
        return said == right
    if sorted(said) == sorted(right):
        differing = [
            place for place, pair in enumerate(zip(said, right, strict=True)) if pair[0] != pair[1]
        ]
        return len(differing) == 2 and differing[1] - differing[0] == 1
    if min(len(said), len(right)) < 5 or abs(len(said) - len(right)) > 1:
        return False
    if len(said) == len(right):
        return len(said) > 5 and sum(a != b for a, b in zip(said, right, strict=True)) == 1
    longer, shorter = (said, right) if len(said) > len(right) else (right, said)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
