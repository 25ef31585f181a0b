"""All settings, nested once: the environment wins over `config.yaml` in the state folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from gateways.channels.settings import ChannelsSettings
from gateways.internet.settings import InternetSettings
from gateways.llm.settings import ModelsSettings
from ops.sections import (
    EventsSettings,
    FilesSettings,
    HttpSettings,
    JournalSettings,
    LogSettings,
)
from ops.vendors import Mailbox, WhatsApp
from processors.agent.settings import AgentSettings
from processors.tools.policy import Policy
from streams.settings import StreamsSettings

PREFIX = "NEXUS_"
FILE = "config.yaml"
TELEGRAM_CALLS = "/api/channels/telegram/webhook"
"""Where on this server Telegram is heard."""


class Settings(Mailbox, WhatsApp, BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        nested_model_default_partial_update=True,
    )
    config_file: ClassVar[Path | None] = None

    root: Path = Field(
        default_factory=lambda: Path.home() / "nexus",
        description="The state folder: settings, secrets, data, logs. `~/nexus` unless set;"
        " set only in the environment.",
    )
    redis_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("redis_url", "REDIS_URL"),
        description="A Redis of yours for what must not be lost, instead of a private one.",
    )
    redis_live_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("redis_live_url", "REDIS_LIVE_URL"),
        description="A Redis of yours for what may be lost.",
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("database_url", "DATABASE_URL"),
        description="A PostgreSQL of yours for the journal, instead of a file in the state folder:"
        " `postgresql://user:password@host/database`.",
    )
    gemini_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("gemini_api_key", "GEMINI_API_KEY"),
        description="Your key for Gemini.",
    )
    gemini_base_url: str | None = Field(
        None,
        validation_alias=AliasChoices("gemini_base_url", "GEMINI_BASE_URL"),
        description="Another server that speaks Gemini's protocol.",
    )
    anthropic_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("anthropic_api_key", "ANTHROPIC_API_KEY"),
        description="Your key for Claude.",
    )
    anthropic_base_url: str | None = Field(
        None,
        validation_alias=AliasChoices("anthropic_base_url", "ANTHROPIC_BASE_URL"),
        description="Another server that speaks Claude's protocol.",
    )
    openai_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("openai_api_key", "OPENAI_API_KEY"),
        description="Your key for OpenAI, or for the server below; a local one needs none.",
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias=AliasChoices("openai_base_url", "OPENAI_BASE_URL"),
        description="Another server that speaks OpenAI's protocol, such as a local one.",
    )
    default_model: str | None = Field(
        None,
        validation_alias=AliasChoices("default_model", "DEFAULT_MODEL"),
        description="The model of the default tier, asked first where the tier is not set.",
    )
    firecrawl_url: str | None = Field(
        None,
        validation_alias=AliasChoices("firecrawl_url", "FIRECRAWL_URL"),
        description="A Firecrawl server of yours, such as `http://localhost:3002`: it reads pages"
        " in the place of our own reader.",
    )
    searxng_url: str | None = Field(
        None,
        validation_alias=AliasChoices("searxng_url", "SEARXNG_URL"),
        description="A SearXNG server of yours, by which the web is searched.",
    )
    brave_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("brave_api_key", "BRAVE_API_KEY"),
        description="Your key for Brave's search, where there is no SearXNG.",
    )
    telegram_bot_token: SecretStr | None = Field(
        None,
        title="Token of the bot",
        validation_alias=AliasChoices("telegram_bot_token", "TELEGRAM_BOT_TOKEN"),
        description="The token of your Telegram bot: with it, Telegram is on.",
    )
    telegram_api_base_url: str | None = Field(
        None,
        title="Server",
        validation_alias=AliasChoices("telegram_api_base_url", "TELEGRAM_API_BASE_URL"),
        description="Another server that speaks Telegram's protocol, such as a bot API server of"
        " yours.",
    )
    telegram_webhook_url: str | None = Field(
        None,
        title="Where it calls",
        validation_alias=AliasChoices("telegram_webhook_url", "TELEGRAM_WEBHOOK_URL"),
        description="The address at which Telegram is to call this server:"
        f" `https://YOUR-SERVER{TELEGRAM_CALLS}`; without one, Telegram is asked for what is new.",
    )
    discord_bot_token: SecretStr | None = Field(
        None,
        title="Token of the bot",
        validation_alias=AliasChoices("discord_bot_token", "DISCORD_BOT_TOKEN"),
        description="The token of your Discord bot: with it, Discord is on.",
    )
    discord_api_base_url: str | None = Field(
        None,
        title="Server",
        validation_alias=AliasChoices("discord_api_base_url", "DISCORD_API_BASE_URL"),
        description="Another server that speaks Discord's protocol, in the place of"
        " `https://discord.com`.",
    )
    mcp_port: Annotated[int, Field(ge=1, le=65_535)] | None = Field(
        None,
        validation_alias=AliasChoices("mcp_port", "MCP_PORT"),
        description="A further port for programs that speak the Model Context Protocol; `/mcp` on"
        " the server's own port is there in any case.",
    )
    crash: str = Field(
        "", description="For tests of recovery only: kill this process at a named point."
    )
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()
    files: FilesSettings = FilesSettings()
    agent: AgentSettings = AgentSettings()
    policy: Policy = Policy()
    models: ModelsSettings = ModelsSettings()
    internet: InternetSettings = InternetSettings()
    journal: JournalSettings = JournalSettings()
    events: EventsSettings = EventsSettings()
    channels: ChannelsSettings = ChannelsSettings()
    streams: StreamsSettings = StreamsSettings()

    @field_validator("redis_url", "redis_live_url")
    @classmethod
    def _address(cls, value: SecretStr | None) -> SecretStr | None:
        known = ("redis://", "rediss://", "unix://")
        if value is not None and not value.get_secret_value().startswith(known):
            raise ValueError("it begins with redis://, rediss:// or unix://")
        return value

    @field_validator(
        "gemini_api_key", "anthropic_api_key", "openai_api_key", "gemini_base_url",
        "anthropic_base_url", "openai_base_url", "default_model", "firecrawl_url", "searxng_url",
        "brave_api_key", "telegram_bot_token", "telegram_api_base_url", "telegram_webhook_url",
        "discord_bot_token", "discord_api_base_url", "mcp_port", mode="before",
    )  # fmt: skip
    @classmethod
    def _given(cls, value: Any) -> Any:
        return value or None  # an empty variable is one that is not set

    @field_validator(
        "gemini_base_url", "anthropic_base_url", "openai_base_url", "firecrawl_url", "searxng_url",
        "telegram_api_base_url", "discord_api_base_url",
    )  # fmt: skip
    @classmethod
    def _server(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("it begins with http:// or https://")
        return value

    @field_validator("telegram_webhook_url")
    @classmethod
    def _called(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and (parts.scheme != "https" or not parts.hostname or "@" in parts.netloc):
            raise ValueError("it begins with https:// and names a host: Telegram calls no other")
        if value and (parts.path != TELEGRAM_CALLS or parts.query or parts.fragment):
            raise ValueError(f"it ends in {TELEGRAM_CALLS}: that is where Telegram is heard")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr | None) -> SecretStr | None:
        known = ("postgresql://", "postgresql+asyncpg://", "sqlite://", "sqlite+aiosqlite://")
        if value is not None and not value.get_secret_value().startswith(known):
            raise ValueError("it begins with postgresql:// or sqlite://")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the command line win over the environment, and that over the file."""
        file = YamlConfigSettingsSource(settings_cls, yaml_file=cls.config_file)
        return init_settings, EnvSettingsSource(settings_cls), file


