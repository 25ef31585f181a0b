"""Who is asking, and what they may."""

from __future__ import annotations

import asyncio
import hmac
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, Protocol

from starlette.requests import HTTPConnection

from schemas.errors import Forbidden, Refused
from schemas.people import Role, Scope
from web.guard import UNSAFE, Foreign, Site, same_origin

Needs = Literal["nothing", "login"] | Scope
"""What an endpoint needs: nothing, a person in a browser, or a scope."""

KEY_HEADER = "x-api-key"
CSRF_HEADER = "x-csrf-token"
TALKS: frozenset[Scope] = frozenset({"chat", "events"})
"""Whoever may do no more than this sees of conversations those that they began themselves."""


class Unauthorized(Refused):
    """Nobody is signed in, or not any more."""

    code = "unauthorized"
    status = 401


class WrongToken(Forbidden):
    """The header that only our own pages can fill in is missing, or of another login."""

    code = "wrong_csrf"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, as the server itself knows it.

    Attributes:
        person: their id; `owner` is the one who runs this server.
        name: what they are called.
        role: the owner, or somebody they invited.
        via: a login in a browser, or a key of a program.
        scopes: what they may do, by the server's own record.
        login: the id of the login or the key: what is revoked.
        key: what the key is called; empty for a login.
    """

    person: str
    name: str
    role: Role
    via: Literal["cookie", "key"]
    scopes: frozenset[Scope]
    login: str
    key: str = ""

    @property
    def within(self) -> str:
        """How the names of the conversations begin that they may see; empty for all of theirs.

        The name says which key began a conversation, so that no place can forget it.
        """
        if self.via == "cookie" or not self.scopes <= TALKS:
            return ""
        return f"talk-{sha256(self.login.encode()).hexdigest()[:16]}-"


def _whom(found: Caller) -> str:
    """Return who lacks a right: of a key its own name, for its person may well have it."""
    return f"the key {found.key} of {found.name}" if found.key else found.name


class Accounts(Protocol):
    """Knows everybody; see ops/users."""

    async def by_cookie(self, token: str) -> tuple[Caller, str]:
        """Return who has this access cookie, and what their CSRF header must say.

        Raises:
            Unauthorized: nobody, or not any more.
        """
        ...

    async def by_key(self, key: str) -> Caller:
        """Return whose key this is.

        Raises:
            Unauthorized: nobody's, or not any more.
        """
        ...

    def watched(self, login: str) -> AbstractContextManager[asyncio.Event]:
        """Return an event for as long as somebody waits for it: set once a login has ended."""
        ...


def access_cookie(site: Site) -> str:
    """Return the name of the cookie with the access token.

    `__Host-` lets a browser take it only from this very host, by HTTPS, for all paths
    (RFC 6265bis).
    """
    return "__Host-nexus" if site.secure else "nexus"


def caller(connection: HTTPConnection) -> Caller:
    """Return who is asking; an endpoint that needs more than nothing always has one.

    Raises:
        Unauthorized: nobody we know.
    """
    found: Caller | None = getattr(connection.state, "caller", None)
    if found is None:
        raise Unauthorized("Sign in first.")
    return found


def owner(connection: HTTPConnection, otherwise: str) -> Caller:
    """Return who is asking, if it is the owner of the server.

    Args:
        connection: by which they ask.
        otherwise: what anybody else is told.

    Raises:
        Unauthorized: nobody we know.
        Forbidden: it is somebody else.
    """
    who = caller(connection)
    if who.role != "owner":
        raise Forbidden(otherwise)
    return who


class Gate:
    """Decides who may use an endpoint.

    Args:
        accounts: knows everybody.
        site: who we are.
    """

    def __init__(self, accounts: Accounts, site: Site) -> None:
        self.accounts = accounts
        self._site = site
        self._cookie = access_cookie(site)

    async def admit(self, connection: HTTPConnection, needs: Needs, *, change: bool) -> Caller:
        """Return who is asking, if they may.

        Args:
            connection: a request or a WebSocket.
            needs: what the endpoint needs.
            change: whether it changes something, or is a WebSocket.

        Raises:
            Unauthorized: nobody we know.
            Forbidden: somebody who may not, or from somewhere else than our own pages.
        """
        ours = same_origin(self._site, connection)
        key = _key(connection)
        if key is not None:
            found = await self.accounts.by_key(key)
        else:
            token = connection.cookies.get(self._cookie)
            if token is None:
                raise Unauthorized("Sign in first.")
            found, csrf = await self.accounts.by_cookie(token)
            if change:
                _from_our_page(connection, ours, csrf)
        if needs == "login" and found.via != "cookie":
            raise Forbidden("A key cannot do this; sign in as a person.")
        if needs not in ("nothing", "login") and needs not in found.scopes:
            raise Forbidden(f"This needs the right `{needs}`, which {_whom(found)} has not.")
        return found


def _key(connection: HTTPConnection) -> str | None:
    given = connection.headers.get(KEY_HEADER)
    if given is not None:
        return given
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _from_our_page(connection: HTTPConnection, ours: bool | None, csrf: str) -> None:
    """A browser sends the cookie whoever asks it to; only our own pages can read the token.

    Raises:
        Foreign: it does not come from one of our pages, as far as anybody can tell.
        WrongToken: it does not carry this login's token.
    """
    if not ours:
        raise Foreign("A change with a login must say its Origin, as every browser does.")
    if connection.scope["type"] == "http" and connection.scope["method"] in UNSAFE:
        said = connection.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(said.encode(), csrf.encode()):
            raise WrongToken("The header X-CSRF-Token is missing or not that of this login.")
