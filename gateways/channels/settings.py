"""Settings of the messengers, beside their tokens, which stand under the vendors' own names."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class MessengerSettings(BaseModel):
    """One messenger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(True, description="Whether it is on, where it has a token.")


class ChannelsSettings(BaseModel):
    """The messengers through which people reach the server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    telegram: MessengerSettings = MessengerSettings()
