"""The providers' own libraries against servers in processes of their own that speak to them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateways.llm.base import (
    Delta,
    Exchange,
    Image,
    ModelSaid,
    Request,
    TextDelta,
    ToolSaid,
    UserSaid,
)
from gateways.llm.door import Bounds
from gateways.llm.faults import BadKey, Garbled, NoKey, TooLong
from gateways.llm.models import Known
from gateways.llm.whole import Completion, think
from schemas.errors import Refused, Transient
from schemas.record import ToolCall
from tests.gateways.llm.provider import PROVIDERS, TOOL, Provider, Purse, provider
from tests.stand import soon

SHORT = Bounds(first=1.5, silence=1.5)
"""For answers that are silent; whoever answers has time, however busy this machine is."""
TWO_CALLS: dict[str, Any] = {
    "text": "Let me see. ",
    "thinking": "I need two clocks.",
    "calls": [["time_now", {"zone": "Asia/Tokyo"}], ["time_now", {"zone": "Europe/Berlin"}]],
}


@pytest.fixture(params=PROVIDERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provider]:
    with provider(request.param, tmp_path / request.param) as found:
        yield found


def asks(*more: Exchange, question: str = "hello", **words: Any) -> Request:
    return Request((UserSaid(question), *more), system="Be brief.", tools=(TOOL,), **words)


async def test_words_and_thoughts_stream(server: Provider) -> None:
    server.says({"text": "Good morning.", "thinking": "They greet me."})
    heard: list[Delta] = []

    async def on_delta(delta: Delta) -> None:
        heard.append(delta)

    found = await think(server.model(), asks(), on_delta)
    assert (found.text, found.thinking) == ("Good morning.", "They greet me.")
    assert found.calls == ()
    assert found.replay is None
    assert len([one for one in heard if isinstance(one, TextDelta)]) == 2


async def test_calls_come_side_by_side(server: Provider) -> None:
    server.says(TWO_CALLS)
    found = await think(server.model(), asks())
    assert found.calls == (
        ("time_now", {"zone": "Asia/Tokyo"}),
        ("time_now", {"zone": "Europe/Berlin"}),
    )
    assert found.text == "Let me see. "


async def test_what_it_cost_is_known(server: Provider) -> None:
    found = await think(server.model(), asks())
    assert (found.usage.input, found.usage.cached, found.usage.output) == (130, 100, 30)
    assert found.usage.thinking == 12
    # 20 or 30 fresh at 1, 100 cached at 0.1, 30 written at 10; Claude kept 10 of them at 1.25.
    assert found.usage.cost == (342 if server.name == "anthropic" else 340)


def answered(found: Completion, step: int) -> tuple[Exchange, ...]:
    calls = tuple(
        ToolCall(call_id=f"call-{step}-{n}", tool=tool, arguments=arguments)
        for n, (tool, arguments) in enumerate(found.calls)
    )
    said = ModelSaid(found.text, found.thinking, calls, found.replay)
    results = (ToolSaid(c.call_id, c.tool, n != 1, "It is noon.") for n, c in enumerate(calls))
    return (said, *results)


@pytest.mark.parametrize("thinking", ["adaptive", "budget", "off"])
async def test_four_steps_come_back_as_they_were_said(server: Provider, thinking: Any) -> None:
    """The server refuses a request in which anything that was signed is not what it said."""
    server.says(
        TWO_CALLS,
        {"thinking": "One more.", "calls": [["time_now", {}]]},
        {"thinking": "And another.", "redacted": True, "calls": [["time_now", {"note": "ü"}]]},
        {"text": "It is noon everywhere.", "thinking": "Done."},
    )
    model = server.model(known=Known(thinking=thinking))
    so_far: tuple[Exchange, ...] = ()
    for step in range(3):
        found = await think(model, asks(*so_far))
        assert found.calls
        so_far += answered(found, step)
    assert (await think(model, asks(*so_far))).text == "It is noon everywhere."
    assert [row["place"] for row in server.log] == [0, 1, 2, 3]


@pytest.mark.parametrize("broken", ["thinking", "signature", "order"])
async def test_the_servers_notice_what_does_not_come_back(tmp_path: Path, broken: str) -> None:
    """The check itself: a changed thought is refused, so the test above can fail."""
    for name in ("gemini", "anthropic"):
        with provider(name, tmp_path / name) as server:
            server.says(TWO_CALLS, {"text": "done"})
            model = server.model()
            found = await think(model, asks())
            assert found.replay is not None
            parts = [dict(part) for part in found.replay.parts]
            if broken == "order":
                parts.reverse()
            else:
                for part in parts:
                    for key in part:
                        if broken == "signature" and "signature" in key:
                            part[key] = "AAAA"
                        elif broken == "thinking" and key in {"thinking", "text"}:
                            part[key] += "!"
            bent = found.replay.model_copy(update={"parts": tuple(parts)})
            said, *results = answered(found, 0)
            assert isinstance(said, ModelSaid)
            changed = ModelSaid(said.text, said.thinking, said.calls, bent)
            with pytest.raises(Refused):
                await think(model, asks(changed, *results))


async def test_another_models_calls_are_understood(server: Provider) -> None:
    """In the middle of a turn, whatever the other one signed is left out."""
    server.says({"text": "unused"}, {"text": "I go on."})
    call = ToolCall(call_id="a" * 32, tool="time_now", arguments={})
    for thinking in ("adaptive", "budget", "off"):
        model = server.model(known=Known(thinking=thinking))
        request = asks(
            ModelSaid("hm", "thought", (call,)), ToolSaid("a" * 32, "time_now", True, "")
        )
        assert (await think(model, request)).text == "I go on."


async def test_a_foreign_tool_has_another_name_there(server: Provider) -> None:
    """A server refuses a `:`; here the tool is called as it always is, on both ways."""
    name = "mcp:files:read_text_file"
    foreign = TOOL.model_copy(update={"name": name})
    server.says({"calls": [["mcp__files__read_text_file", {"zone": "x"}]]}, {"text": "Read."})
    model, first = server.model(), Request((UserSaid("hello"),), tools=(TOOL, foreign))
    found = await think(model, first)
    assert found.calls == ((name, {"zone": "x"}),)
    for said in (found.replay, None):  # as it said it, and as another model's call
        call = ToolCall(call_id="c" * 32, tool=name, arguments={"zone": "x"})
        went = (ModelSaid("", "", (call,), said), ToolSaid("c" * 32, name, True, "noon"))
        again = await think(model, Request((*first.exchanges, *went), tools=(TOOL, foreign)))
        assert again.text == "Read."
    assert name not in json.dumps(server.log)


async def test_a_picture_is_shown(server: Provider) -> None:
    said = UserSaid("hello", (Image("image/png", b"\x89PNG pixels"),))
    await think(server.model(), Request((said,)))
    assert "iVBORyBwaXhlbHM" in json.dumps(server.log[-1]["body"]).replace("\\u003d", "=")


async def test_what_came_with_a_question_stands_behind_it(server: Provider) -> None:
    await think(server.model(), Request((UserSaid("sum it up", material="\n\nthe letter"),)))
    assert "sum it up\\n\\nthe letter" in json.dumps(server.log[-1]["body"])


@pytest.mark.parametrize(
    ("said", "error", "wait"),
    [
        ({"status": 429, "retry_after": 7}, Transient, 7),
        ({"status": 500}, Transient, None),
        ({"status": 503, "retry_after": 1.5}, Transient, 1.5),
        ({"status": 529}, Transient, None),
        ({"status": 400, "message": "no such parameter"}, Refused, None),
        ({"status": 400, "message": "prompt is too long: 250000 tokens"}, TooLong, None),
        ({"status": 413, "message": "too large"}, TooLong, None),
        ({"status": 401}, BadKey, None),
        ({"status": 404}, Refused, None),
        ({"text": "half of it, then", "trouble": "error"}, Transient, None),
        ({**TWO_CALLS, "trouble": "cut_call"}, Garbled, None),
        ({"text": "a longer text", "trouble": "cut", "cut": 150}, Garbled, None),
        ({"text": "a longer text", "trouble": "garbled"}, Garbled, None),
        ({**TWO_CALLS, "trouble": "twins"}, Garbled, None),
        ({**TWO_CALLS, "trouble": "huge"}, Garbled, None),
        ({"trouble": "hang"}, Transient, None),
        ({"text": "x", "size": 300_000, "trouble": "drip", "pause": 30}, Transient, None),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else None,
)
async def test_what_goes_wrong_is_told_in_our_words(
    server: Provider, said: dict[str, Any], error: type[Exception], wait: float | None
) -> None:
    server.says(said)
    silent = said.get("trouble") in {"hang", "drip"}
    model = server.model(bounds=SHORT if silent else Bounds())
    with pytest.raises(error) as caught:
        await think(model, asks())
    if isinstance(caught.value, Transient):
        assert caught.value.retry_after == wait
        assert isinstance(caught.value, Garbled) == (error is Garbled)
    await soon(lambda: server.log)
    assert len(server.log) == 1, "the library must not retry by itself"


@pytest.mark.parametrize("name", ["anthropic", "openai"])
async def test_a_call_that_was_cut_off_before_its_arguments_is_none(
    tmp_path: Path, name: str
) -> None:
    """The answer ends as it should, for it had become too long: what the call was about is gone.

    Gemini's calls come whole.
    """
    calls = [["time_now", {"zone": "Asia/Tokyo"}]]
    with provider(name, tmp_path / name) as server:
        server.says({"calls": calls, "trouble": "short"})
        with pytest.raises(Garbled, match="cut before the arguments of time_now"):
            await think(server.model(), asks())


async def test_an_answer_that_became_too_long_says_so(server: Provider) -> None:
    server.says({"text": "half of it", "trouble": "short"})
    found = await think(server.model(), asks())
    assert found.text == "half of it\n\n[The answer went on; it was cut here.]"


async def test_a_slow_drip_is_no_silence(server: Provider) -> None:
    server.says({"text": "drop by drop", "thinking": "slow", "trouble": "drip", "pause": 0.4})
    began = time.monotonic()
    found = await think(server.model(bounds=SHORT), asks())
    assert found.text == "drop by drop"
    assert time.monotonic() - began > SHORT.silence


async def test_an_answer_without_end_is_cut_off(server: Provider) -> None:
    server.says({"text": "", "size": 10_000_000})
    with pytest.raises(Transient):
        await think(server.model(bounds=Bounds(most=1_000_000)), asks())


async def test_nobody_listens(server: Provider) -> None:
    server.address = "http://127.0.0.1:9"
    with pytest.raises(Transient, match="cannot be reached"):
        await think(server.model(), asks())


async def test_a_key_counts_from_the_moment_it_is_changed(server: Provider) -> None:
    purse = Purse()
    model = server.model(keys=purse)
    if server.name == "openai":
        assert (await think(model, asks())).text, "a local server needs none"
    else:
        with pytest.raises(NoKey):
            await think(model, asks())
    purse.keys[server.name] = "bad-key"
    with pytest.raises(BadKey):
        await think(model, asks())
    purse.keys[server.name] = "good-key"
    assert (await think(model, asks())).text == "You said: hello"


async def test_a_thought_ends_at_once_when_nobody_wants_it(server: Provider) -> None:
    server.says({"trouble": "hang"})
    await think(server.model(), asks(question="warm up"))
    task = asyncio.create_task(think(server.model(), asks()))
    await soon(lambda: len(server.log) == 2)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1
