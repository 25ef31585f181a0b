"""What is remembered of a thread, so that an answer stands below what it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass

from gateways.channels.base import Ledger
from gateways.channels.email_send import NAME

KEPT = 12
"""Mails of a thread that an answer names: the first, and the last ones."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as an answer needs it.

    Attributes:
        subject: in one line.
        mails: the `Message-ID`s in it, oldest first.
    """

    subject: str = ""
    mails: tuple[str, ...] = ()


class Memory:
    """The threads of the last days; an older one goes on as a new one.

    Args:
        ledger: keeps them.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def of(self, chat: str) -> Thread:
        """Return what is known of a thread."""
        found = await self._ledger.sent(NAME, f"thread:{chat}")
        if found is None:
            return Thread()
        said = json.loads(found)
        return Thread(str(said["subject"]), tuple(map(str, said["mails"])))

    async def first(self, chat: str, at: int, letter: str) -> bool:
        """Whether a mail is the first that answers what we wrote in a thread at a moment, or later.

        It then is the one from now on; the same mail again still is.

        Args:
            chat: the thread, and whom we wrote to.
            at: when we wrote it, in milliseconds since 1970.
            letter: the id of the mail.
        """
        found = await self._ledger.sent(NAME, f"answered:{chat}")
        if found is not None:
            before, _, by = found.partition(" ")
            if at <= int(before):
                return by == letter
        await self._ledger.note(NAME, f"answered:{chat}", f"{at} {letter}")
        return True

    async def add(self, chat: str, subject: str, mail: str) -> None:
        """Remember one more mail of a thread; one that is there already is not there twice."""
        before = await self.of(chat)
        mails = before.mails
        if mail and mail not in mails:
            mails = (*mails[:1], *mails[1:][-(KEPT - 2) :], mail)
        said = {"subject": before.subject or subject, "mails": mails}
        await self._ledger.note(NAME, f"thread:{chat}", json.dumps(said))
