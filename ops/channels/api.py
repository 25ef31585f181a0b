"""The messengers at the web door."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from ops.channels import fields
from ops.channels.kinds import KINDS
from ops.channels.telling import tell
from ops.channels.wanted import Watched
from ops.channels.watch import Watch
from ops.slice import Announces, House, Proves
from ops.vault import Vault
from schemas.channels import ChannelForm, ChannelsView, ChannelTested, ChannelView
from schemas.errors import Invalid, NotFound, Unavailable
from streams.channels import States
from streams.embedded import socket_folder
from web.app import Endpoint
from web.auth import caller, owner
from web.http import answer, read

OURS = "The messengers of the server are the owner's."
SMALL = 16 << 10
"""Bytes; nothing that is said here is longer."""
TEST_SECONDS = 30.0


class Messengers:
    """How the messengers are, and what they are to be.

    Args:
        house: what every slice is handed.
        proved: makes sure that somebody showed a moment ago that it is them.
        announce: lets everybody hear of a change.
    """

    def __init__(self, house: House, proved: Proves, announce: Announces) -> None:
        self._proved, self._announce = proved, announce
        self._root = house.settings.root
        self._vault = Vault(self._root)
        self._url = house.site.url
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

    async def all(self, request: Request) -> Response:
        """List the messengers, and how each is; to the owner, what each can be given too."""
        who = caller(request)
        own = who.role == "owner" and who.via == "cookie"
        return answer(ChannelsView(channels=tuple([await self._view(one, own) for one in KINDS])))

    async def change(self, request: Request) -> Response:
        """Turn a messenger on or off, or tell it something else; within two seconds it is so.

        It needs a fresh proof (`/api/auth/proof`): people decide where its messages come from.
        """
        who = owner(request, OURS)
        await self._proved(who)
        name, form = _kind(request), await read(request, ChannelForm)
        await asyncio.to_thread(tell, self._root, KINDS[name], form)
        told = sorted((*form.fields, *(("token",) if form.token else ())))
        about = {"channel": name, "enabled": form.enabled, "fields": told}
        await self._announce("channel.changed", about, who)
        return answer(await self._view(name))

    async def test(self, request: Request) -> Response:
        """Ask a messenger's server who we are; a process of its own does, and goes."""
        owner(request, OURS)
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

    async def _view(self, name: str, own: bool = True) -> ChannelView:
        wish, state = self._watched.now().get(name), await self._states.of(name)
        kind = KINDS[name]
        about, begin = fields.described(kind, self._url)
        if wish is not None and wish.closed:
            state = state.model_copy(update={"why": wish.closed})
        return ChannelView(
            type=name,
            enabled=wish is not None and wish.enabled,
            configured=wish is not None and not wish.missing and not wish.closed,
            label=kind.label,
            about=about,
            begin=begin,
            fields=await asyncio.to_thread(fields.shown, kind, wish, self._vault) if own else (),
            **state.model_dump(),
        )


def _kind(request: Request) -> str:
    name = str(request.path_params["type"])
    if name not in KINDS:
        raise NotFound(f"There is no such channel; there are: {', '.join(KINDS)}.")
    return name
