"""The accounts: becoming the owner, signing in and out, and staying signed in."""

from __future__ import annotations

import asyncio
import secrets as random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import structlog

from ops import codes, database, ownership
from ops.addresses import url
from ops.ring import Ring
from ops.settings import Settings
from ops.slice import Tells
from ops.users import passwords
from ops.users.book import Book
from ops.users.passwords import Hasher, known_as
from ops.users.proof import Proofs
from ops.users.rights import KEY_MARK, ROLE_SCOPES
from ops.users.rows import Login, Person
from ops.users.second import SecondFactor
from ops.users.staying import LOGIN_SECONDS, Staying
from ops.users.tables import TABLES
from ops.users.tokens import Access, Tokens
from ops.users.visit import SignedIn, Visitor, WrongCode, WrongLogin, WrongPassword, called, me_of
from ops.users.watch import Known, Watch
from processors.agent.people import OWNER
from schemas.base import new_id, now_ms
from schemas.errors import Conflict, NotFound
from schemas.notices import Notice
from schemas.people import LoginForm, Me, SetupForm
from web.auth import Caller, Unauthorized
from web.limits import Brakes

log = structlog.get_logger("users")


class Accounts:
    """Everything that happens to accounts while the server runs.

    Args:
        settings: all settings.
        ring: the keys that tokens are signed with.
        notices: where a login with a new browser is told; nobody is told without.
    """

    def __init__(self, settings: Settings, ring: Ring, notices: Tells | None = None) -> None:
        self._notices = notices
        self._state = settings.root
        self._engine = database.connect(database.home(settings))
        self.book = Book(self._engine)
        self.watch = Watch(self.book, self._find)
        self.hasher = Hasher()
        self.brakes = Brakes(url(settings, "live", "web-limits"))
        self.second = SecondFactor(settings.root, self.book)
        self.proofs = Proofs()
        self._tokens = Tokens(ring)
        self._staying = Staying(self.book, self.watch, self._tokens)

    async def open(self) -> None:
        """Bring the tables to this code's version.

        Raises:
            Unmigrated: that is not possible.
        """
        await database.migrate(self._engine, TABLES)

    async def close(self) -> None:
        """Let go of everything."""
        await self.watch.close()
        await self.brakes.close()
        await self._engine.dispose()

    # Who is it? -------------------------------------------------------------------------------

    async def by_cookie(self, token: str) -> tuple[Caller, str]:
        """Return who has this access token, and what their CSRF header must say.

        Raises:
            Unauthorized: nobody, or not any more.
        """
        known = await self._known(self._tokens.read_access(token))
        return known.caller, known.csrf

    async def _known(self, access: Access) -> Known:
        known = await self.watch.known(access.login)
        if known is None or known.caller.person != access.person or not known.csrf:
            raise Unauthorized("This login has ended.")
        return known

    async def _find(self, login: str) -> Known | None:
        if login.startswith(KEY_MARK):
            pair = await self.book.key(login)
            if pair is None:
                return None
            key, whose = pair
            scopes = frozenset(key.scopes) & ROLE_SCOPES[whose.role]
            caller = Caller(whose.id, whose.name, whose.role, "key", scopes, key.id, key.name)
            return Known(caller, expires_at=key.expires_at, digest=key.digest, last_at=key.last_at)
        found = await self.book.login(login)
        if found is None:
            return None
        one, whose = found
        scopes = ROLE_SCOPES[whose.role]
        caller = Caller(whose.id, whose.name, whose.role, "cookie", scopes, one.id)
        return Known(caller, csrf=one.csrf, expires_at=one.expires_at)

    @contextmanager
    def watched(self, login: str) -> Iterator[asyncio.Event]:
        """Return an event that is set once a login or key has ended."""
        with self.watch.watched(login) as event:
            yield event

    # The owner --------------------------------------------------------------------------------

    async def setup_needed(self) -> bool:
        """Whether nobody is the owner yet."""
        return await self.book.owner() is None

    async def set_up(self, form: SetupForm, visitor: Visitor) -> SignedIn:
        """Make somebody the owner, once, with the code that the terminal printed.

        Raises:
            Conflict: there is an owner already.
            WrongCode: the code is not the one.
            Invalid: the password does not do.
            TooMuch: too many tries.
        """
        await self.brakes.attempt("", visitor.address)
        if not await self.setup_needed():
            raise Conflict("This server has an owner already; sign in.")
        if not await asyncio.to_thread(ownership.fits, self._state, form.code):
            log.warning("setup.wrong_code", address=visitor.address)
            raise WrongCode("This is not the code; `nexus setup-code` prints a new one.")
        passwords.check(form.password, form.name)
        owner = Person(OWNER, form.name, "owner", await self.hasher.hash(form.password))
        await self.book.add(owner)
        await asyncio.to_thread(ownership.end, self._state)
        log.info("setup.done", address=visitor.address)
        return await self._begin(owner, visitor)

    # Logins -----------------------------------------------------------------------------------

    async def sign_in(self, form: LoginForm, visitor: Visitor) -> SignedIn:
        """Sign somebody in.

        Raises:
            WrongLogin: name and password do not fit, or not any more.
            TotpNeeded: they do, and a fresh code is needed beside them.
            TooMuch: too many tries.
        """
        person = await self.book.named(form.name)
        device = self._device(visitor, person)
        await self.brakes.attempt(known_as(form.name), visitor.address, device)
        fits, better = await self.hasher.verify(form.password, person.password if person else None)
        if person is None or not fits:
            log.warning("login.wrong", address=visitor.address)
            raise WrongLogin("Name and password do not fit.")
        if person.totp:
            await self.second.check(person, form.totp)
        if better is not None:
            await self.book.rehash(person.id, person.password, better)
            person = replace(person, password=better)
        await self.brakes.forgive(known_as(form.name), device)
        if not device and self._notices is not None:
            await self._notices.publish(_strange(person, visitor))
        return await self._begin(person, visitor)

    def _device(self, visitor: Visitor, person: Person | None) -> str:
        """Return the id of the browser, if this person signed in with it before."""
        try:
            whose, device = self._tokens.read_device(visitor.token) if visitor.token else ("", "")
        except Unauthorized:
            return ""
        return device if person is not None and whose == person.id else ""

    async def _begin(self, person: Person, visitor: Visitor) -> SignedIn:
        login = new_id()
        refresh = self._tokens.refresh(login)
        now = now_ms()
        one = Login(
            id=login,
            person=person.id,
            device=visitor.device,
            address=visitor.address,
            expires_at=now + LOGIN_SECONDS * 1000,
            csrf=random.token_urlsafe(24),
            refresh=codes.digest(refresh),
            rotated_at=now,
        )
        if not await self.book.sign_in(one, person):
            raise WrongLogin("The account was changed at this moment; sign in again.")
        self.proofs.note(login)
        log.info("login.begun", person=person.id, login=login, address=visitor.address)
        device = None if self._device(visitor, person) else self._tokens.device(person.id)
        return replace(self._signed_in(person, one, refresh), device=device)

    def _signed_in(self, person: Person, login: Login, refresh: str | None) -> SignedIn:
        token, access = self._tokens.access(person.id, login.id)
        return SignedIn(me_of(person, login.csrf, access.expires_at), token, refresh)

    async def refresh(self, token: str, address: str) -> SignedIn:
        """Let somebody stay signed in: a new access token, and another refresh token.

        Raises:
            Unauthorized: the token is none that counts; see `Staying.renew`.
        """
        return self._signed_in(*await self._staying.renew(token, address))

    async def sign_out(self, person: str, login: str) -> None:
        """End a login of somebody, and what is under way for it.

        Raises:
            NotFound: they have none of this id.
        """
        if not await self.book.sign_out(person, login):
            raise NotFound("There is no such login.")
        await self.watch.look()

    async def me(self, caller: Caller, token: str) -> Me:
        """Return who is signed in with an access token."""
        access = self._tokens.read_access(token)
        known = await self._known(access)
        person = await self.person_of(caller)
        return me_of(person, known.csrf, access.expires_at)

    async def person_of(self, caller: Caller) -> Person:
        """Return the person behind a request.

        Raises:
            Unauthorized: they were removed meanwhile.
        """
        person = await self.book.person(caller.person)
        if person is None:
            raise Unauthorized("This login has ended.")
        return person

    async def prove(self, caller: Caller, password: str, address: str) -> Person:
        """Return the person behind a request, if this is their password.

        Raises:
            WrongPassword: it is not.
            TooMuch: too many tries.
        """
        person = await self.person_of(caller)
        await self.brakes.attempt(person.id, address, caller.login)
        fits, _ = await self.hasher.verify(password, person.password)
        if not fits:
            raise WrongPassword("This is not your password.")
        return person

    async def step_up(self, caller: Caller, code: str, address: str) -> None:
        """Use up a fresh code of the app of the person behind a request.

        Raises:
            WrongTotp: they have no app, or the code does not fit, or was used.
            TooMuch: too many tries.
        """
        person = await self.person_of(caller)
        await self.brakes.attempt(person.id, address, caller.login)
        await self.second.prove(person, code)

    async def show(self, caller: Caller, proof: str, address: str) -> None:
        """Let somebody show that it is them, which counts for a while for what needs it.

        Args:
            caller: who.
            proof: a fresh code of their app; the password of who has none.
            address: from where.

        Raises:
            WrongTotp, WrongPassword: it does not fit.
            TooMuch: too many tries.
        """
        if (await self.person_of(caller)).totp:
            await self.step_up(caller, proof, address)
        else:
            await self.prove(caller, proof, address)
        self.proofs.note(caller.login)

    async def change_password(self, caller: Caller, old: str, new: str, address: str) -> None:
        """Change somebody's password; all their other logins end.

        Raises:
            WrongPassword: the old one is not theirs.
            Invalid: the new one does not do.
        """
        person = await self.prove(caller, old, address)
        passwords.check(new, person.name)
        await self.book.set_password(person.id, await self.hasher.hash(new), but=caller.login)
        await self.watch.look()
        log.info("password.changed", person=person.id)


def _strange(person: Person, visitor: Visitor) -> Notice:
    """Return what is told of a login with a browser that nobody has seen here before."""
    return Notice(
        source="logins",
        level="warning",
        title="Somebody logged in as you with a new browser",
        says=f"{called(visitor.device) or 'It does not say what it is'}, from {visitor.address}."
        " If it was not you, end that login and change your password.",
        path="/settings/logins",
        person=person.id,
    )
