"""Fetching, against real servers on loopback: what comes back, and what is never connected to."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateways.internet.address import Allowed
from gateways.internet.fetch import REDIRECTS, Fetcher
from gateways.internet.page import text_of
from schemas.errors import Expected, Forbidden, Invalid, NotFound, Refused, Transient
from tests.gateways.internet.server import Site, site


def fetcher(
    *sites: Site, hosts: tuple[str, ...] = ("tea.example",), seconds: float = 10
) -> Fetcher:
    """A fetcher for which every name means loopback, and some of them are allowed to."""

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return ("127.0.0.1",)

    return Fetcher(Allowed(hosts, tuple(one.port for one in sites), resolve), seconds)


async def test_a_page_is_read_as_a_person_would() -> None:
    async with site() as here:
        found = await fetcher(here).fetch(f"http://tea.example:{here.port}/", 10_000)
        title, text = text_of(found)
    assert title == "Tea & cake"
    assert "# Tea" in text
    assert "[more](https://example.org/more)" in text
    for hidden in ("EVIL", "MENU", "FOOT", "javascript", "track.png"):
        assert hidden not in text
    assert f"Host: tea.example:{here.port}\r\n".lower() in here.heads[0].lower()


async def test_a_redirect_is_followed_and_checked_like_the_first() -> None:
    async with site() as here, site() as there:
        here.moves("/a", "/b?x=1")
        here.moves("/b?x=1", f"http://tea.example:{here.port}/", "308 Permanent Redirect")
        fetch = fetcher(here, there, hosts=("tea.example",))
        assert (await fetch.fetch(f"http://tea.example:{here.port}/a", 10_000)).url.endswith("/")
        for number, to in enumerate((
            f"http://127.0.0.1:{there.port}/", f"http://localhost:{there.port}/",
            f"http://[::ffff:127.0.0.1]:{there.port}/", f"//evil.example:{there.port}/",
            f"http://evil.example:{there.port}/", "file:///etc/passwd", "http://tea.example:22/",
            f"http://user@tea.example:{there.port}/", "gopher://x/",
        )):  # fmt: skip
            here.moves(f"/{number}", to)
            with pytest.raises((Forbidden, Invalid)):
                await fetch.fetch(f"http://tea.example:{here.port}/{number}", 10_000)
    assert there.asked == []


async def test_what_is_told_one_server_is_not_told_the_next() -> None:
    async with site() as here, site() as there:
        here.moves("/", f"http://cake.example:{there.port}/")
        fetch = fetcher(here, there, hosts=("tea.example", "cake.example"))
        await fetch.fetch(f"http://tea.example:{here.port}/", 10_000, headers={"X-Key": "TWEET"})
    assert "TWEET" in here.heads[0]
    assert "TWEET" not in there.heads[0]


async def test_a_name_is_asked_for_once_and_then_counts() -> None:
    """It may mean another machine a moment later; what was checked is what is connected to."""
    answers = iter([("127.0.0.1",), ("10.0.0.1",)])
    asked: list[str] = []

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        return next(answers)

    async with site() as here:
        fetch = Fetcher(Allowed(("tea.example",), (here.port,), resolve))
        await fetch.fetch(f"http://tea.example:{here.port}/", 10_000)
    assert asked == ["tea.example"]


@pytest.mark.parametrize(
    ("path", "error", "says"),
    [
        ("/none", NotFound, "nothing at"),
        ("/endless", Refused, "more than 0.1 MB"),
        ("/bomb", Refused, "more than 0.1 MB"),
        ("/torn", Refused, "cannot be unpacked"),
        ("/short", Refused, "ends too early"),
        ("/brotli", Refused, "not asked for"),
        ("/hang", Transient, "did not finish within"),
        ("/drip", Transient, "did not finish within"),
        ("/loop", Refused, f"more than {REDIRECTS} times"),
        ("/busy", Transient, "HTTP 503"),
        ("/secret", Forbidden, "HTTP 403"),
        ("/odd", Refused, "HTTP 418"),
        ("/nonsense", Transient, "does not answer"),
    ],
)
async def test_a_bad_answer_is_an_error_with_words(
    path: str, error: type[Expected], says: str
) -> None:
    async with site() as here:
        here.moves("/loop", "/loop")
        here.says("/busy", status="503 Busy")
        here.says("/secret", status="403 No")
        here.says("/odd", status="418 Teapot")
        here.answers["/nonsense"] = b"\x00\x01\x02\r\n\r\n"
        began = time.monotonic()
        with pytest.raises(error, match=says):
            await fetcher(here, seconds=1).fetch(f"http://tea.example:{here.port}{path}", 100_000)
        assert time.monotonic() - began < 20


async def test_nobody_there_is_said() -> None:
    async with site() as here:
        port = here.port
    with pytest.raises(Transient, match="does not answer"):
        await fetcher(here).fetch(f"http://tea.example:{port}/", 10)


async def test_packed_text_and_what_is_no_text() -> None:
    async with site() as here:
        here.says("/image", b"\x89PNG\x00", kind="image/png")
        here.says("/plain", b"\xe9t\xe9", kind="text/plain; charset=latin-1")
        here.says("/wrong", b"tea", kind="text/plain; charset=nonsense")
        here.says("/deep", b"<div>" * 50_000 + b"tea")
        fetch, base = fetcher(here), f"http://tea.example:{here.port}"
        assert text_of(await fetch.fetch(f"{base}/packed", 100)) == ("", "tea")
        assert text_of(await fetch.fetch(f"{base}/plain", 100)) == ("", "été")
        assert text_of(await fetch.fetch(f"{base}/wrong", 100)) == ("", "tea")
        image = await fetch.fetch(f"{base}/image", 100)
        with pytest.raises(Invalid, match="not text but image/png"):
            text_of(image)
        text_of(await fetch.fetch(f"{base}/deep", 1_000_000))


async def test_a_fetch_can_be_stopped() -> None:
    async with site() as here:
        running = asyncio.create_task(
            fetcher(here).fetch(f"http://tea.example:{here.port}/hang", 10)
        )
        async with asyncio.timeout(20):
            while not here.asked:  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # Between two looks at the condition.
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
