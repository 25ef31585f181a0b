"""Which arguments a sentence holds for a tool, found by the tool's own parameter schema."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gateways.llm.lexicon import ELSEWHERE, PLACES, PREPOSITIONS
from gateways.llm.words import Token, canonical, known, light, tokens

MAX_NAME_WORDS = 4
_SYNONYMS = re.compile(r"(\w+) \(([^()]{0,200})\)")
_NAMES = ("filename", "name", "quoted")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a tool, and the words that point to it."""

    name: str
    schema: dict[str, Any]
    required: bool
    cues: frozenset[str]
    choices: tuple[tuple[Any, frozenset[str]], ...]
    """For a parameter with a fixed set of values: each with the words that mean it."""

    @property
    def type(self) -> str:
        """The JSON type of its value."""
        return str(self.schema.get("type", "string"))

    @property
    def format(self) -> str:
        """What kind of string it is, where that is said."""
        return str(self.schema.get("format", ""))


@dataclass(slots=True)
class Filled:
    """The arguments that were found, the places of the words they were made of, and what lacks."""

    arguments: dict[str, Any] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    missing: list[Parameter] = field(default_factory=list)
    doubts: int = 0
    """How many names were taken although no word pointed to them."""
    signs: int = 0
    """How many paths, names or quotes were found that only fit such a tool."""


def stems(text: str) -> frozenset[str]:
    """The words of a text that say something."""
    return frozenset(token.stem for token in tokens(text) if token.kind == "word")


def parameters(schema: dict[str, Any]) -> tuple[Parameter, ...]:
    """Read the parameters from a tool's JSON schema; required ones first."""
    required = set(schema.get("required", ()))
    found = []
    for name, about in schema.get("properties", {}).items():
        description = str(about.get("description", ""))
        values = about.get("enum", ())
        meant = dict(_SYNONYMS.findall(description))
        choices = tuple(
            (value, stems(str(value)) | stems(meant.get(str(value), ""))) for value in values
        )
        cues = stems(f"{name.replace('_', ' ')} {description}")
        found.append(Parameter(name, about, name in required, cues, choices))
    return tuple(sorted(found, key=lambda parameter: not parameter.required))


def fill(clause: Sequence[Token], wanted: Sequence[Parameter], own: frozenset[str]) -> Filled:
    """Find arguments in a sentence.

    Args:
        clause: the sentence.
        wanted: the tool's parameters.
        own: the words the tool itself uses; what neither it nor the dictionary knows may be
            a thing's name.
    """
    filled = Filled()
    for parameter in wanted:
        if parameter.choices:
            _choose(clause, parameter, filled)
        elif parameter.type in ("integer", "number"):
            _count(clause, parameter, wanted, filled)
        elif parameter.type == "boolean":
            if any(token.stem in stems(parameter.name) for token in clause):
                filled.arguments[parameter.name] = True
        elif parameter.format == "path":
            _path(clause, parameter, own, filled)
        elif parameter.format == "time-zone":
            _place(clause, parameter, own, filled)
    _names(clause, [one for one in wanted if _is_free(one)], own, filled)
    filled.missing = [one for one in wanted if one.required and one.name not in filled.arguments]
    return filled


def _is_free(parameter: Parameter) -> bool:
    return parameter.type == "string" and not parameter.choices and not parameter.format


def _choose(clause: Sequence[Token], parameter: Parameter, filled: Filled) -> None:
    said = {token.stem for token in clause if token.kind == "word"}
    for value, words in parameter.choices:
        if said & words:
            filled.arguments[parameter.name] = value
            return


def _count(
    clause: Sequence[Token], parameter: Parameter, wanted: Sequence[Parameter], filled: Filled
) -> None:
    said = {token.stem for token in clause}
    rivals = [one for one in wanted if one.type in ("integer", "number")]
    if len(rivals) > 1 and not said & stems(parameter.name):
        return
    for position, token in enumerate(clause):
        if token.kind == "number" and position not in filled.used:
            low, high = parameter.schema.get("minimum", 0), parameter.schema.get("maximum", 10**9)
            filled.arguments[parameter.name] = min(max(int(token.surface), low), high)
            filled.used.add(position)
            return


def _path(
    clause: Sequence[Token], parameter: Parameter, own: frozenset[str], filled: Filled
) -> None:
    said = {token.stem for token in clause}
    for position, token in enumerate(clause):
        whole = token.kind == "path" or (token.kind == "filename" and parameter.required)
        quoted = token.kind == "quoted" and ("/" in token.surface or parameter.required)
        if (whole or quoted) and position not in filled.used:
            filled.arguments[parameter.name] = token.surface
            filled.used.add(position)
            filled.signs += 1
            return
    if not said & {"file", "folder"}:
        return
    for position, token in enumerate(clause):
        if _is_name(token, own) and (
            _before(clause, position) in PREPOSITIONS or _beside(clause, position, {"folder"})
        ):
            filled.arguments[parameter.name] = token.surface
            filled.used.add(position)
            return


