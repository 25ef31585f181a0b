"""Notices: what the server tells a person beside the conversation, until they have seen it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.base import Identifier, Moment, Text, Word
from schemas.people import Form

Level = Literal["info", "warning", "problem"]
"""How much it matters: good to know; look at it some time; something does not work."""

Source = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
"""Who tells: `approvals`, `models`, `logins`, …"""

Place = Annotated[str, StringConstraints(max_length=300, pattern=r"^(?:/[A-Za-z0-9][!-~]*)?$")]
"""Where on the page one can do something about it, such as `/pipeline/letters`; "" for nowhere.
It is always within the page: two slashes would be another server's name."""


class Notice(Word):
    """One thing to be told. Its texts are shown as they are, and nothing in them is a link."""

    source: Source
    level: Level
    title: Annotated[Text, Field(min_length=1, max_length=200)]
    says: Annotated[Text, Field(max_length=2_000)] = ""
    path: Place = ""
    key: Identifier | None = None
    """What it is about. As long as nobody has seen it, the same thing is counted, not repeated."""
    person: Identifier | None = None
    """Whom it is for; the owner of the server unless given."""


class NoticeView(Word):
    """One notice as it stands in the list."""

    id: Identifier
    source: Source
    level: Level
    title: str
    says: str
    path: str
    at: Moment
    """When it was first told."""
    last_at: Moment
    """When it was last told."""
    times: int
    """How often it was told."""
    ended_at: Moment | None
    """When it was over by itself; null while it is so, and for what just happened once."""
    seen_at: Moment | None
    """When somebody said that they had seen it; in one browser is in all."""
    seen_by: str | None


class NoticesView(Word):
    """A page of notices, what was told last first."""

    notices: tuple[NoticeView, ...]
    unseen: int
    """How many there are in all that nobody has seen and that are not over."""
    next: str | None = None
    """Send it as `before` for the page behind this one; null at the end."""


class NoticesLive(Word):
    """Something about the notices changed."""

    unseen: int
    fresh: tuple[NoticeView, ...] = ()
    """What was told since the last of these; empty in the first."""


class Seen(Form):
    """These were seen."""

    ids: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=500)]
