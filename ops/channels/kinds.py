"""The messengers there are: one line each, what each needs, and how it is made.

What a field is for, and whether it is a secret, its setting says; so the page, the terminal and the
reference say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from gateways.channels.base import Channel, Ledger
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
    make: Callable[[Given, Ledger, Follow | None], Messenger]

    @property
    def fields(self) -> tuple[str, ...]:
        """All its settings, the needed ones first."""
        return (*self.needs, *self.may)


def _telegram(given: Given, ledger: Ledger, follow: Follow | None) -> Messenger:
    from gateways.channels.telegram import Telegram  # noqa: PLC0415 - only where it is on

    base_url = given.get("TELEGRAM_API_BASE_URL")
    return Telegram(given["TELEGRAM_BOT_TOKEN"], base_url, ledger, follow)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        one.name: one
        for one in (
            Kind(
                "telegram", "Telegram", ("TELEGRAM_BOT_TOKEN",), ("TELEGRAM_API_BASE_URL",),
                _telegram,
            ),
        )
    }
)  # fmt: skip
"""The messengers there are."""
