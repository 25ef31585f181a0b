"""The official client of that protocol, against our door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from streams import keys
from tests.stand import soon
from tests.web.house import BOB, OWNER, House
from tests.web.plays import counted


@pytest.fixture
async def client(home: House) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{home.url}/v1", api_key=OWNER, max_retries=0) as found:
        yield found


def user(text: Any) -> Any:
    return {"role": "user", "content": text}


async def test_the_tiers_are_the_models(client: openai.AsyncOpenAI) -> None:
    assert [one.id async for one in client.models.list()] == ["flash", "opus"]


async def test_a_question_is_answered(client: openai.AsyncOpenAI) -> None:
    found = await client.chat.completions.create(model="flash", messages=[user("hello")])
    (choice,) = found.choices
    assert (choice.message.role, choice.message.content) == ("assistant", "hello")
    assert choice.finish_reason == "stop"
    assert found.model == "flash"
    assert found.usage is not None
    assert (found.usage.prompt_tokens, found.usage.total_tokens) == (7, 10)


async def test_an_answer_comes_in_pieces(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="flash",
        messages=[user("count 10 0.01")],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert "".join(filter(None, pieces)) == counted(10)
    assert len(pieces) > 3
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3


async def test_pieces_and_the_whole_are_the_same_also_with_tools(
    client: openai.AsyncOpenAI,
) -> None:
    whole = await client.chat.completions.create(model="flash", messages=[user("look")])
    stream = await client.chat.completions.create(
        model="flash", messages=[user("look")], stream=True
    )
    pieces = [c.choices[0].delta.content or "" async for c in stream if c.choices]
    assert "".join(pieces) == whole.choices[0].message.content == "Let me look.\n\nIt is noon."


async def test_the_messages_are_the_conversation(client: openai.AsyncOpenAI) -> None:
    found = await client.chat.completions.create(
        model="flash",
        messages=[
            {"role": "system", "content": "Be kind."},
            user("One?"),
            {"role": "assistant", "content": "Two."},
            user([{"type": "text", "text": "before"}]),
        ],
    )
    assert found.choices[0].message.content == "Be kind. | One? | Two. | before"
    again = await client.chat.completions.create(model="flash", messages=[user("before")])
    assert again.choices[0].message.content == "before"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"model": "gpt-9"}, openai.NotFoundError),
        ({"n": 2}, openai.BadRequestError),
        ({"tool_choice": "required"}, openai.BadRequestError),
        ({"response_format": {"type": "json_object"}}, openai.BadRequestError),
        ({"messages": [{"role": "assistant", "content": "me"}]}, openai.BadRequestError),
        ({"messages": []}, openai.UnprocessableEntityError),
        ({"messages": [user("fail")]}, openai.InternalServerError),
    ],
)
async def test_what_cannot_be_done_is_said(
    client: openai.AsyncOpenAI, more: dict[str, Any], error: type[openai.APIStatusError]
) -> None:
    asked: dict[str, Any] = {"model": "flash", "messages": [user("hello")], **more}
    with pytest.raises(error) as raised:
        await client.chat.completions.create(**asked)
    assert len(raised.value.message) > 20


async def test_a_stream_that_fails_says_so(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="flash", messages=[user("fail")], stream=True
    )
    with pytest.raises(openai.APIError):
        [chunk async for chunk in stream]


async def test_tools_of_the_caller_are_ignored(client: openai.AsyncOpenAI) -> None:
    tool: Any = {"type": "function", "function": {"name": "f", "parameters": {}}}
    found = await client.chat.completions.create(
        model="flash", messages=[user("hello")], tools=[tool], temperature=0.2, max_tokens=5
    )
    assert found.choices[0].message.content == "hello"


async def test_nobody_gets_in_without_a_key(home: House) -> None:
    async with openai.AsyncOpenAI(
        base_url=f"{home.url}/v1", api_key="wrong", max_retries=0
    ) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.models.list()


async def test_what_nobody_waits_for_any_more_is_stopped(
    home: House, client: openai.AsyncOpenAI
) -> None:
    for stream in (True, False):
        asking = asyncio.ensure_future(
            client.chat.completions.create(
                model="flash", messages=[user("count 1000 0.1")], stream=stream
            )
        )
        await soon(lambda: home.stand.redis.zcard(keys.TURNS))
        if stream:
            await (await asking).close()  # type: ignore[union-attr]
        asking.cancel()
        await asyncio.wait((asking,))

        async def at_rest() -> bool:
            return not await home.stand.redis.zcard(keys.TURNS)

        await soon(at_rest)


async def test_one_shot_conversations_are_not_listed(
    home: House, client: openai.AsyncOpenAI
) -> None:
    await client.chat.completions.create(model="flash", messages=[user("hello")])
    said = await home.say("kept")
    listed = await home.client().get("/api/sessions")
    assert [one["id"] for one in listed.json()["sessions"]] == [said["session"]]
    assert (await home.client(BOB).get("/api/sessions")).json()["sessions"] == []
