"""The code beside the password: an authenticator app, and the codes for when it is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from ops import codes
from ops.users import totp
from ops.users.book import Book
from ops.users.rows import Person
from ops.vault import Vault
from schemas.base import now_ms
from schemas.errors import Conflict, Forbidden
from schemas.people import RecoveryCodes, TotpOffer
from web.auth import Unauthorized

log = structlog.get_logger("users")

OFFER_MS = 10 * 60 * 1000
"""How long a secret waits for the first code of the app."""
RECOVERY = 10
"""Codes for when the app is lost."""


class TotpNeeded(Unauthorized):
    """The password fits; a fresh code of the app, or a recovery code, is needed too."""

    code = "totp_needed"


class WrongTotp(Forbidden):
    """The code does not fit, or was used."""

    code = "wrong_totp"


class SecondFactor:
    """Apps and recovery codes of everybody.

    Args:
        state: the state folder; the apps' secrets are in its vault.
        book: the accounts.
    """

    def __init__(self, state: Path, book: Book) -> None:
        self._vault = Vault(state)
        self._book = book
        self._offers: dict[str, tuple[str, int]] = {}

    async def check(self, person: Person, code: str | None) -> None:
        """Use up a code of somebody who needs one.

        Raises:
            TotpNeeded: there is none, it does not fit, or it was used.
        """
        if code is None:
            raise TotpNeeded("A code of your authenticator app is needed too.")
        if not await self._use(person, code):
            raise TotpNeeded("This code does not fit, or was used already.")

    async def prove(self, person: Person, code: str) -> None:
        """Use up a code of somebody who is signed in, for one thing that needs more than that.

        Raises:
            WrongTotp: they have no app, the code does not fit, or it was used.
        """
        if not person.totp:
            raise WrongTotp("Set up an authenticator app first, or use the code of another place.")
        if not await self._use(person, code):
            raise WrongTotp("This code does not fit, or was used already.")

    async def _use(self, person: Person, code: str) -> bool:
        secret = await asyncio.to_thread(self._vault.get, _name(person.id))
        if secret is not None:
            step = totp.step_of(secret.get_secret_value(), code, person.totp_step)
            if step is not None:
                return await self._book.use_step(person.id, step)
        given = codes.code_digest(code)
        if [one for one in person.recovery if codes.same(given, one)]:
            log.warning("recovery.used", person=person.id, left=len(person.recovery) - 1)
            return await self._book.use_recovery(person.id, given)
        return False

    def offer(self, person: Person) -> TotpOffer:
        """Return a fresh secret for somebody's app; nothing changes before `confirm`.

        Raises:
            Conflict: they have an app already.
        """
        if person.totp:
            raise Conflict("An authenticator app is set up already; remove that one first.")
        secret = totp.new_secret()
        self._offers[person.id] = (secret, now_ms() + OFFER_MS)
        address = totp.address(secret, person.name)
        return TotpOffer(secret=secret, uri=address, svg=totp.picture(address))

    async def confirm(self, person: Person, code: str, login: str) -> RecoveryCodes:
        """Ask for a code from now on, for the app shows that it has the secret.

        Args:
            person: who.
            code: of the app.
            login: the one login that stays.

        Raises:
            Conflict: nothing was offered, or too long ago.
            WrongTotp: the code does not fit.
        """
        secret, until = self._offers.get(person.id, ("", 0))
        if person.totp or until < now_ms():
            raise Conflict("Begin anew: ask for a secret first, and confirm within 10 minutes.")
        step = totp.step_of(secret, code, 0)
        if step is None:
            raise WrongTotp("This code does not fit; is the clock of your phone right?")
        # Whoever confirms twice at once gets one set of recovery codes: the one that counts.
        del self._offers[person.id]
        fresh = tuple(codes.new_code() for _ in range(RECOVERY))
        await asyncio.to_thread(self._vault.put, _name(person.id), secret)
        digests = [codes.code_digest(one) for one in fresh]
        await self._book.set_totp(person.id, step, digests, but=login)
        log.info("totp.begun", person=person.id)
        return RecoveryCodes(recovery=fresh)

    async def end(self, person: Person, code: str, login: str) -> None:
        """Ask for no code any more.

        Args:
            person: who.
            code: of the app, or a recovery code.
            login: the one login that stays.

        Raises:
            Conflict: none is asked for.
            WrongTotp: the code does not fit.
        """
        if not person.totp:
            raise Conflict("There is no authenticator app to remove.")
        if not await self._use(person, code):
            raise WrongTotp("This code does not fit, or was used already.")
        await forget(self._book, self._vault, person.id, login)
        log.info("totp.ended", person=person.id)


async def forget(book: Book, vault: Vault, person: str, login: str = "") -> None:
    """Forget somebody's app, without asking for a code.

    Args:
        book: the accounts.
        vault: where the app's secret is.
        person: whose.
        login: the one login that stays; none unless given.
    """
    await book.end_totp(person, but=login)
    if await asyncio.to_thread(vault.get, _name(person)) is not None:
        await asyncio.to_thread(vault.remove, _name(person))


def _name(person: str) -> str:
    return f"totp:{person}"
