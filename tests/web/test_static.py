"""The page's files: found by name alone, kept as long as they may be, packed for who takes that."""

from __future__ import annotations

import gzip
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, request_response

from web.problems import Problems
from web.static import Page, encodings

Handler = Callable[[Request], Awaitable[Response]]
INDEX = "<!doctype html><title>page</title>"
SCRIPT = "console.log('a script that is worth packing')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "static"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(INDEX)
    (built / "assets/index-abc.js").write_text(SCRIPT)
    (built / "assets/index-abc.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (built / "assets/notes.txt").write_text("of a kind that is not served")
    (built / ".stamp").write_text("nobody's business")
    (tmp_path / "secret.js").write_text("outside")
    return built


def browser(folder: Path) -> httpx.AsyncClient:
    """A client of the page's endpoints, with nothing in front of them but the words for errors."""
    routes = [
        Route(each.path, Problems(request_response(cast(Handler, each.call))))
        for each in Page(folder).endpoints()
    ]
    transport = httpx.ASGITransport(Starlette(routes=routes))
    return httpx.AsyncClient(transport=transport, base_url="http://home")


async def get(folder: Path, path: str, **headers: str) -> httpx.Response:
    async with browser(folder) as client:
        return await client.get(path, headers={"accept-encoding": "identity", **headers})


@pytest.mark.parametrize("path", ["/", "/login", "/setup", "/chat/web-123"])
async def test_the_page_is_at_the_addresses_it_knows(folder: Path, path: str) -> None:
    found = await get(folder, path)
    assert (found.status_code, found.text) == (200, INDEX)
    assert found.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/other",
        "/chat/a/b",
        "/assets/none.js",
        "/assets/notes.txt",
        "/assets/..%2findex.html",
        "/assets/..%2f..%2fsecret.js",
        "/.stamp",
        "/assets/",
    ],
)
async def test_nothing_else_is_there(folder: Path, path: str) -> None:
    assert (await get(folder, path)).status_code == 404


async def test_what_has_its_hash_in_its_name_is_kept_for_ever(folder: Path) -> None:
    found = await get(folder, "/assets/index-abc.js")
    assert found.text == SCRIPT
    assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert found.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_it_is_packed_for_who_takes_that(folder: Path) -> None:
    found = await get(folder, "/assets/index-abc.js", **{"accept-encoding": "br, gzip"})
    assert found.headers["content-encoding"] == "gzip"
    assert found.headers["vary"] == "Accept-Encoding"
    assert found.text == SCRIPT
    plain = await get(folder, "/assets/index-abc.js", **{"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers


async def test_what_the_browser_has_is_not_sent_again(folder: Path) -> None:
    first = await get(folder, "/")
    again = await get(folder, "/", **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    found = await get(tmp_path, "/")
    assert found.status_code == 503
    assert "./install.sh" in found.text


async def test_a_page_that_is_built_anew_is_seen(folder: Path) -> None:
    async with browser(folder) as client:
        assert (await client.get("/assets/index-new.js")).status_code == 404
        (folder / "assets/index-new.js").write_text("new")
        os.utime(folder / "index.html", ns=(1, 1))
        assert (await client.get("/assets/index-new.js")).text == "new"


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip, br", {"gzip", "br"}),
        ("gzip;q=0, br;q=0.5", {"br"}),
        ("GZIP", {"gzip"}),
        ("", {""}),
    ],
)
def test_what_a_browser_takes(header: str, taken: set[str]) -> None:
    assert encodings(header) == taken
