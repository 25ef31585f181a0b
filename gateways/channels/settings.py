"""Settings of the messengers, beside their tokens, which stand under the vendors' own names."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field


class MessengerSettings(BaseModel):
    """One messenger.

    A subclass says in its own docstring what the messenger is; its fields and their descriptions
    are what the page asks for.

    Attributes:
        begin: how one gets what it needs, step by step.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    begin: ClassVar[tuple[str, ...]] = ()

    enabled: bool = Field(True, description="Whether it is on, where it has a token.")


class TelegramSettings(MessengerSettings):
    """A bot of yours, to which you and those you let in write as to anybody else."""

    begin = (
        "In Telegram, write /newbot to @BotFather, and choose a name.",
        "It answers with a token: put that in here.",
        "Write to your bot. It tells you a code, which shows that it is you.",
    )


class ChannelsSettings(BaseModel):
    """The messengers through which people reach the server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    telegram: TelegramSettings = TelegramSettings()
