"""Settings of the messengers, beside their tokens, which stand under the vendors' own names."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field


class MessengerSettings(BaseModel):
    """One messenger.

    A subclass says in its own docstring what the messenger is; its fields and their descriptions
    are what the page asks for.

    Attributes:
        begin: how one gets what it needs, step by step; `{server}` is where this server is reached.
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


class DiscordSettings(MessengerSettings):
    """A bot of yours, which hears who writes to it, names it, or asks it by /ask."""

    begin = (
        "In Discord's developer portal, `discord.com/developers`, make an application.",
        "Under Bot, allow it the Message Content Intent, reset its token, and put that in here.",
        "Under OAuth2, make an address with the scopes `bot` and `applications.commands`, and with"
        " it invite the bot to a server that you are on.",
        "Write to the bot. It tells you a code, which shows that it is you.",
    )


class EmailSettings(MessengerSettings):
    """A mailbox of the server's own: whoever it knows writes to it, and is answered there."""

    begin = (
        "Make a mailbox for the server alone: it reads what is unread in it, and marks it as read.",
        "Put in its two servers, its user and its password. Many providers want an app password"
        " here, which you make in the settings of the mailbox.",
        "Write to it from your own address. You are told a code, which shows that it is you.",
        "If it answers only that it cannot tell who wrote: answer that mail, or say under More"
        " settings what your mail server calls itself where it vouches for a sender.",
    )
    address: str = Field(
        "", description="The address of the mailbox, where it is not the user at the SMTP server."
    )
    vouches: str = Field(
        "",
        title="Name of your mail server",
        description="The name by which your mail server signs what it checked, as it stands first"
        " in `Authentication-Results`, such as `mx.example.com`. Set it only if your server writes"
        " that into every mail; without it, only answers to the server's own mails are taken in.",
    )


class WhatsAppSettings(MessengerSettings):
    """A number of the server's own at WhatsApp, by the official Cloud API."""

    begin = (
        "At Meta, `developers.facebook.com`, make an app with WhatsApp, and in the settings of the"
        " business a system user with a token that may send messages.",
        "Put in the token, the app's secret, the id of its phone number, and a word of your own.",
        "In the app, under WhatsApp and Configuration, give the callback URL"
        " `{server}/api/channels/whatsapp/webhook` and your word, and subscribe to `messages`. Meta"
        " must reach it from outside, by HTTPS.",
        "Write to the number, with `!` first. It tells you a code, which shows that it is you.",
    )
    prefix: str = Field(
        "!",
        description="How a message begins that is meant for the server; empty for all. In groups"
        " it is `!` then.",
    )


class ChannelsSettings(BaseModel):
    """The messengers through which people reach the server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    telegram: TelegramSettings = TelegramSettings()
    discord: DiscordSettings = DiscordSettings()
    email: EmailSettings = EmailSettings()
    whatsapp: WhatsAppSettings = WhatsAppSettings()
