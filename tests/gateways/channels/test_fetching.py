"""A file is fetched piece by piece from where its vendor keeps it, or it is said why not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from gateways.channels.base import Sent
from gateways.channels.fetching import Fetcher, Unfetched, nowhere
from gateways.channels.shelf import LARGEST
from schemas.errors import Invalid, Refused

Answers = Callable[[httpx2.Request], httpx2.Response]


def fetcher(answers: Answers, *, seconds: float = 60.0, address: str = "https://x/1") -> Fetcher:
    """What asks a server that answers so."""

    async def where(sent: Sent) -> str:
        return address

    @asynccontextmanager
    async def opened(at: str) -> AsyncIterator[httpx2.Response]:
        client = httpx2.AsyncClient(transport=httpx2.MockTransport(answers))
        async with client, client.stream("GET", at) as answer:
            yield answer

    return Fetcher("Vendor", where, opened, seconds=seconds)


async def fetched(one: Fetcher, size: int = 4) -> bytes:
    return b"".join([piece async for piece in one.fetch(Sent("1", "a.txt", size))])


def fine(_: httpx2.Request) -> httpx2.Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"te"
        yield b"xt"

    return httpx2.Response(200, content=pieces())


async def test_its_bytes_come_as_they_are() -> None:
    assert await fetched(fetcher(fine)) == b"text"


async def test_what_is_too_large_is_not_asked_for() -> None:
    def never(_: httpx2.Request) -> httpx2.Response:
        raise AssertionError("asked")

    with pytest.raises(Invalid, match="20 MB"):
        await fetched(fetcher(never), LARGEST + 1)


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_what_is_not_handed_out_may_be_so_the_next_time(status: int) -> None:
    def no(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, headers={"Location": "https://elsewhere/"})

    with pytest.raises(Unfetched, match="Vendor does not hand the file out"):
        await fetched(fetcher(no))


async def test_what_does_not_come_through_or_too_slowly_may_come_the_next_time() -> None:
    def broken(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("a token")

    with pytest.raises(Unfetched) as failed:
        await fetched(fetcher(broken))
    assert "token" not in str(failed.value)
    with pytest.raises(Unfetched, match="too slowly"):
        await fetched(fetcher(fine, seconds=-1.0))


async def test_an_address_that_is_none_is_never_asked() -> None:
    with pytest.raises(Refused, match="Vendor does not say where this file is"):
        await fetched(fetcher(fine, address="https://x\n/1"))
    assert str(nowhere("Vendor")) == "Vendor does not say where this file is."
