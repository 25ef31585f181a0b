"""Who is known on the messengers, at the web door; for the owner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from ops.slice import House
from schemas.channels import IdentitiesView, IdentityView, PairForm
from schemas.errors import Forbidden, NotFound
from streams.pairing import Pairing
from streams.store import answering
from web.app import Endpoint
from web.auth import Caller, caller
from web.http import answer, nothing, read
from web.talk import identifier

if TYPE_CHECKING:
    from ops.users.service import Accounts

SMALL = 16 << 10
"""Bytes; nothing that is said here is longer."""


class Pairings:
    """Lets strangers be known.

    Args:
        house: what every slice is handed.
        accounts: opens the accounts.
    """

    def __init__(self, house: House, accounts: Callable[[], Awaitable[Accounts]]) -> None:
        self._accounts = accounts
        self._redis = house.runtime.beside("durable", 1)
        path = "/api/people/identities"
        self.endpoints: Sequence[Endpoint] = (
            Endpoint("GET", path, self.known, "admin", gives=IdentitiesView),
            # Whoever is the owner on a messenger decides there: no key can make somebody that.
            Endpoint(
                "POST", "/api/people/pair", self.pair, "login", PairForm, IdentityView, 201, SMALL
            ),
            Endpoint("DELETE", f"{path}/{{channel}}/{{who}}", self.unpair, "login", status=204),
        )

    async def close(self) -> None:
        """Let go of what was opened."""
        await self._redis.aclose()

    async def known(self, _: Request) -> Response:
        """List who is known on which messenger."""
        found = await (await self._accounts()).book.known.all()
        shown = tuple(IdentityView(**asdict(one), person_name=name) for one, name in found)
        return answer(IdentitiesView(identities=shown))

    async def pair(self, request: Request) -> Response:
        """Let somebody be known on a messenger, by the code that they were told there.

        It needs a fresh proof (`/api/auth/proof`), as does making them a stranger again.
        """
        from ops.users.known import Identity  # noqa: PLC0415 - the database library takes memory

        accounts, who = await self._owner_proved(request)
        form, book = await read(request, PairForm), accounts.book
        person = await (book.named(form.person) if form.person else book.person(who.person))
        if person is None:
            raise NotFound("There is nobody of that name.")
        pairing = Pairing(self._redis.execute_command)
        async with answering():
            stranger = await pairing.guess(form.code)
        identity = Identity(stranger.channel, stranger.who, stranger.name, person.id)
        await book.known.add(identity)
        async with answering():
            await pairing.used(form.code, stranger)
        return answer(IdentityView(**asdict(identity), person_name=person.name), 201)

    async def unpair(self, request: Request) -> Response:
        """Let an id on a messenger be a stranger's again, at once."""
        accounts, _ = await self._owner_proved(request)
        channel = identifier(request.path_params["channel"], "A channel's name")
        who = identifier(request.path_params["who"], "An id")
        if not await accounts.book.known.remove(channel, who):
            raise NotFound("Nobody is known by this id there.")
        return nothing()

    async def _owner_proved(self, request: Request) -> tuple[Accounts, Caller]:
        who, accounts = caller(request), await self._accounts()
        if who.role != "owner":
            raise Forbidden("Who is known on the messengers is for the owner to say.")
        accounts.proofs.check(who.login)
        return accounts, who
