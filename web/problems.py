"""Errors at the web door: every one a problem document (RFC 9457), none with a traceback."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection
from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected

from schemas.base import new_id
from schemas.errors import Expected, Transient

log = structlog.get_logger("web")

TYPE = "application/problem+json"
POLICY, LATER, BROKEN = 1008, 1013, 1011
"""How a WebSocket says the same: not allowed, try again later, our fault (RFC 6455, 7.4.1)."""


def problem(error: Expected) -> Response:
    """Return an expected error as a problem document.

    Args:
        error: says what is true, and when another try makes sense.
    """
    later = error.retry_after if isinstance(error, Transient) else None
    return _document(error.status, error.code, str(error), retry_after=later)


NOWHERE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Nothing here · LivOS</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<script src="/theme.js"></script>
<link rel="stylesheet" href="/plain.css">
<main>
<img src="/favicon.svg" alt="">
<h1>There is nothing at this address</h1>
<p>The link may be old, or a letter of it is missing. Nothing is lost.</p>
<a href="/">Go home</a>
</main>
</html>
"""
"""Where an address leads nowhere; it reads as well without its style."""


def _reads_pages(request: HTTPConnection) -> bool:
    """Whether a person's browser asks for a page, and not a program for an answer."""
    path, wanted = request.scope["path"], request.headers.get("accept", "")
    return "text/html" in wanted and not path.startswith(("/api/", "/v1/"))


def of_router(request: HTTPConnection, error: Exception) -> Response:
    """Return what the router says, no such path or method, as a problem document.

    A browser that is led to an address that is not there gets a page with the way back.
    """
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.NOT_FOUND and _reads_pages(request):
        return HTMLResponse(NOWHERE, error.status_code)
    codes = {404: "not_found", 405: "wrong_method"}
    said = {404: "There is nothing at this address.", 405: "This address has no such method."}
    found = _document(
        error.status_code,
        codes.get(error.status_code, "refused"),
        said.get(error.status_code, str(error.detail)),
    )
    found.headers.update(error.headers or {})
    return found


def _document(
    status: int, code: str, detail: str, *, retry_after: float | None = None, **more: Any
) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    headers = {}
    if retry_after is not None:
        body["retry_after"] = math.ceil(retry_after)
        headers["Retry-After"] = str(body["retry_after"])
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="nexus"'
    return Response(orjson.dumps(body), status, headers, TYPE)


class Problems:
    """Answers for an endpoint that raised.

    Args:
        app: the endpoint.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Serve one connection; whatever is raised becomes an answer."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
            return
        except Expected as error:
            answer, code = problem(error), LATER if isinstance(error, Transient) else POLICY
        except ClientDisconnected:
            return  # gone before it was answered, as pages are when the server stops
        except (WebSocketDisconnect, HTTPException) as error:
            if isinstance(error, WebSocketDisconnect):
                return
            answer, code = of_router(HTTPConnection(scope), error), POLICY
        except Exception:
            # The one place where a bug of any endpoint ends: in our log, and in nobody's browser.
            trace = new_id()
            log.exception("web.bug", trace=trace, path=scope["path"])
            detail = f"Something is wrong here; the log says more under {trace}."
            answer, code = _document(500, "bug", detail, trace=trace), BROKEN
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": code})
        elif begun:
            # Nothing more can be said: the server closes the connection in the answer's middle.
            log.info("web.cut", path=scope["path"], status=answer.status_code)
        else:
            await answer(scope, receive, send)
