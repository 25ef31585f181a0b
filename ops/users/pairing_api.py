"""Who is known on the messengers, at the web door; for the owner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from ops.slice import Announces, House
from schemas.channels import IdentitiesView, IdentityView, PairForm, PairingsView, PairingView
from schemas.errors import Conflict, Forbidden, NotFound
from streams.pairing import LIFE_SECONDS, Pairing
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
        announce: lets everybody hear of a change.
    """

    def __init__(
        self,
        house: House,
        accounts: Callable[[], Awaitable[Accounts]],
        announce: Announces,
    ) -> None:
        self._accounts, self._announce = accounts, announce
        self._redis = house.runtime.beside("durable", 1)
        self._pairing = Pairing(self._redis.execute_command)
        path, waiting = "/api/people/identities", "/api/people/pairings"
        self.endpoints: Sequence[Endpoint] = (
            Endpoint("GET", path, self.known, "admin", gives=IdentitiesView),
            # Whoever is the owner on a messenger decides there: no key can make somebody that.
            Endpoint(
                "POST", "/api/people/pair", self.pair, "login", PairForm, IdentityView, 201, SMALL
            ),
            Endpoint("DELETE", f"{path}/{{channel}}/{{who}}", self.unpair, "login", status=204),
            Endpoint("GET", waiting, self.waiting, "login", gives=PairingsView),
            Endpoint("DELETE", f"{waiting}/{{code}}", self.refuse, "login", status=204),
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
        async with answering():
            stranger = await self._pairing.guess(form.code)
        # Codes are written by the messengers' process: what counts is what the owner was shown.
        if (form.channel or stranger.channel, form.who or stranger.who) != (
            stranger.channel, stranger.who,
        ):  # fmt: skip
            raise Conflict("This code is somebody else's by now; look again who it is.")
        identity = Identity(stranger.channel, stranger.who, stranger.name, person.id)
        await book.known.add(identity)
        async with answering():
            await self._pairing.used(form.code, stranger)
        about = {"channel": identity.channel, "who": identity.who, "person": person.id}
        await self._announce("identity.added", about, who)
        return answer(IdentityView(**asdict(identity), person_name=person.name), 201)

    async def unpair(self, request: Request) -> Response:
        """Let an id on a messenger be a stranger's again, at once."""
        accounts, owner = await self._owner_proved(request)
        channel = identifier(request.path_params["channel"], "A channel's name")
        who = identifier(request.path_params["who"], "An id")
        if not await accounts.book.known.remove(channel, who):
            raise NotFound("Nobody is known by this id there.")
        await self._announce("identity.removed", {"channel": channel, "who": who}, owner)
        return nothing()

    async def waiting(self, request: Request) -> Response:
        """List who asks to be known, with the codes that they were told."""
        _owner(request)
        async with answering():
            found = await self._pairing.waiting()
        shown = tuple(
            PairingView(**asdict(one), code=code, expires_at=one.at + LIFE_SECONDS * 1000)
            for code, one in found
        )
        return answer(PairingsView(pairings=shown))

    async def refuse(self, request: Request) -> Response:
        """Let somebody's code count no more; they hear nothing for a day."""
        _owner(request)
        code = identifier(request.path_params["code"], "A code")
        async with answering():
            await self._pairing.refuse(code)
        return nothing()

    async def _owner_proved(self, request: Request) -> tuple[Accounts, Caller]:
        who, accounts = _owner(request), await self._accounts()
        accounts.proofs.check(who.login)
        return accounts, who


def _owner(request: Request) -> Caller:
    who = caller(request)
    if who.role != "owner":
        raise Forbidden("Who is known on the messengers is for the owner to say.")
    return who
