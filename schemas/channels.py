"""What is said about the messengers at the web door."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from schemas.base import Identifier, Moment, Text, Word
from schemas.people import Code, Form, PersonName


class ChannelState(Word):
    """How a messenger is, as its process says."""

    state: Literal["off", "starting", "running", "failing"]
    why: Text = ""
    """What is wrong; empty when nothing is."""
    account: Text = ""
    """Who we are there, once it is known."""


FieldKind = Literal["secret", "text", "number", "switch", "list", "choice"]
"""How something is asked for; a list is names with commas between them."""


class ChannelField(Word):
    """One thing that a messenger can be told."""

    name: Identifier
    """The setting."""
    title: Text
    says: Text
    kind: FieldKind
    options: tuple[str, ...] = ()
    """What a choice is between."""
    value: Any = None
    """What it is now; never of a secret."""
    kept: bool = False
    """Whether there is a secret."""
    ends: str = ""
    """How it ends, where that does not tell too much."""
    environment: bool = False
    """Whether the environment sets it, where this page cannot change it."""


class ChannelView(Word):
    """One messenger: how it is, and what it can be told."""

    type: Identifier
    title: Text
    about: Text
    """What it is, in a sentence."""
    begin: tuple[str, ...]
    """How one begins with it, step by step."""
    fields: tuple[ChannelField, ...]
    enabled: bool
    """Whether the owner wants it, if it has a token."""
    configured: bool
    """Whether it has a token."""
    state: Literal["off", "starting", "running", "failing"]
    why: Text = ""
    account: Text = ""


class ChannelsView(Word):
    """All messengers there are."""

    channels: tuple[ChannelView, ...]


class ChannelForm(Form):
    """Change a messenger; it takes effect within two seconds."""

    enabled: bool | None = None
    token: Annotated[SecretStr, Field(min_length=1, max_length=256)] | None = None
    """Its first secret: kept sealed, and never shown again."""
    changes: Annotated[dict[Identifier, Any], Field(max_length=32)] = Field(default_factory=dict)
    """Its fields by their names; nothing (null) takes one out. All of them, or none."""


class ChannelTested(Word):
    """What a messenger's server says of us."""

    ok: bool
    account: Text = ""
    why: Text = ""
    ms: Annotated[int, Field(ge=0)] = 0


class IdentityView(Word):
    """Where somebody is known."""

    channel: Identifier
    who: Identifier
    """Their id there; names prove nothing."""
    name: Text
    """What they called themselves."""
    person: Identifier
    person_name: Text
    at: Moment


class IdentitiesView(Word):
    """Where everybody is known."""

    identities: tuple[IdentityView, ...]


class PairingView(Word):
    """Somebody who asks to be known; name and id are as a messenger's process tells them."""

    code: Identifier
    channel: Identifier
    who: Identifier
    name: Text
    at: Moment
    expires_at: Moment


class PairingsView(Word):
    """Who asks to be known at this moment, the newest first."""

    pairings: tuple[PairingView, ...]


class PairForm(Form):
    """Let somebody be known who has a code."""

    code: Code
    person: PersonName | None = None
    """Whose account that is; one's own unless given."""
    channel: Identifier | None = None
    """Where the owner was shown that they ask; another is refused."""
    who: Identifier | None = None
    """And by which id."""
