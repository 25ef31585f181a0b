"""Settings of the messengers, beside their tokens, which stand under the vendors' own names."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class MessengerSettings(BaseModel):
    """One messenger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(True, description="Whether it is on, where it has a token.")


class EmailSettings(MessengerSettings):
    """A mailbox of the server's own: whoever it knows writes to it, and is answered there."""

    address: str = Field(
        "", description="The address of the mailbox, where it is not the user at the SMTP server."
    )
    vouches: str = Field(
        "",
        description="The name by which your mail server signs what it checked, as it stands first"
        " in `Authentication-Results`, such as `mx.example.com`. Set it only if your server writes"
        " that into every mail; without it, only answers to the server's own mails are taken in.",
    )


class WhatsAppSettings(MessengerSettings):
    """A number of the server's own at WhatsApp, by the official Cloud API."""

    prefix: str = Field(
        "!", description="How a message begins that is meant for the server; empty for all."
    )


class ChannelsSettings(BaseModel):
    """The messengers through which people reach the server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    telegram: MessengerSettings = MessengerSettings()
    discord: MessengerSettings = MessengerSettings()
    email: EmailSettings = EmailSettings()
    whatsapp: WhatsAppSettings = WhatsAppSettings()
