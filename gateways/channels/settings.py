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


class EmailSettings(MessengerSettings):
    """A mailbox of the server's own: whoever it knows writes to it, and is answered there."""

    begin = (
        "Make a mailbox for the server alone: it reads all that is unread in it.",
        "Put in its two servers, its user and its password.",
        "Write to it from your own address. You are told a code, which shows that it is you.",
    )
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

    begin = (
        "At Meta, make an app with WhatsApp, and a system user with a token.",
        "Put in the token, the app's secret, the id of its phone number, and a word of your own.",
        "Name there the address of this server, with /api/channels/whatsapp/webhook behind it, and"
        " your word; subscribe to messages. It must be reached from outside by HTTPS.",
        "Write to the number. It tells you a code, which shows that it is you.",
    )
    prefix: str = Field(
        "!", description="How a message begins that is meant for the server; empty for all."
    )


class ChannelsSettings(BaseModel):
    """The messengers through which people reach the server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    telegram: TelegramSettings = TelegramSettings()
    discord: MessengerSettings = MessengerSettings()
    email: EmailSettings = EmailSettings()
    whatsapp: WhatsAppSettings = WhatsAppSettings()
