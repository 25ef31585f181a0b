"""Approvals: what a person is asked, how they answer, and what the places show that they see."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.base import Identifier, Moment, Text, TurnMessage, Word
from schemas.tools import TierName

ApprovalState = Literal["pending", "approved", "denied", "expired", "void"]
"""Whether a person was asked and did not answer, said yes or no, or cannot answer any more:
because time is over, or because what they were asked about is not what it was."""

Verdict = Literal["approved", "denied"]

Secret = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]+$")]
"""A token or a code as it comes in."""

CODE_SIGNS = "BCDFGHJKLMNPQRSTVWXZ23456789"
"""What codes are made of: signs that are not taken for one another, and no vowel, so that no code
is a word and no word a code."""

_COMMAND = re.compile(r"/(approve|ap|always|deny)(?:[ \t]+([!-~]{1,64}))?", re.IGNORECASE)
_WORDS = re.compile(
    rf"(approve|always|deny)[ \t]+([{CODE_SIGNS}]{{4}}-?[{CODE_SIGNS}]{{4}})", re.IGNORECASE
)


class Card(TurnMessage):
    """Something changed about an approval: a place shows it, or shows it otherwise.

    What it shows stands in the turn's record. The id names approval and state: the same card in
    the same state is the same message.
    """

    topic: ClassVar[str] = "cards"

    approval: Identifier
    call_id: Identifier
    chat: Identifier
    state: ApprovalState = "pending"
    token: Secret | None = None
    """What a button of this one card carries; only where the place is no one's but its channel's,
    and only while it is pending."""
    code: Secret | None = None
    """What a keyword needs with it; never where another place must show it."""


class ApprovalView(Word):
    """What a person sees of an approval; nothing in it was escaped."""

    id: Identifier
    call_id: Identifier
    turn: Identifier
    session: Identifier
    tool: str
    tier: TierName
    state: ApprovalState
    command: Text = ""
    targets: tuple[str, ...] = ()
    affects: Text = ""
    undo: Text = ""
    reasons: tuple[str, ...] = ()
    says: Text = ""
    """Why, as the model says."""
    tainted: bool = False
    """Whether text that anybody could have written entered the turn before."""
    lasting: bool = False
    """Whether a yes may count for the very same call again."""
    task: Text = ""
    """Which task of a subagent asks; empty where it is the person's own question."""
    asked_at: Moment
    expires_at: Moment
    by: Identifier | None = None
    channel: Identifier | None = None
    decided_at: Moment | None = None
    grant: Identifier | None = None
    """The lasting yes that this one made."""


class Grant(Word):
    """A yes that counts again: for the very same call of the same person, for a while."""

    id: Identifier
    tool: str
    tier: TierName
    command: Text = ""
    targets: tuple[str, ...] = ()
    person: Identifier
    """Whose calls it is for."""
    channel: Identifier
    """Where they ask for them."""
    by: Identifier
    """Who said it."""
    made_at: Moment
    expires_at: Moment
    uses: int = 0
    used_at: Moment | None = None


class Keyword(Word):
    """A decision that was typed."""

    verdict: Verdict
    code: Secret | None
    always: bool = False


def keyword(text: str) -> Keyword | None:
    """Return the decision that a whole message is; None for everything else.

    Only a message that is nothing but the keyword and a code counts: what was quoted, forwarded
    or told in other words is talk.
    """
    found = _COMMAND.fullmatch(text.strip()) or _WORDS.fullmatch(text.strip())
    if found is None:
        return None
    word = found[1].lower()
    verdict: Verdict = "denied" if word == "deny" else "approved"
    return Keyword(verdict=verdict, code=found[2] and written(found[2]), always=word == "always")


def written(code: str) -> str:
    """Return a code as it was shown, however it was typed."""
    return code.strip().upper().replace("-", "")
