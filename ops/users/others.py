"""The people of this server at the web door: the owner lets them in, and out again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from ops.users.rows import Person
from schemas.base import new_id
from schemas.errors import Conflict, Forbidden, NotFound
from schemas.people import FreshPassword, Invitation, PeopleShown, PersonShown
from web.app import Endpoint
from web.auth import Caller, caller
from web.http import answer, nothing, read

if TYPE_CHECKING:
    from ops.users.service import Accounts

SMALL = 16 << 10
MOST = 100
"""People beside the owner: this is a home."""


class Others:
    """The endpoints of people.

    Args:
        accounts: opens the accounts.
    """

    def __init__(self, accounts: Callable[[], Awaitable[Accounts]]) -> None:
        self._accounts = accounts
        one = partial(Endpoint, body=SMALL)
        of = "/api/people/{id}"
        self.endpoints: Sequence[Endpoint] = (
            one("GET", "/api/people", self.everybody, "login", gives=PeopleShown),
            one("POST", "/api/people", self.invite, "login", Invitation, PersonShown, 201),
            one("POST", f"{of}/password", self.password, "login", FreshPassword, status=204),
            one("DELETE", of, self.remove, "login", status=204),
        )

    async def everybody(self, request: Request) -> Response:
        """List who may sign in, the owner first."""
        _owner(request)
        book = (await self._accounts()).book
        found = [await self._shown(one) for one in await book.everybody()]
        return answer(PeopleShown(people=tuple(found)))

    async def invite(self, request: Request) -> Response:
        """Let somebody sign in who may ask, and see what is theirs."""
        from ops.users import passwords  # noqa: PLC0415 - loaded with the accounts

        accounts, _ = await self._proved(request)
        form = await read(request, Invitation)
        passwords.check(form.password, form.name)
        if len(await accounts.book.everybody()) > MOST:
            raise Conflict(f"There are {MOST} people already; remove one first.")
        kept = await accounts.hasher.hash(form.password)
        person = Person(new_id(), form.name, "member", kept)
        await accounts.book.add(person)
        return answer(await self._shown(person), 201)

    async def password(self, request: Request) -> Response:
        """Give somebody a new password; all their logins end now."""
        from ops.users import passwords  # noqa: PLC0415

        accounts, _ = await self._proved(request)
        form = await read(request, FreshPassword)
        person = await self._member(request, accounts)
        passwords.check(form.password, person.name)
        await accounts.book.set_password(person.id, await accounts.hasher.hash(form.password))
        await accounts.watch.look()
        return nothing()

    async def remove(self, request: Request) -> Response:
        """Let somebody sign in no more; their logins and keys end now."""
        accounts, _ = await self._proved(request)
        person = await self._member(request, accounts)
        await accounts.book.remove(person.id)
        await accounts.watch.look()
        return nothing()

    async def _member(self, request: Request, accounts: Accounts) -> Person:
        person = await accounts.book.person(request.path_params["id"])
        if person is None:
            raise NotFound("There is nobody of this id.")
        if person.role == "owner":
            raise Conflict("The owner stays, and changes their own password.")
        return person

    async def _proved(self, request: Request) -> tuple[Accounts, Caller]:
        who, accounts = _owner(request), await self._accounts()
        accounts.proofs.check(who.login)
        return accounts, who

    async def _shown(self, person: Person) -> PersonShown:
        book = (await self._accounts()).book
        logins = await book.logins(person.id)
        return PersonShown(
            id=person.id,
            name=person.name,
            role=person.role,
            totp=person.totp,
            at=person.at,
            logins=len(logins),
            keys=len(await book.keys(person.id)),
            last_at=max((one.last_at for one in logins), default=None),
        )


def _owner(request: Request) -> Caller:
    who = caller(request)
    if who.role != "owner":
        raise Forbidden("The people of this server are for the owner to see.")
    return who
