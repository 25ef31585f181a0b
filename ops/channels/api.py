"""The messengers at the web door."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from ops import config_file
from ops.channels.kinds import KINDS
from ops.channels.wanted import Wanted, Watched, setting
from ops.channels.watch import Watch
from ops.settings import is_given
from ops.slice import House
from ops.vault import Vault
from schemas.channels import ChannelField, ChannelForm, ChannelsView, ChannelTested, ChannelView
from schemas.errors import Forbidden, Invalid, NotFound, Unavailable
from streams.channels import States
from streams.embedded import socket_folder
from web.app import Endpoint
from web.auth import Caller, caller
from web.http import answer, read

SMALL = 16 << 10
"""Bytes; nothing that is said here is longer."""
TEST_SECONDS = 30.0


class Messengers:
    """How the messengers are, and what they are to be.

    Args:
        house: what every slice is handed.
        proved: makes sure that somebody showed a moment ago that it is them.
    """

    def __init__(self, house: House, proved: Callable[[Caller], Awaitable[None]]) -> None:
        self._proved = proved
        self._root = house.settings.root
        self._redis = house.runtime.beside("durable", 1)
        self._states = States(self._redis.execute_command)
        self._watched = Watched(house.settings)
        sockets = house.settings.streams.sockets or socket_folder(self._root)
        watch = Watch(Watched(house.settings), sockets)
        self._running = asyncio.create_task(watch.run(), name="messengers")
        path = "/api/channels"
        self.endpoints: Sequence[Endpoint] = (
            Endpoint("GET", path, self.all, "read", gives=ChannelsView),
            Endpoint(
                "PUT", f"{path}/{{type}}", self.change, "login", ChannelForm, ChannelView,
                body=SMALL,
            ),
            Endpoint(
                "POST", f"{path}/{{type}}/test", self.test, "login", gives=ChannelTested,
                body=SMALL,
            ),
        )  # fmt: skip

    async def close(self) -> None:
        """Let go of everything."""
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running
        await self._redis.aclose()

    async def all(self, _: Request) -> Response:
        """List the messengers, and how each is."""
        return answer(ChannelsView(channels=tuple([await self._view(name) for name in KINDS])))

    async def change(self, request: Request) -> Response:
        """Turn a messenger on or off, or give it another token; within two seconds it is so.

        It needs a fresh proof (`/api/auth/proof`): people decide where its messages come from.
        """
        await self._proved(_owner(request))
        name, form = _kind(request), await read(request, ChannelForm)
        if form.token is not None:
            await self._put(KINDS[name].needs[0], form.token.get_secret_value())
        for field, value in form.fields.items():
            if field not in KINDS[name].fields:
                raise Invalid(f"{name} has no field {field[:80]}.")
            await self._put(field, value.get_secret_value())
        if form.enabled is not None:
            said = str(form.enabled).lower()
            await asyncio.to_thread(config_file.put, self._root, f"channels.{name}.enabled", said)
        return answer(await self._view(name))

    async def _put(self, field: str, value: str) -> None:
        one = setting(field)
        if one.secret:
            await asyncio.to_thread(Vault(self._root).put, field, value)
        else:
            await asyncio.to_thread(config_file.put, self._root, one.name, value)

    async def test(self, request: Request) -> Response:
        """Ask a messenger's server who we are; a process of its own does, and goes."""
        _owner(request)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "ops.channels"),
            *(f"--root={self._root}", f"--test={_kind(request)}"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(TEST_SECONDS):
                said, wrong = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise Unavailable("The test took too long.") from None
        if process.returncode != 0:
            raise Invalid(wrong.decode(errors="replace").strip()[-300:] or "The test failed.")
        return answer(ChannelTested.model_validate(json.loads(said)))

    async def _view(self, name: str) -> ChannelView:
        wish, state = self._watched.now().get(name), await self._states.of(name)
        return ChannelView(
            type=name,
            enabled=wish is not None and wish.enabled,
            configured=wish is not None and not wish.missing,
            label=KINDS[name].label,
            fields=_fields(name, wish),
            **state.model_dump(),
        )


def _fields(name: str, wish: Wanted | None) -> tuple[ChannelField, ...]:
    kind, given = KINDS[name], wish.given if wish else {}
    return tuple(
        ChannelField(
            name=field,
            help=one.field.description or "",
            secret=one.secret,
            needed=field in kind.needs,
            given=field in given,
            fixed=is_given(one),
            value="" if one.secret else given.get(field, ""),
        )
        for field in kind.fields
        for one in (setting(field),)
    )


def _owner(request: Request) -> Caller:
    who = caller(request)
    if who.role != "owner":
        raise Forbidden("The messengers of the server are the owner's.")
    return who


def _kind(request: Request) -> str:
    name = str(request.path_params["type"])
    if name not in KINDS:
        raise NotFound(f"There is no such channel; there are: {', '.join(KINDS)}.")
    return name
