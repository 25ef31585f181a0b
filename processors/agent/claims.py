"""Notices an answer that says something was done which nothing in its turn shows.

A model may say that it saved, sent or deleted something, and have done nothing. What was done
stands in the turn's record; this reads the answer for claims and looks for each there. It is a pure
function of both, in English and German, and it would rather miss a claim than doubt a true answer:
only the model's own words in the first person count, or a plain report of what was just asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from processors.agent.deeds import DEEDS, Deed
from processors.agent.turns import reports
from schemas.record import Asked, Observed
from streams.record import TurnRecord

Language = Literal["en", "de"]

LONGEST = 20_000
"""Characters of an answer that are looked at."""
LONGEST_QUESTION = 2_000
MOST_SENTENCES = 300


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that says something was done.

    Attributes:
        deed: what.
        sentence: the sentence.
        language: the one it is in.
    """

    deed: Deed
    sentence: str
    language: Language


def unproven(text: str, record: TurnRecord) -> Claim | None:
    """Return the first claim of an answer that its turn does not show, or None.

    Args:
        text: the answer.
        record: the turn.
    """
    asked = next(iter(record.of(Asked)), None)
    question = asked.text if asked else ""
    done = [one.tool for one in record.of(Observed) if one.effect in {"done", "unknown"}]
    done += [tool for one in reports(record) for tool in one.did]
    for claim in claims(text, question):
        if not any(claim.deed.shown_by(tool) for tool in done):
            return claim
    return None


def marked(claim: Claim) -> str:
    """Return what the person is told about it, in the language of the answer."""
    if claim.language == "de":
        return (
            "⚠ Nicht belegt: Die Antwort sagt, dass etwas "
            f"{claim.deed.german}, aber in diesem Zug wurde nichts dergleichen getan."
        )
    return (
        f"⚠ Not confirmed: the answer says that something was {claim.deed.english}, but nothing of"
        " the kind was done in this turn."
    )


def claims(text: str, question: str = "") -> list[Claim]:
    """Return what an answer claims to have done.

    Args:
        text: the answer.
        question: what it answers; who asks whether something happened is told about the past.
    """
    question = question[:LONGEST_QUESTION]
    if _ABOUT_THE_PAST.search(question):
        return []
    ordered = [deed for deed in DEEDS if _OF[deed].order.search(question)]
    found: list[Claim] = []
    for sentence in islice(_sentences(text[:LONGEST]), MOST_SENTENCES):
        for deed in DEEDS:
            said = _first(_OF[deed].first, sentence)
            # Without a person it may also be what a tool saw: it counts where it was asked for.
            if said is None and deed in ordered:
                said = _first(_OF[deed].report, sentence)
            if said is not None:
                found.append(Claim(deed, sentence, said))
                break
    return found


_FENCED = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
_QUOTED = re.compile(
    r"`[^`\n]*`|\"[^\"\n]{0,300}\"|“[^”\n]{0,300}”|„[^“”\n]{0,300}[“”]|»[^«\n]{0,300}«"
)
_LINE = re.compile(r"^[ \t]*(?:>.*|#.*|\|.*)$", re.MULTILINE)
_END = re.compile(r"(?<=[.!?…:;])\s+|\n+|\s[\u2013\u2014-]\s")
_LONGEST_SENTENCE = 400
"""Characters; no claim needs more, and patterns that look ahead stay quick."""

_ABOUT_THE_PAST = re.compile(
    r"\b(?:did|have|has|had|were|was) (?:you|it|the|my|that|this|they|everything)\b"
    r"|\bwhat (?:did|have) you\b|\bwhen did\b|\bhast du\b|\bhaben sie\b|\bhattest du\b"
    r"|\bwas hast\b|\bwann hast\b|\b(?:wurde|wurden|ist|sind)\b[^.!]*\?",
    re.IGNORECASE,
)
"""A question about what happened before this turn."""

