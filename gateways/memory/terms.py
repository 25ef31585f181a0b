"""The words of a text as they are looked up: folded, without those that every text has.

A long word stands beside its beginning, so that "windows" finds "window" and "Handwerkern"
"Handwerker" in any language that changes its words at their ends. Where words are not parted by
spaces, each pair of signs is one.
"""

from __future__ import annotations

import re
import unicodedata

MOST = 64
"""Terms of one text that count."""
READ = 4_000
"""Characters of a text that are read."""
STEM = 5
"""Signs at the beginning of a word by which its other forms are found."""
MARK = "0"
"""Before such a beginning, so that it is not taken for a word."""

_WORD = re.compile(r"[^\W_]+")
_UNPARTED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
STOP = """
a about am an and any are as at be been but by can did do does for from had has have he her him
his how i if in into is it its just me my no not of on or our please she should so some tell
than that the their them then there these they this to us was we were what when where which
who whom whose why will with would you your
aber als am an auch auf aus bei bin bist bitte da das dass dein deine dem den der des die dir
doch du ein eine einem einen einer er es fur habe haben hat ich ihm ihr im in ist ja kann kein
keine man mein meine meinem meinen meiner mich mir mit nach nicht noch nur oder sag sein sich
sie sind so uber um und uns unser vom von war was wann wem wen wenn wer wie wir wird wo zu zum
zur
au aux avec ce cette dans de des du elle en est et il je la le les leur lui ma mais mes mon ne
nous ou par pas pour qu que qui sa se ses son sur te tes toi ton tu un une vous
al como con cual cuando de del donde el ella en es esta fue la las lo los me mi mis muy no o
para pero por que quien se si sin su sus te tu tus un una y yo
che chi ci come con cosa da dei del della di dove e gli ho i il io la le lo ma mi mia mio non
per piu qual quale quando si sono su sua suo ti tua tuo un una
"""
"""What every text has: in English, German, French, Spanish and Italian."""
_STOP = frozenset(STOP.split())


def terms(text: str) -> tuple[str, ...]:
    """Return the terms of a text, each once, in the order in which they come.

    Each is made of letters and digits only, so that none can be anything else to whoever
    searches.

    Args:
        text: anything.
    """
    found: dict[str, None] = {}
    for word in _WORD.findall(folded(text[:READ])):
        if word in _STOP:
            continue
        for one in _forms(word):
            found.setdefault(one)
        if len(found) >= MOST:
            break
    return tuple(found)[:MOST]


def folded(text: str) -> str:
    """Return a text without the difference between cases, and without marks on letters."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


def _forms(word: str) -> list[str]:
    if _UNPARTED.fullmatch(word):
        return [word[at : at + 2] for at in range(max(1, len(word) - 1))]
    # Most of a word says which it is; its end says how it stands in the sentence.
    return [word, f"{MARK}{word[:STEM]}"] if len(word) >= STEM and word.isalpha() else [word]
