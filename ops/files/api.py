"""A file for the person: fetched by them, as a download that runs nothing.

The tool `files_download` opens nothing by itself: it names an address, and here the same rules are
asked again, of whoever comes with it. So an address is worth no more than the login beside it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import PurePath
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateways.machines.filesystem import Files
from ops.opened import opened
from ops.slice import House
from processors.agent.people import People
from processors.tools.builtin.files import DOWNLOAD, MAX_DOWNLOAD
from processors.tools.registry import Registry
from schemas.errors import Forbidden, Invalid
from web.app import Endpoint
from web.auth import caller
from web.guard import TooLarge
from web.talk import channel_of

TOOL = "files_download"
PIECE = 1 << 18
"""Bytes that are read at once."""
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


class Downloads:
    """The endpoint of the owner's files.

    Args:
        house: what every slice is handed.
    """

    def __init__(self, house: House) -> None:
        self._files: Files = opened(house.settings)
        self._registry = house.runtime.resource(Registry)
        self._people = house.runtime.resource(People)
        self.endpoints: Sequence[Endpoint] = (
            Endpoint(
                "GET",
                DOWNLOAD,
                self.download,
                "chat",
                streams=True,
                query={"path": "the file, as the tool named it"},
                media="application/octet-stream",
            ),
        )

    async def close(self) -> None:
        """There is nothing to let go of."""

    async def download(self, request: Request) -> Response:
        """Fetch a file that is open to the caller, to be saved and not to be run."""
        who, path = caller(request), request.query_params.get("path", "")
        profile = self._people.profile(who.person, "web")
        if not self._registry.permits(TOOL, profile, person=who.person, channel=channel_of(who)):
            raise Forbidden("The files of this server are not open to you.")
        if not path:
            raise Invalid("Say which file: ?path=…")
        shown, size, handle = await asyncio.to_thread(self._files.open, path)
        if size > MAX_DOWNLOAD:
            os.close(handle)
            raise TooLarge(f"A download has {MAX_DOWNLOAD >> 20} MB at most.")
        name = quote(PurePath(shown).name, safe="")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Content-Security-Policy": SANDBOX,
            "Content-Length": str(size),
            "Cache-Control": "no-store",
        }
        return StreamingResponse(
            _pieces(handle, size),
            headers=headers,
            media_type="application/octet-stream",
            background=BackgroundTask(os.close, handle),
        )


async def _pieces(handle: int, size: int) -> AsyncIterator[bytes]:
    """Yield as much as the file had when it was opened; one that shrank breaks off."""
    at = 0
    while at < size:
        piece = await asyncio.to_thread(os.pread, handle, min(PIECE, size - at), at)
        if not piece:
            return
        at += len(piece)
        yield piece