_NOT_NOW = re.compile(
    # no
    r"\b(?:not|never|nothing|no|none|cannot|unable|without|failed|refused|denied|instead of"
    r"|neither|nor|almost|nearly|tried|\w+n['\u2019]t|nicht|nie|nichts|kein\w*|ohne|weder"
    r"|fehlgeschlagen|abgelehnt|statt|fast|beinahe|versucht)\b"
    # perhaps, or later
    r"|\b(?:if|would|could|can|may|might|should|shall|will|once|when|before|after|until|unless"
    r"|had|going to|let me|wenn|falls|würde|könnte|kann|soll|sollte|werde|wird|wirst|sobald"
    r"|bevor|nachdem|möchtest|bis|hätte)\b|\b\w+['\u2019]ll\b"
    # another time, or somebody else
    r"|\b(?:earlier|yesterday|previously|last (?:time|week|month|night|turn|year)|ago|already"
    r"|in (?:an|the|our) (?:earlier|previous|last)|originally|by (?!you\b|me\b)\w+|since"
    r"|gestern|vorhin|früher|zuvor|letzte\w*|bereits|schon|vom?n? (?!dir\b|mir\b)\w+ aus"
    r"|vor \w+ (?:tag|stunde|minute|woche|monat)\w*|times?|mal|seit)\b",
    re.IGNORECASE,
)
"""Denied, supposed, to come, of another time or another's doing: no claim about this turn."""
_SUPPOSED = re.compile(r"^(?:if|suppose|imagine|wenn|falls|angenommen)\b|\?\s*$", re.IGNORECASE)
"""Whole sentences that suppose or ask."""


def _sentences(text: str) -> Iterable[str]:
    bare = _QUOTED.sub(" … ", _LINE.sub("\n", _FENCED.sub("\n", text)))
    for part in _END.split(bare.replace("*", "")):
        sentence = part.strip(" \t-•✅✓☑")[:_LONGEST_SENTENCE]
        if sentence and not _SUPPOSED.search(sentence):
            yield sentence


_I_EN = (
    r"(?:^|[,;(]|\b(?:and|so|then|ok|okay|sure|yes|great|done|but)[,:]?)\s*(?:i|we)"
    r"(?:['\u2019]ve| have)?"
    r"(?: just| now| also| successfully| gone ahead and| went ahead and| then| both)*\s+"
)
_I_DE = r"(?:\b(?:ich|wir) (?:habe?n?|hab['\u2019]?)\b|\b(?:habe?n?) (?:ich|wir)\b)"
_SHORT = (
    r"^(?:(?:ok|okay|sure|yes|ja|done|erledigt|fertig|gut|alles klar)[,.!: ]+)*"
    r"(?:(?:all|alles|successfully|erfolgreich|is|ist|wurde|note|notiz|file|datei) ?)*"
)


@dataclass(frozen=True, slots=True)
class _Patterns:
    """How one deed is told, and asked for.

    Attributes:
        first: in the first person, by language.
        report: without a person, by language.
        order: how it is asked for.
    """

    first: Mapping[Language, re.Pattern[str]]
    report: Mapping[Language, re.Pattern[str]]
    order: re.Pattern[str]


def _patterns(deed: Deed) -> _Patterns:
    ends = r"(?:[.!:,]|$)"
    english = (
        r"\b(?:has|have|was|were|is now|are now) (?:been )?(?:now |successfully |just )*"
        rf"(?:{deed.past})\b|{_SHORT}(?:{deed.past}){ends}"
    )
    german = rf"\b(?:wurden?|ist|sind)\b.*\b(?:{deed.partizip})\b|{_SHORT}(?:{deed.partizip}){ends}"
    return _Patterns(
        {
            "en": re.compile(rf"{_I_EN}(?:{deed.past})\b", re.IGNORECASE),
            "de": re.compile(rf"{_I_DE}.*\b(?:{deed.partizip})\b", re.IGNORECASE),
        },
        {"en": re.compile(english, re.IGNORECASE), "de": re.compile(german, re.IGNORECASE)},
        re.compile(rf"\b(?:{deed.order})\b", re.IGNORECASE),
    )


_OF = {deed: _patterns(deed) for deed in DEEDS}


def _first(patterns: Mapping[Language, re.Pattern[str]], sentence: str) -> Language | None:
    for language, pattern in patterns.items():
        found = pattern.search(sentence)
        if found is not None and not _NOT_NOW.search(_clause(sentence, found)):
            return language
    return None


def _clause(sentence: str, found: re.Match[str]) -> str:
    """Return the words between the commas around what was found."""
    begin = max(sentence.rfind(sign, 0, found.start() + 1) for sign in ",;(") + 1
    ends = [at for sign in ",;)" if (at := sentence.find(sign, found.end())) >= 0]
    return sentence[begin : min(ends, default=len(sentence))]
