"""Which mails are taken in: whoever forges a From line is nobody."""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import dataclass
from hashlib import sha256

from gateways.channels.email_proof import Threads, verdict
from gateways.channels.email_read import Letter, Said
from schemas.base import now_ms
from schemas.chat import Control

OLDEST_MS, EARLY_MS = 6 * 24 * 3_600 * 1000, 24 * 3_600 * 1000
"""A copy of a signed mail proves nothing for ever: within this time its name is remembered."""
HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class Judged:
    """What a mail is.

    Attributes:
        forged: why nobody must hear of it; "" where it may be theirs whose address it bears.
        chat: its thread and its address: where the answer goes.
        proven: whether it is theirs.
        fresh: whether a word of whoever wrote it may decide something.
        greets: whether its address may be told something, if it is a stranger's.
        answers: when the mail of ours was written that it answers; 0 where it answers none.
    """

    forged: str = ""
    chat: str = ""
    proven: bool = False
    fresh: bool = False
    greets: bool = False
    answers: int = 0


class Judge:
    """Decides it.

    Args:
        threads: knows the answers to our mails.
        vouches: the name by which the own mail server signs what it checked; "" for none.
    """

    def __init__(self, threads: Threads, vouches: str) -> None:
        self._threads, self._vouches = threads, vouches

    def __call__(self, letter: Letter, now: int | None = None) -> Judged:
        """Return what a mail is.

        Args:
            letter: the mail.
            now: milliseconds since 1970; the clock's unless given.
        """
        at = now_ms() if now is None else now
        found = verdict(letter.verdicts, self._vouches, letter.domain)
        if found == "fail":
            return Judged("the own mail server says that it is not from there")
        if not at - OLDEST_MS < letter.at < at + EARLY_MS:
            return Judged("it bears no date of these days")
        answered = self._threads.answered(letter.named, letter.who, at)
        thread = answered.thread if answered else sha256(letter.root.encode()).hexdigest()[:20]
        passed = found == "pass"
        return Judged(
            chat=f"{thread}:{letter.who}",
            proven=passed or answered is not None,
            # An answer to a mail of ours shows who may read it: that is not enough to decide.
            fresh=passed,
            # Where a server could vouch and does not, an answer might go to who never wrote.
            greets=letter.alone and (passed or not self._vouches),
            answers=answered.at if answered else 0,
        )


class Bounds:
    """Counts by name what happened within the last hour: the last end of every loop."""

    def __init__(self) -> None:
        self._at: dict[str, deque[float]] = {}

    def room(self, name: str, most: int) -> bool:
        """Count one more, if there is room for it in this hour; return whether there was."""
        now = time.monotonic()
        for other in [one for one, at in self._at.items() if now - at[-1] > HOUR]:
            del self._at[other]
        at = self._at.setdefault(name, deque())
        while at and now - at[0] > HOUR:
            at.popleft()
        if len(at) >= most:
            return False
        at.append(now)
        return True


def words(letter: Letter, said: Said) -> str:
    """Return a mail in words: with its subject where it begins a thread, unless it is a word."""
    text = said.text
    command = Control.word(text) is not None or text.startswith("/")
    if letter.subject and not command and not any(letter.named):
        text = f"{letter.subject}\n\n{text}".strip()
    if said.unread and text:
        names = re.sub(r"[()\n]", " ", ", ".join(said.unread))
        text += f"\n\n(Attached, and not read: {names}.)"
    return text
