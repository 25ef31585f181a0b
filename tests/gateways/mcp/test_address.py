"""Foreign MCP servers at an address: what one does beyond its bounds ends the line with it."""

from __future__ import annotations

import asyncio
import resource
from contextlib import AbstractAsyncContextManager

import httpx2
import pytest
from mcp import MCPError

from gateways.mcp.address import Bounded
from gateways.mcp.bounds import Ended, Flood
from gateways.mcp.client import Endless, Foreign, speaking
from tests.peers.hostile_http import peer


def to(url: str, token: str = "") -> AbstractAsyncContextManager[Foreign]:
    return speaking((), url, token, lambda: None)


async def test_one_that_means_no_harm_is_spoken_with() -> None:
    async with peer("says") as found:
        async with to(found.url, "the-token") as foreign:
            (tool,) = await foreign.tools()
            done = await foreign.call(tool.name, {})
        assert (tool.name, done.ok, done.text) == ("do", True, "It is done.")
        assert all("authorization: bearer the-token" in one.lower() for one in found.asked)
        assert all("accept-encoding: identity" in one.lower() for one in found.asked)


async def listening(url: str) -> None:
    """List its tools, and wait: what it does beside that ends the block wherever it is."""
    async with to(url) as foreign:
        await foreign.tools()
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("long", "bytes in one message"),
        ("endless-event", "bytes in one message"),
        ("comments", "bytes in one message"),
        ("floods", "messages within"),
        ("chatters", "messages within"),
        ("again", "messages within"),
        ("packed", "packs what it sends"),
    ],
)
async def test_one_that_says_too_much_is_cut_off_and_it_is_known_why(
    monkeypatch: pytest.MonkeyPatch, what: str, why: str
) -> None:
    monkeypatch.setattr("gateways.mcp.bounds.MOST", 100)  # which a busy machine reaches in time
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with peer(what) as found, asyncio.timeout(60):
        with pytest.raises(Flood, match=why):
            await listening(found.url)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000, "kilobytes; what it sent was not kept"


@pytest.mark.parametrize("what", ["many", "endless"])
async def test_a_list_without_an_end_is_none(what: str) -> None:
    async with peer(what) as found, to(found.url) as foreign:
        with pytest.raises(Endless):
            await foreign.tools()


@pytest.mark.parametrize("what", ["deep", "head", "circles", "cut", "garbage", "hangs", "drips"])
async def test_one_that_answers_nothing_that_can_be_read_is_given_up(
    monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("gateways.mcp.client.ANSWER_SECONDS", 3.0)
    async with peer(what) as found, asyncio.timeout(60):
        with pytest.raises((MCPError, ExceptionGroup, httpx2.HTTPError)):
            async with to(found.url) as foreign:
                await foreign.tools()


async def test_an_answer_that_drips_for_ever_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateways.mcp.address.WHOLE_SECONDS", 1.0)
    async with peer("drips") as found, asyncio.timeout(60):
        with pytest.raises(Flood, match="took more than 1 s"):
            async with to(found.url) as foreign:
                await foreign.tools()


async def test_nobody_is_sent_elsewhere_with_the_token() -> None:
    async with peer("says") as other, peer("elsewhere", other.url) as found:
        with pytest.raises((MCPError, ExceptionGroup)):
            async with to(found.url, "the-token") as foreign:
                await foreign.tools()
        assert other.asked == []


async def test_each_answer_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """By redirects, and by streams that it ends at once, a server can have any number asked for."""
    monkeypatch.setattr("gateways.mcp.bounds.MOST", 2)
    why: list[Flood | Ended] = []
    line = Bounded(httpx2.MockTransport(lambda _: httpx2.Response(202)), why.append)
    asked = httpx2.Request("GET", "http://127.0.0.1/mcp")
    for _ in range(2):
        await line.handle_async_request(asked)
    with pytest.raises(httpx2.TransportError):
        await line.handle_async_request(asked)
    assert "messages within" in str(why[0])
