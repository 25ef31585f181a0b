"""The messengers there are: one line each, what each needs, and how it is made.

What a field is for, and whether it is a secret, its setting says; so the page, the terminal and the
reference say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from gateways.channels.base import Channel, Ledger
from gateways.channels.shelf import Shelf
from gateways.channels.writing import Follow


class Messenger(Channel, Protocol):
    """A channel that says how it is."""

    @property
    def why(self) -> str:
        """What is wrong; "" when nothing is."""
        ...

    @property
    def account(self) -> str:
        """Who it is there."""
        ...

    async def test(self) -> str:
        """Ask the vendor's server who we are, and say it.

        Raises:
            Transient, Refused: it does not say.
        """
        ...


Given = Mapping[str, str]
"""What a messenger was given, by the names of its fields; what was not given is not there."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a messenger finds in its process.

    Attributes:
        ledger: what was handed over already.
        follow: sees what is written; None where answers are shown only once they are whole.
        shelf: lends the files that go out; None where none do.
    """

    ledger: Ledger
    follow: Follow | None = None
    shelf: Shelf | None = None


KEYS, SOCKETS = "its keys", "sockets"
"""Beside the fields: the channel's own secrets in hex, the newest first; the private folder."""
ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {"imessage": "is not on this system: Apple lets only its own devices speak it"}
)
"""What cannot be here, and why."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of messenger.

    Attributes:
        name: what it is called in messages and settings.
        label: what people call it.
        needs: the settings without which it is off, by their names in the environment.
        may: the settings that it can do without.
        make: makes one; what it needs of a vendor is imported at its start.
    """

    name: str
    label: str
    needs: tuple[str, ...]
    may: tuple[str, ...]
    make: Callable[[Given, Around], Messenger]

    @property
    def fields(self) -> tuple[str, ...]:
        """All its settings, the needed ones first."""
        return (*self.needs, *self.may)


def _telegram(given: Given, around: Around) -> Messenger:
    from gateways.channels.telegram import Telegram  # noqa: PLC0415 - only where it is on
    from gateways.channels.telegram_hook import Hook  # noqa: PLC0415

    base_url = given.get("TELEGRAM_API_BASE_URL")
    token, url, newest = given["TELEGRAM_BOT_TOKEN"], given.get("TELEGRAM_WEBHOOK_URL"), given[KEYS]
    key = bytes.fromhex(newest.partition(" ")[0])
    hook = Hook(url, Path(given[SOCKETS]), key) if url else None
    return Telegram(token, base_url, around.ledger, around.follow, shelf=around.shelf, hook=hook)


def _discord(given: Given, around: Around) -> Messenger:
    from gateways.channels.discord import Discord  # noqa: PLC0415

    base_url = given.get("DISCORD_API_BASE_URL")
    token = given["DISCORD_BOT_TOKEN"]
    return Discord(token, base_url, around.ledger, around.follow, shelf=around.shelf)


def _email(given: Given, around: Around) -> Messenger:
    from gateways.channels.email import Account, Email  # noqa: PLC0415
    from gateways.channels.email_server import MailServer  # noqa: PLC0415

    user, password = given.get("SMTP_USER", ""), given.get("SMTP_PASS", "")
    account = Account(
        address=(given.get("NEXUS_CHANNELS__EMAIL__ADDRESS") or user).lower(),
        inbound=MailServer(
            given["IMAP_HOST"],
            int(given["IMAP_PORT"]),
            given.get("IMAP_USER") or user,
            given.get("IMAP_PASS") or password,
        ),
        outbound=MailServer(given["SMTP_HOST"], int(given["SMTP_PORT"]), user, password),
        vouches=given.get("NEXUS_CHANNELS__EMAIL__VOUCHES", ""),
        target=given.get("NOTIFICATION_EMAIL", ""),
    )
    keys = [bytes.fromhex(one) for one in given[KEYS].split()]
    return Email(account, keys, around.ledger, around.shelf)


def _whatsapp(given: Given, around: Around) -> Messenger:
    from gateways.channels.whatsapp import Account, WhatsApp  # noqa: PLC0415
    from gateways.channels.whatsapp_send import SERVER  # noqa: PLC0415

    account = Account(
        token=given["WHATSAPP_ACCESS_TOKEN"],
        secret=given["WHATSAPP_APP_SECRET"],
        verify=given["WHATSAPP_VERIFY_TOKEN"],
        number=given["WHATSAPP_PHONE_NUMBER_ID"],
        server=given.get("WHATSAPP_API_BASE_URL") or SERVER,
        prefix=given.get("NEXUS_CHANNELS__WHATSAPP__PREFIX", ""),
    )
    return WhatsApp(account, Path(given[SOCKETS]), around.ledger, around.shelf)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        one.name: one
        for one in (
            Kind(
                "telegram", "Telegram", ("TELEGRAM_BOT_TOKEN",),
                ("TELEGRAM_API_BASE_URL", "TELEGRAM_WEBHOOK_URL"), _telegram,
            ),
            Kind(
                "discord", "Discord", ("DISCORD_BOT_TOKEN",), ("DISCORD_API_BASE_URL",), _discord
            ),
            Kind(
                "email", "E-mail", ("IMAP_HOST", "SMTP_HOST", "SMTP_USER", "SMTP_PASS"),
                ("SMTP_PORT", "IMAP_PORT", "IMAP_USER", "IMAP_PASS", "NOTIFICATION_EMAIL",
                 "NEXUS_CHANNELS__EMAIL__ADDRESS", "NEXUS_CHANNELS__EMAIL__VOUCHES"),
                _email,
            ),
            Kind(
                "whatsapp", "WhatsApp",
                ("WHATSAPP_ACCESS_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN",
                 "WHATSAPP_PHONE_NUMBER_ID"),
                ("WHATSAPP_API_BASE_URL", "NEXUS_CHANNELS__WHATSAPP__PREFIX"),
                _whatsapp,
            ),
        )
    }
)  # fmt: skip
"""The messengers there are."""
