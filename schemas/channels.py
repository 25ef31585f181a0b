"""What is said about the messengers at the web door."""

from __future__ import annotations

from typing import Annotated, Literal

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


class ChannelField(Word):
    """Something that a messenger is given."""

    name: Identifier
    """As it is called in the environment and in the vault."""
    title: Text = ""
    """What people call it."""
    help: Text
    """What it is."""
    secret: bool
    needed: bool
    """Whether the messenger is off without it."""
    given: bool
    fixed: bool
    """Whether the environment sets it, and so wins over what is written here."""
    value: Text = ""
    """What was given; never a secret's."""
    ends: Text = ""
    """How a secret ends, where that does not tell too much."""
    options: tuple[str, ...] = ()
    """What it is one of; empty where it is any text."""


class ChannelView(Word):
    """One messenger."""

    type: Identifier
    label: Text = ""
    """What people call it."""
    about: Text = ""
    """What it is, in a sentence."""
    begin: tuple[Text, ...] = ()
    """How one begins with it, step by step."""
    enabled: bool
    """Whether the owner wants it, if it has a token."""
    configured: bool
    """Whether it has all that it needs."""
    fields: tuple[ChannelField, ...] = ()
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
    """The first of its fields: kept sealed, and never shown again."""
    fields: Annotated[
        dict[Identifier, Annotated[SecretStr, Field(max_length=4_096)] | None],
        Field(max_length=16),
    ] = Field(default_factory=dict)
    """Its fields by their names; what is a secret is kept sealed, and nothing (null) takes one out.
    All of them, or none."""


class ChannelTested(Word):
    """What a messenger's server says of us."""

    ok: bool
    account: Text = ""
    why: Text = ""
    ms: Annotated[int, Field(ge=0)] = 0


class CallTaken(Word):
    """A call of a messenger's server is durable here."""

    taken: bool = True


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