AT_ONCE = (
    "models.", "agent.", "policy.", "default_model",
    "gemini_base_url", "anthropic_base_url", "openai_base_url",
)  # fmt: skip
"""What is read again while all runs; the rest counts from the next start."""


def at_once(name: str) -> bool:
    """Whether a change of this setting counts without a restart."""
    return name.startswith(AT_ONCE)


FOLLOWED = (
    "channels.", "telegram_", "discord_", "whatsapp_", "smtp_", "imap_", "notification_email",
)  # fmt: skip
"""What the messengers look at again while they run; the page changes it with them, not by name."""


def waits(name: str) -> bool:
    """Whether a change of this setting counts only once the server is started again."""
    return not name.startswith((*AT_ONCE, *FOLLOWED))


@dataclass(frozen=True)
class Setting:
    """One thing that can be set.

    Attributes:
        name: its dotted name in `config.yaml`.
        variable: its name in the environment.
        field: what the model says about it.
    """

    name: str
    variable: str
    field: FieldInfo

    @property
    def secret(self) -> bool:
        """Whether its value must not be shown."""
        return "SecretStr" in str(self.field.annotation)


def every(model: type[BaseModel] = Settings, above: str = "") -> Iterator[Setting]:
    """Return every setting there is, in the order of the models; whole sections last."""
    for name, field in sorted(model.model_fields.items(), key=lambda one: _place(model, *one)):
        dotted = above + name
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from every(inner, f"{dotted}.")
        elif isinstance(field.validation_alias, AliasChoices):
            yield Setting(dotted, str(field.validation_alias.choices[-1]), field)
        else:
            yield Setting(dotted, PREFIX + dotted.replace(".", "__").upper(), field)


def _place(model: type[BaseModel], name: str, field: FieldInfo) -> int:
    inner = field.annotation
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return 2
    return int(name not in model.__annotations__)


def is_given(setting: Setting, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether the environment sets it, and so wins."""
    return any(name.upper() == setting.variable for name in environment)


def root_of(environment: Mapping[str, str] = os.environ, given: Path | None = None) -> Path:
    """Return the state folder without reading anything else: given, NEXUS_ROOT, or ~/nexus."""
    named = given or environment.get(f"{PREFIX}ROOT")
    return Path(named).expanduser().absolute() if named else Path.home() / "nexus"


def key_of(name: str, environment: Mapping[str, str] = os.environ) -> SecretStr | None:
    """Return a secret that the environment holds under its own name, such as GEMINI_API_KEY."""
    found = environment.get(name)
    return SecretStr(found) if found else None


def named_secrets(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """Return what the environment holds under names that say that it is a secret."""
    ends = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_PASS", "_PASSWD", "PGPASSWORD")
    return frozenset(value for name, value in environment.items() if name.upper().endswith(ends))


def stand_alone(environment: MutableMapping[str, str] = os.environ) -> None:
    """Forget every setting of the environment, for a system that must not touch the owner's."""
    for setting in every():
        environment.pop(setting.variable, None)


def wants_colors(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a terminal may be written on in colours (no-color.org)."""
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def wants_traces(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a failing command should show where it failed: asked before settings can be read."""
    return environment.get(f"{PREFIX}LOG__LEVEL", "").lower() == "debug"
