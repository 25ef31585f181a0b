"""Servers that send what no protocol has: one kind of error comes of it, and nothing is kept."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from gateways.llm.base import CallDelta, Delta, Request, Signed, TextDelta, ThinkingDelta, UserSaid
from gateways.llm.cooling import Cooling
from gateways.llm.fallback import Candidate, Fallback
from gateways.llm.faults import Garbled, quoted
from gateways.llm.sound import sound
from gateways.llm.whole import think
from ops.chaos.script import Said
from ops.chaos.wire import WIRES
from processors.agent.turns import calls_of
from schemas.errors import Expected
from schemas.feed import Token
from schemas.record import Replay, Thought, entries
from tests.gateways.llm.provider import PROVIDERS, TOOL, Provider

ASKED = Request((UserSaid("hello"),), tools=(TOOL,))
SAID = Said(text="hello there", thinking="hm, hm", calls=(("time_now", {"zone": "a"}),) * 2)
HALF = "\ud83d"
"""The first half of a face: JSON can say it, and no text can."""
HOSTILE: tuple[Any, ...] = (
    None, -5, 10**30, 1e308, float("nan"), True, 3.7, "", "12", "x" * 3_000, HALF, "\x00", "a\nb",
    [], {}, [[]], [None], {"a": {"b": [1]}}, {"type": None}, json.loads("[" * 300 + "]" * 300),
)  # fmt: skip
ROUNDS = 120


@asynccontextmanager
async def saying(name: str, answer: Callable[[], bytes]) -> AsyncIterator[Provider]:
    """Serve whole HTTP responses, whatever is asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield Provider(name, None, server.sockets[0].getsockname()[1])  # type: ignore[arg-type]


def whole(body: bytes, more: str = "", status: int = 200) -> bytes:
    head = (
        f"HTTP/1.1 {status} Said\r\nContent-Type: text/event-stream\r\n{more}"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def places(value: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield so_far
    listed = value if isinstance(value, list) else ()
    inner = value if isinstance(value, dict) else dict(enumerate(listed))
    for key, found in inner.items():
        yield from places(found, (*so_far, key))


def bent(value: Any, chance: Random) -> Any:
    """The value with something else at one of its places."""
    *way, last = ("whole", *chance.choice(list(places(value))))
    outer = inner = {"whole": json.loads(json.dumps(value))}
    for key in way:
        inner = inner[key]
    inner[last] = chance.choice(HOSTILE)
    return outer["whole"]


def frames_of(name: str) -> list[bytes]:
    return WIRES[name].frames(SAID, {"model": "m", "messages": []})


async def hear(delta: Delta) -> None:
    """Pass words on as the pipeline does."""
    if isinstance(delta, TextDelta | ThinkingDelta):
        Token(turn="t", step=0, text=delta.text, thinking=False).model_dump_json()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PROVIDERS)
async def test_whatever_is_sent_is_garbled_or_can_be_kept(name: str) -> None:
    chance, sound_ones = Random(7), 0

    def answer() -> bytes:
        frames = frames_of(name)
        at = chance.randrange(len(frames))
        head, mark, data = frames[at].partition(b"data: ")
        if data.startswith(b"{"):
            frames[at] = head + mark + json.dumps(bent(json.loads(data), chance)).encode() + b"\n\n"
        return whole(b"".join(frames))

    async with saying(name, answer) as server:
        model = server.model()
        for _ in range(ROUNDS):
            try:
                found = await think(model, ASKED, hear)
            except Expected as error:
                str(error).encode()  # it is told to the person
                continue
            thought = Thought(
                step=0,
                model="m",
                text=found.text,
                thinking=found.thinking,
                calls=calls_of("turn", 0, found.calls),
                usage=found.usage,
                replay=found.replay,
            )
            assert entries.validate_json(thought.model_dump_json())
            sound_ones += 1
    assert sound_ones > ROUNDS / 10


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PROVIDERS)
async def test_an_error_may_say_what_it_likes(name: str) -> None:
    chance = Random(7)

    def answer() -> bytes:
        status = chance.choice((400, 401, 403, 404, 413, 429, 500, 503, 529))
        body = bent(WIRES[name].error(Said(status=status, message="no")), chance)
        return whole(json.dumps(body).encode(), status=status)

    async with saying(name, answer) as server:
        model = server.model()
        for _ in range(ROUNDS):
            with pytest.raises(Expected) as caught:
                await think(model, ASKED)
            str(caught.value).encode()


@pytest.mark.parametrize("name", PROVIDERS)
async def test_a_packed_answer_is_not_unpacked(name: str) -> None:
    """Half a megabyte of it would be half a gigabyte."""
    body = gzip.compress(b"".join(frames_of(name)))
    async with saying(name, lambda: whole(body, "Content-Encoding: gzip\r\n")) as server:
        with pytest.raises(Garbled):
            await think(server.model(), ASKED)


async def test_the_next_provider_goes_on_where_one_sends_nonsense() -> None:
    frames = frames_of("openai")
    nonsense = b"".join(frames).replace(b'"prompt_tokens": 130', b'"prompt_tokens": "lots"')
    assert nonsense != b"".join(frames)
    async with (
        saying("openai", lambda: whole(nonsense)) as one,
        saying("anthropic", lambda: whole(b"".join(frames_of("anthropic")))) as other,
    ):
        both = [Candidate(each.name, each.model()) for each in (one, other)]
        found = await think(Fallback(lambda: both, Cooling()), ASKED)
    assert (found.text, found.model) == ("hello there", "some-anthropic")
    assert len(found.notices) == 1


def test_signs_that_no_text_may_have_are_replaced() -> None:
    assert sound(TextDelta(f"a{HALF}b\x00c")) == TextDelta("a?b\ufffdc")
    assert sound(ThinkingDelta("fine \U0001f600")) == ThinkingDelta("fine \U0001f600")


@pytest.mark.parametrize(
    "delta",
    [
        TextDelta(12),  # type: ignore[arg-type]
        CallDelta(None),  # type: ignore[arg-type]
        CallDelta("", {}),
        CallDelta("time_now", []),  # type: ignore[arg-type]
        CallDelta("time_now", {"zone": HALF}),
        CallDelta("time_now", {"count": float("nan")}),
        Signed(Replay(provider="p", parts=({"signature": HALF},))),
        Signed(Replay(provider="p", parts=({"deep": json.loads("[" * 300 + "]" * 300)},))),
    ],
    ids=lambda delta: repr(delta)[:40],
)
def test_what_cannot_be_kept_is_seen(delta: Delta) -> None:
    with pytest.raises((TypeError, ValueError)):
        sound(delta)


def test_a_servers_words_are_quoted_in_one_line() -> None:
    assert quoted(f"a\n\x1b[31m{HALF}" + "x" * 200, 20) == "a ?[31m?" + "x" * 12
    assert quoted(["a", None]) == "['a', None]"
