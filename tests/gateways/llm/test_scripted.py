"""The scripted model: the same place gives the same step, with its delays and errors."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from gateways.llm.base import Delta, Exchange, ModelSaid, Request, TextDelta, UserSaid
from gateways.llm.scripted import Failure, Scripted, Step, Wish, echo
from gateways.llm.whole import think
from schemas.errors import Invalid, Refused, Transient


def after(*spoken: str) -> Request:
    said: list[Exchange] = [UserSaid("go")]
    said += [ModelSaid(text=text) for text in spoken]
    return Request(exchanges=tuple(said))


async def test_steps_follow_the_conversation_and_not_a_counter() -> None:
    model = Scripted([Step(text="one", calls=(Wish(tool="clock"),)), Step(text="two")])
    for _ in range(2):
        assert (await think(model, after())).calls == (("clock", {}),)
    assert (await think(model, after("one"))).text == "two"
    assert (await think(model, after("one", "two"))).text == "one"


async def test_a_function_may_decide() -> None:
    assert (await think(Scripted(echo), after())).text == "go"


async def test_pieces_and_delays() -> None:
    model = Scripted([Step(text=("a", "b", "c"), delay=0.05, pause=(0.01, 0.02))], seed=1)
    begun = time.monotonic()
    deltas = [delta async for delta in model.stream(after())]
    assert [d.text for d in deltas if isinstance(d, TextDelta)] == ["a", "b", "c"]
    assert time.monotonic() - begun >= 0.07


async def test_a_seed_gives_the_same_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    async def delays(seed: int) -> list[float]:
        slept: list[float] = []

        async def note(seconds: float) -> None:
            slept.append(seconds)

        with monkeypatch.context() as patch:
            patch.setattr(asyncio, "sleep", note)
            model = Scripted([Step(text="x", delay=(0.05, 2.0))], seed=seed)
            for _ in range(5):
                await think(model, after())
        return slept

    first = await delays(7)
    assert first == await delays(7)
    assert first != await delays(8)
    assert all(0.05 <= seconds <= 2.0 for seconds in first)


async def test_errors_come_after_the_words() -> None:
    failure = Failure(kind="transient", message="Overloaded.", retry_after=2)
    model = Scripted([Step(text="half", error=failure)])
    heard: list[Delta] = []

    async def hear(delta: Delta) -> None:
        heard.append(delta)

    with pytest.raises(Transient, match="Overloaded") as caught:
        await think(model, after(), hear)
    assert caught.value.retry_after == 2
    assert heard == [TextDelta("half")]
    with pytest.raises(Refused):
        await think(Scripted([Step(error=Failure(kind="refused"))]), after())


async def test_reads_files(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(
        '- text: [Let me, " look."]\n'
        "  calls: [{tool: system_info, arguments: {about: disks}}]\n"
        "  delay: [0.0, 0.01]\n"
        "- {text: Done., usage: {input: 3, output: 1}}\n"
    )
    model = Scripted.from_file(path)
    first = await think(model, after())
    assert first.text == "Let me look."
    assert first.calls == (("system_info", {"about": "disks"}),)
    assert (await think(model, after("x"))).usage.total == 4


@pytest.mark.parametrize("text", ["text: no list", "- {delay: -1}", "[", "\x00", "[]"])
def test_what_is_no_script_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(text)
    with pytest.raises(Invalid):
        Scripted.from_file(path)
