"""What is said about the server's settings, its models and their keys at the web door."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from schemas.base import Moment, Word
from schemas.models import TierState
from schemas.people import Form

Provider = Literal["gemini", "anthropic", "openai"]
"""Whose protocol is spoken; `openai` is everybody who speaks OpenAI's."""

Key = Annotated[str, StringConstraints(min_length=1, max_length=4_096, pattern=r"^[!-~]+$")]
"""A provider's key: printable, no spaces."""


def _address(value: str) -> str:
    """Return what names a host, and perhaps a port and a path.

    Raises:
        ValueError: it does not.
    """
    parts = urlsplit(value)
    if value and (not parts.hostname or "@" in parts.netloc or parts.port == 0):
        raise ValueError("it names a host, such as http://127.0.0.1:11434/v1")
    return value


Address = Annotated[
    str,
    StringConstraints(max_length=2_048, pattern=r"^(https?://[!-~]+)?$"),
    AfterValidator(_address),
]
"""Of a server; empty for the provider's own."""

ModelName = Annotated[str, StringConstraints(max_length=256, pattern=r"^[!-~]*$")]


class SettingShown(Word):
    """One setting: what it is, and from where."""

    name: str
    value: Any
    source: Literal["environment", "file", "default"]
    says: str


class SettingsShown(Word):
    """The settings that can be changed here."""

    settings: tuple[SettingShown, ...]


class SettingsForm(Form):
    """Change settings: all of them, or none; nothing (null) brings the default back."""

    changes: Annotated[dict[str, Any], Field(min_length=1, max_length=32)]


class ProviderShown(Word):
    """One provider, with what may be shown of its key."""

    id: Provider
    kept: bool
    """Whether there is a key."""
    ends: str
    """How it ends, where that does not tell too much."""
    at: Moment | None
    """When it was set."""
    environment: bool
    """Whether the environment holds it, where this page cannot change it."""
    base_url: str | None
    models: tuple[str, ...]
    """Names that are known: from the table of prices, and those that a tier has."""
    resting: Moment | None
    """Until when all its models are left alone, after they failed."""


class LocalShown(Word):
    """A model server on this machine; it is never used unasked."""

    address: str
    models: tuple[str, ...]


class ModelsShown(Word):
    """Where answers come from."""

    providers: tuple[ProviderShown, ...]
    tiers: tuple[TierState, ...]
    default: str
    local: LocalShown | None
    spent_day: int
    """By everybody today (UTC), in millionths of a US dollar."""


class SpentShown(Word):
    """What somebody has spent today (UTC)."""

    cost: int
    """In millionths of a US dollar."""
    tokens: int
    calls: int
    """Tool calls."""


class GuideLink(Word):
    """A page of the guide."""

    name: str
    title: str


class GuidePage(Word):
    """A page of the guide, to be read."""

    name: str
    title: str
    text: str
    """Markdown."""


class AboutShown(Word):
    """What this server is."""

    version: str
    commit: str
    """Which one is checked out; empty where Git does not say."""
    licence: str
    python: str
    redis: str
    """The version of the durable one; empty while it does not answer."""
    state: str
    """The state folder."""
    state_bytes: int | None
    """What it takes on its disk; null where it holds too many files to be measured."""
    guide: tuple[GuideLink, ...]


class KeyGiven(Form):
    """A provider's key, its server's address, or both; a key is never shown again."""

    key: Key | None = None
    """The one that there is unless given."""
    base_url: Address | None = None
    """Another server that speaks its protocol; empty for its own, as it is unless given."""
    anyway: bool = False
    """Keep it although nothing shows that it works."""


class TrialForm(Form):
    """Ask a model one tiny question."""

    model: ModelName = ""
    """Its name at the provider; the one that a tier names first unless given."""
    key: Key | None = None
    """One that is not kept yet."""
    base_url: Address | None = None
    """Of a server that is not kept yet; it needs a fresh proof."""


class Trial(Word):
    """What came of one tiny question."""

    ok: bool
    ms: int
    """Until the first word of the answer, or until it failed."""
    model: str
    says: str
    """Why it failed; empty where it did not."""
    models: tuple[str, ...]
    """What the provider says it has."""
