"""The accounts at the web door."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from ops.ring import Ring
from ops.slice import House, Tells
from ops.users.cookies import Cookies
from ops.users.others import Others
from ops.users.visit import SignedIn, Visitor, called
from schemas.people import (
    KeyForm,
    KeyMade,
    KeysShown,
    LoginForm,
    LoginShown,
    LoginsShown,
    Me,
    PasswordForm,
    ProofForm,
    RecoveryCodes,
    SetupForm,
    SetupState,
    TotpEnd,
    TotpForm,
    TotpOffer,
    TotpProof,
)
from web.app import Endpoint
from web.auth import Caller, Unauthorized, caller
from web.guard import Foreign, same_origin
from web.http import answer, nothing, read

if TYPE_CHECKING:
    from ops.users.programs import Programs
    from ops.users.service import Accounts

SMALL = 16 << 10
"""Bytes; nothing that is said about accounts is longer."""
LONGEST_DEVICE = 200
CONFIRM = "/api/auth/totp/confirm"


class Users:
    """People, their logins and their keys, at the web door.

    What this needs is loaded when it is first asked for: passwords, tokens and the database take
    memory, and a server that nobody opened in a browser need not have them.

    Args:
        house: what every slice is handed.
        notices: where a login with a new browser is told.

    Raises:
        Unsafe: a signing key can be read by others, or is too short to be one.
    """

    def __init__(self, house: House, notices: Tells) -> None:
        self._notices = notices
        self._settings, self._site = house.settings, house.site
        self._ring = Ring(house.settings.root)
        self._cookies = Cookies(house.site)
        self._opened: tuple[Accounts, Programs] | None = None
        self._opening = asyncio.Lock()

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """What it adds to the web door."""
        one = partial(Endpoint, body=SMALL)
        return (
            one("GET", "/api/setup", self.setup_needed, "nothing", gives=SetupState),
            one("POST", "/api/setup", self.set_up, "nothing", SetupForm, Me, 201),
            one("POST", "/api/auth/login", self.sign_in, "nothing", LoginForm, Me),
            one("POST", "/api/auth/refresh", self.refresh, "nothing", gives=Me),
            one("POST", "/api/auth/logout", self.sign_out, "login", status=204),
            one("GET", "/api/auth/me", self.me, "login", gives=Me),
            one("POST", "/api/auth/password", self.password, "login", PasswordForm, status=204),
            one("POST", "/api/auth/proof", self.show, "login", ProofForm, status=204),
            one("POST", "/api/auth/totp", self.totp, "login", TotpForm, TotpOffer),
            one("POST", CONFIRM, self.confirm_totp, "login", TotpProof, RecoveryCodes),
            one("DELETE", "/api/auth/totp", self.end_totp, "login", TotpEnd, status=204),
            one("GET", "/api/auth/logins", self.logins, "login", gives=LoginsShown),
            one("DELETE", "/api/auth/logins/{id}", self.end_login, "login", status=204),
            one("GET", "/api/keys", self.keys, "login", gives=KeysShown),
            one("POST", "/api/keys", self.make_key, "login", KeyForm, KeyMade, 201),
            one("DELETE", "/api/keys/{id}", self.revoke, "login", status=204),
            *Others(self.accounts).endpoints,
        )

    async def _open(self) -> tuple[Accounts, Programs]:
        async with self._opening:
            if self._opened is None:
                # In a thread, for meanwhile the pipeline works on.
                await asyncio.to_thread(importlib.import_module, "ops.users.programs")
                from ops.users.programs import Programs  # noqa: PLC0415
                from ops.users.service import Accounts  # noqa: PLC0415

                accounts = Accounts(self._settings, self._ring, self._notices)
                await accounts.open()
                self._opened = accounts, Programs(accounts)
            return self._opened

    async def accounts(self) -> Accounts:
        """Return the accounts, opened now if need be."""
        return (self._opened or await self._open())[0]

    async def _programs(self) -> Programs:
        return (self._opened or await self._open())[1]

    async def close(self) -> None:
        """Let go of what was opened."""
        if self._opened is not None:
            await self._opened[0].close()

    # For the door ---------------------------------------------------------------------------

    async def by_cookie(self, token: str) -> tuple[Caller, str]:
        """Return who has this access cookie, and what their CSRF header must say."""
        return await (await self.accounts()).by_cookie(token)

    async def by_key(self, key: str) -> Caller:
        """Return whose key this is."""
        return await (await self._programs()).by_key(key)

    @contextmanager
    def watched(self, login: str) -> Iterator[asyncio.Event]:
        """Return an event that is set once a login or key has ended."""
        if self._opened is None:
            raise Unauthorized("Sign in first.")
        with self._opened[0].watch.watched(login) as event:
            yield event

    def login_of(self, request: Request) -> str:
        """Return the token of the login that a request came with, or ''."""
        return self._cookies.access(request)

    async def step_up(self, who: Caller, code: str, address: str) -> None:
        """Use up a fresh code of somebody's authenticator app.

        Raises:
            Forbidden: they have no app, or the code does not fit, or was used.
            TooMuch: too many tries.
        """
        await (await self.accounts()).step_up(who, code, address)

    async def proved(self, who: Caller) -> None:
        """Make sure that somebody showed a moment ago that it is them.

        Raises:
            ProofNeeded: they did not.
        """
        (await self.accounts()).proofs.check(who.login)

    # Becoming the owner, signing in and out -------------------------------------------------

    async def setup_needed(self, _: Request) -> Response:
        """Say whether nobody is the owner yet."""
        return answer(SetupState(needed=await (await self.accounts()).setup_needed()))

    async def is_set_up(self, request: Request) -> bool:
        """Whether whoever comes with an old link of the setup must sign in instead."""
        if self._cookies.known(request):
            return False
        return not await (await self.accounts()).setup_needed()

    async def set_up(self, request: Request) -> Response:
        """Become the owner, with the code that the terminal printed; signed in at once."""
        form = await read(request, SetupForm)
        return self._signed_in(
            await (await self.accounts()).set_up(form, self._visitor(request)), 201
        )

    async def sign_in(self, request: Request) -> Response:
        """Sign in."""
        form = await read(request, LoginForm)
        return self._signed_in(await (await self.accounts()).sign_in(form, self._visitor(request)))

    async def refresh(self, request: Request) -> Response:
        """Stay signed in: another access cookie, and another refresh cookie."""
        if not same_origin(self._site, request):
            raise Foreign("A change with a login must say its Origin, as every browser does.")
        token = self._cookies.refresh(request)
        if not token:
            raise Unauthorized("Sign in first.")
        address = self._site.client(request)
        return self._signed_in(await (await self.accounts()).refresh(token, address))

    async def sign_out(self, request: Request) -> Response:
        """Sign out; what is under way for this login ends."""
        who = caller(request)
        await (await self.accounts()).sign_out(who.person, who.login)
        response = nothing()
        self._cookies.clear(response)
        return response

    async def me(self, request: Request) -> Response:
        """Say who is signed in."""
        accounts = await self.accounts()
        return answer(await accounts.me(caller(request), self._cookies.access(request)))

    async def password(self, request: Request) -> Response:
        """Change the password; all other logins end."""
        form = await read(request, PasswordForm)
        accounts = await self.accounts()
        address = self._site.client(request)
        await accounts.change_password(caller(request), form.old, form.new, address)
        return nothing()

    async def show(self, request: Request) -> Response:
        """Show again that it is you, by a code of the app, or the password where there is none.

        What changes the server asks for it; it counts for five minutes, for this login.
        """
        form = await read(request, ProofForm)
        address = self._site.client(request)
        await (await self.accounts()).show(caller(request), form.proof, address)
        return nothing()

    # The authenticator app ------------------------------------------------------------------

    async def totp(self, request: Request) -> Response:
        """Get a secret for an authenticator app; nothing changes before it is confirmed."""
        form = await read(request, TotpForm)
        accounts = await self.accounts()
        person = await accounts.prove(caller(request), form.password, self._site.client(request))
        return answer(await asyncio.to_thread(accounts.second.offer, person))

    async def confirm_totp(self, request: Request) -> Response:
        """Ask for a code at every sign-in from now on; all other logins end."""
        form = await read(request, TotpProof)
        accounts, who = await self.accounts(), caller(request)
        await accounts.brakes.attempt(who.person, self._site.client(request), who.login)
        person = await accounts.person_of(who)
        found = await accounts.second.confirm(person, form.code, who.login)
        await accounts.watch.look()
        return answer(found)

    async def end_totp(self, request: Request) -> Response:
        """Ask for no code any more; all other logins end."""
        form = await read(request, TotpEnd)
        accounts, who = await self.accounts(), caller(request)
        person = await accounts.prove(who, form.password, self._site.client(request))
        await accounts.second.end(person, form.code, who.login)
        await accounts.watch.look()
        return nothing()

    # Logins and keys ------------------------------------------------------------------------

    async def logins(self, request: Request) -> Response:
        """List where one is signed in."""
        who = caller(request)
        found = await (await self.accounts()).book.logins(who.person)
        shown = tuple(
            LoginShown(
                id=one.id,
                name=called(one.device),
                device=one.device,
                address=one.address,
                at=one.at,
                last_at=one.last_at,
                current=one.id == who.login,
            )
            for one in found
        )
        return answer(LoginsShown(logins=shown))

    async def end_login(self, request: Request) -> Response:
        """Sign out somewhere else."""
        await (await self.accounts()).sign_out(caller(request).person, request.path_params["id"])
        return nothing()

    async def keys(self, request: Request) -> Response:
        """List one's keys."""
        return answer(KeysShown(keys=await (await self._programs()).shown(caller(request).person)))

    async def make_key(self, request: Request) -> Response:
        """Make a key for a program, with a fresh proof; it is shown this one time."""
        who = caller(request)
        await self.proved(who)
        form = await read(request, KeyForm)
        return answer(await (await self._programs()).make(who.person, who.role, form), 201)

    async def revoke(self, request: Request) -> Response:
        """End a key; what is under way with it ends."""
        programs = await self._programs()
        await programs.revoke(request.path_params["id"], caller(request).person)
        return nothing()

    def _visitor(self, request: Request) -> Visitor:
        said = request.headers.get("user-agent", "")[:LONGEST_DEVICE]
        device = "".join(one if one.isprintable() else "?" for one in said)
        return Visitor(self._site.client(request), device, self._cookies.device(request))

    def _signed_in(self, signed_in: SignedIn, status: int = 200) -> Response:
        response = answer(signed_in.me, status)
        self._cookies.set(response, signed_in)
        return response