def _place(
    clause: Sequence[Token], parameter: Parameter, own: frozenset[str], filled: Filled
) -> None:
    for position, token in enumerate(clause):
        if token.kind == "path" and not token.surface.startswith("/"):
            run = [position]
        elif _before(clause, position) in PLACES or token.surface in ("UTC", "GMT", "CET"):
            run = _run(clause, position, own)
        else:
            continue
        if run:
            filled.arguments[parameter.name] = " ".join(clause[one].surface for one in run)
            filled.used.update(run)
            return


def _names(
    clause: Sequence[Token], free: Sequence[Parameter], own: frozenset[str], filled: Filled
) -> None:
    position = 0
    while position < len(clause) and any(one.name not in filled.arguments for one in free):
        run = _run(clause, position, own, filled.used)
        if not run:
            # After "named", "word" and the like also a word of the tool's own is a name.
            explicit = _pointed(clause, position, free, filled, {"called", "word", "contain"})
            if explicit is None or clause[position].kind not in ("word", "number"):
                position += 1
                continue
            run = [position]
        first, last = run[0], run[-1]
        open_ones = [one for one in free if one.name not in filled.arguments]
        suffixed = _suffixed(clause[first], open_ones)
        pointed = (
            suffixed
            or _pointed(clause, first, open_ones, filled)
            or _follows(clause, last, open_ones)
        )
        target = pointed or (open_ones[0] if open_ones else None)
        certain = pointed or clause[first].kind in _NAMES
        if target and (certain or target.required or _is_subject(clause, run)):
            filled.signs += 2 * (suffixed is not None)
            filled.doubts += not (
                certain or _before(clause, first) in PREPOSITIONS or _is_subject(clause, run)
            )
            filled.arguments[target.name] = " ".join(clause[one].surface for one in run)
            filled.used.update(run)
            filled.signs += clause[first].kind in _NAMES
        position = last + 1


def _pointed(
    clause: Sequence[Token],
    position: int,
    free: Sequence[Parameter],
    filled: Filled,
    only: set[str] | None = None,
) -> Parameter | None:
    """The parameter that the nearest word of matter before this place speaks of."""
    for before in range(position - 1, max(-1, position - 4), -1):
        token = clause[before]
        if token.stem in PLACES:
            return None  # "the service at the hotel" is not the hotel's name.
        if token.kind == "function" or before in filled.used:
            continue
        if only is not None and token.stem not in only:
            return None
        return next(
            (one for one in free if token.stem in one.cues and one.name not in filled.arguments),
            None,
        )
    return None


def _follows(clause: Sequence[Token], last: int, free: Sequence[Parameter]) -> Parameter | None:
    if last + 1 >= len(clause):
        return None
    return next((one for one in free if clause[last + 1].stem in one.cues), None)


def _suffixed(token: Token, free: Sequence[Parameter]) -> Parameter | None:
    """The parameter that a name's own ending speaks of: "ssh.service"."""
    if token.kind != "name":
        return None
    ending = canonical(token.stem.rsplit(".", 1)[-1])
    return next((one for one in free if ending in one.cues), None)


def _is_subject(clause: Sequence[Token], run: Sequence[int]) -> bool:
    """Whether one strange word is what is asked about: "is postgres running?"."""
    after = clause[run[-1] + 1].stem if run[-1] + 1 < len(clause) else ""
    return (
        len(run) == 1
        and bool({_before(clause, run[0]), after} & {"is", "are", "ist", "esta"})
        and after not in PREPOSITIONS
    )


def _run(
    clause: Sequence[Token], start: int, own: frozenset[str], used: set[int] | None = None
) -> list[int]:
    """The places from `start` on that together are one name: "new york", "tax return"."""
    if start < len(clause) and clause[start].kind in _NAMES:
        return [start] if start not in (used or ()) else []
    run: list[int] = []
    for position in range(start, min(len(clause), start + MAX_NAME_WORDS)):
        if not _is_name(clause[position], own) or position in (used or ()):
            break
        if _is_superlative(clause, position):
            break
        run.append(position)
    return run


def _is_superlative(clause: Sequence[Token], position: int) -> bool:
    """Whether it is a degree and no name: "the hottest process", "which one is loudest"."""
    before = clause[position - 1].stem if position else ""
    if before == "most":
        return True
    last = position == len(clause) - 1
    ending = clause[position].surface.casefold().endswith("est")
    return ending and (before in ("the", "which", "what") or (last and before in ("is", "are")))


def _is_name(token: Token, own: frozenset[str]) -> bool:
    if token.kind in ("name", "filename"):
        return True
    common = (
        token.stem in own
        or token.stem in ELSEWHERE
        or token.stem in light()
        or token.stem in known()
    )
    return token.kind == "word" and not common


def _before(clause: Sequence[Token], position: int) -> str:
    while position > 0 and clause[position - 1].stem in ("the", "my", "our", "a", "der", "la"):
        position -= 1
    return clause[position - 1].stem if position > 0 else ""


def _beside(clause: Sequence[Token], position: int, wanted: set[str]) -> bool:
    near = clause[max(0, position - 1) : position] + list(clause[position + 1 : position + 2])  # type: ignore[operator]
    return any(token.stem in wanted for token in near)
