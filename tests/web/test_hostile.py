"""Clients that do not read, do not send, or send nonsense: dropped, and nobody else notices."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest
from prometheus_client import Counter, Gauge
from websockets.asyncio.client import connect

from schemas.feed import Stepped, Token
from streams.live import LiveFeed
from tests.stand import soon
from tests.web.house import OWNER, House
from web.hub import WATCHERS
from web.outlet import DROPPED


def figure(metric: Counter | Gauge) -> float:
    """Return one metric's figure: to collect all of them takes long where many tests ran before."""
    (family,) = metric.collect()
    return family.samples[0].value


def dropped() -> float:
    return figure(DROPPED)


def watchers() -> float:
    return figure(WATCHERS)


def deaf(home: House, session: str) -> socket.socket:
    """Open a stream and never read it."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    found.connect(("127.0.0.1", home.port))
    head = (
        f"GET /api/chat/{session}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {OWNER}\r\n\r\n"
    )
    found.sendall(head.encode())
    return found


def flood(feed: LiveFeed, session: str, turn: str) -> None:
    """Say much at once."""
    feed.send(session, Stepped(turn=turn, step=0, model="m"))
    for _ in range(20):
        feed.send(session, Token(turn=turn, step=0, text="x" * 4_000))


async def test_who_never_reads_is_dropped_and_the_pipeline_does_not_notice(home: House) -> None:
    said = await home.say("hello")
    before, there = dropped(), watchers()
    with closing(deaf(home, said["session"])):
        async with home.watch(said["session"]) as eyes:
            await soon(lambda: watchers() == there + 2)
            feed = home.stand.feed()
            for n in range(400):
                # A turn of its own each, for a text that grows without end is slow to show.
                flood(feed, said["session"], f"t{n}")
                await feed.flush()
                if dropped() > before:
                    break
            await soon(lambda: dropped() == before + 1)
            await soon(lambda: watchers() == there + 1)
            more = await home.say("and the others?", said["session"])
            turn = await eyes.done(more["turn"])
    assert turn.answer is not None
    assert turn.answer.text == "and the others?"


async def test_who_never_reads_its_socket_is_dropped_too(home: House) -> None:
    said, before, there = await home.say("hello"), dropped(), watchers()
    headers = {"X-API-Key": OWNER}
    url = f"ws://127.0.0.1:{home.port}/api/ws"
    async with connect(url, additional_headers=headers, close_timeout=1) as line:
        await line.send(f'{{"subscribe": ["chat:{said["session"]}"]}}')
        await line.recv()
        line.transport.pause_reading()
        feed = home.stand.feed()

        async def gone() -> bool:
            flood(feed, said["session"], "t")
            await feed.flush()
            return dropped() > before

        await soon(gone, 60)
        line.transport.abort()
    await soon(lambda: watchers() == there)


async def test_a_stream_of_nothing_is_let_go_of(home: House) -> None:
    """Whoever closes the line is forgotten at once, however many they are."""
    said, there = await home.say("hello"), watchers()
    lines = [deaf(home, said["session"]) for _ in range(50)]
    await soon(lambda: watchers() == there + 50)
    for line in lines:
        line.close()
    await soon(lambda: watchers() == there)


@pytest.mark.parametrize(
    "cursor",
    ["\x01", "x" * 9_000, "01M7.1-1\u00e9", "..", f"{'9' * 400}.1-1", f"x.{1 << 70}-0"],
)
async def test_a_cursor_of_nonsense_is_only_a_cursor_that_leads_nowhere(
    home: House, cursor: str
) -> None:
    said = await home.say("hello")
    path = f"/api/chat/{said['session']}/stream"
    async with home.client().stream("GET", path, params={"cursor": cursor}) as response:
        assert response.status_code == 200
        async for chunk in response.aiter_raw():
            if b"event: snapshot" in chunk:
                break


async def test_names_of_nonsense_are_refused(home: House) -> None:
    for name in ("%00", "%20owner", "a%20b", "é", "x" * 200, "..", "%2e%2e"):
        for path in (f"/api/chat/{name}/stream", f"/api/sessions/{name}/turns"):
            said = await home.client().get(path)
            assert said.status_code in {404, 422}, path
