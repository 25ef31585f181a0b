"""Files at the web door: sent in as a form, fetched as a download that runs nothing."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from ops.conversations.late import LARGEST, OpenAll
from schemas.chat import Attachment
from web.app import Endpoint
from web.auth import caller
from web.http import answer
from web.multipart import Form

AROUND = 64 << 10
"""Bytes that a form may have around its file."""
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


class Files:
    """The endpoints of files.

    Args:
        shelves: keep them.
    """

    def __init__(self, shelves: OpenAll) -> None:
        self._shelves = shelves
        path, most = "/api/attachments", LARGEST + AROUND
        self.endpoints = (
            Endpoint(
                "POST",
                path,
                self.send,
                "chat",
                gives=Attachment,
                status=201,
                body=most,
                form="file",
            ),
            Endpoint("GET", f"{path}/{{id}}", self.fetch, "chat", media="*/*"),
        )

    async def send(self, request: Request) -> Response:
        """Send a file in, as the part `file` of a form; its id goes with a message then.

        What it is, its bytes say. Pictures (PNG, JPEG, WebP, GIF) and text go to the model;
        anything else is only kept.
        """
        form = Form(request, "file")
        name = await form.open()
        kept = await (await self._shelves()).uploads.keep(
            caller(request).person, name, form.pieces()
        )
        return answer(kept, 201)

    async def fetch(self, request: Request) -> Response:
        """Fetch a file again, to be saved and not to be run."""
        (found,) = await (await self._shelves()).uploads.of(
            caller(request).person, (request.path_params["id"],)
        )
        path = (await self._shelves()).uploads.path(found.id)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "Content-Security-Policy": SANDBOX,
            "Cache-Control": "private, max-age=31536000, immutable",
        }
        return FileResponse(path, headers=headers, media_type=found.type)
