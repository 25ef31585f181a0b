"""The whole pipeline, with a provider's own library and a server that is away, slow or stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import config
from ops.main import resources
from processors.pipeline import STAGES
from schemas.chat import Control
from schemas.record import Thought, entries
from streams import keys
from tests.gateways.llm.provider import Provider, provider
from tests.stand import Stand, received, soon


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Provider]:
    with provider("gemini", tmp_path / "gemini") as found:
        yield found


def house(folder: Path, server: Provider, **models: Any) -> dict[type, object]:
    words = {
        "gemini_api_key": "good-key", "gemini_base_url": server.address,
        "models": {"flash": "gemini:some-model", **models},
    }  # fmt: skip
    (folder / "config.yaml").write_text(yaml.safe_dump(words))
    return dict(resources(config.load(folder)))


async def said(stand: Stand, turn: str, seconds: float = 30) -> tuple[str, str]:
    async def ended() -> Any:
        return [one for one in await stand.replies() if one.turn == turn]

    (reply,) = await soon(ended, seconds)
    return reply.text, reply.outcome


async def thoughts(stand: Stand, turn: str) -> list[Thought]:
    rows: Any = await stand.tester.lrange(keys.turn(turn), 0, -1)
    found = [entries.validate_json(row) for row in rows]
    return [one for one in found if isinstance(one, Thought)]


async def live(stand: Stand, kind: str) -> list[dict[str, Any]]:
    rows: Any = await stand.live.xrange(keys.live("s"))
    found = [json.loads(fields[b"e"]) for _, fields in rows]
    return [one for one in found if one["type"] == kind]


async def test_a_turn_with_tools_is_thought_by_the_provider(
    stand: Stand, server: Provider, tmp_path: Path
) -> None:
    server.says(
        {"thinking": "Look.", "calls": [["time_now", {}], ["system_info", {"about": "load"}]]},
        {"text": "All is well."},
        question="is all well?",
    )
    async with stand.running(*STAGES, resources=house(tmp_path, server)):
        await stand.ingress().accept(received("t", text="is all well?"), key="t")
        assert await said(stand, "t") == ("All is well.", "answered")
    first, last = await thoughts(stand, "t")
    assert [call.tool for call in first.calls] == ["time_now", "system_info"]
    assert first.replay is not None
    assert (last.model, last.usage.cached) == ("some-model", 100)


async def test_while_all_are_away_the_message_stays_and_is_answered_later(
    stand: Stand, server: Provider, tmp_path: Path
) -> None:
    server.says({"status": 503})
    async with stand.running(*STAGES, resources=house(tmp_path, server)):
        for turn in ("one", "two"):
            await stand.ingress().accept(received(turn), key=turn)
        await soon(lambda: len(server.log) >= 4, 60)
        assert not await stand.letters()
        assert not await stand.replies()
        told = {(one["id"], one["text"]) for one in await live(stand, "notice")}
        assert told == {("one:waiting", "No model answers now. some-model is overloaded (503). I"
                         " keep trying.")}  # fmt: skip
        server.says({"text": "Here I am."})
        assert await said(stand, "one", 60) == ("Here I am.", "answered")
        assert await said(stand, "two", 60) == ("Here I am.", "answered")
    assert [one.turn for one in await stand.replies()] == ["one", "two"]
    assert not await stand.letters()


@pytest.mark.parametrize(
    ("trouble", "what"),
    [
        ({"status": 500}, "failed (500)"),
        ({"status": 429, "retry_after": 86_400}, "has too much to do (429)"),
    ],
    ids=["failed", "asks-for-a-day"],
)
async def test_patience_ends_with_a_plain_failure(
    stand: Stand, server: Provider, tmp_path: Path, trouble: dict[str, Any], what: str
) -> None:
    server.says(trouble)
    async with stand.running(*STAGES, resources=house(tmp_path, server, patience=1)):
        await stand.ingress().accept(received("t"), key="t")
        text, outcome = await said(stand, "t", 60)
    assert outcome == "failed"
    reasons = (f"some-model {what}.", "All of them failed a moment ago.")
    assert text in {f"No model answers now. {reason} Please ask again later." for reason in reasons}
    assert not await stand.letters()


async def test_a_stop_ends_the_models_call(stand: Stand, server: Provider, tmp_path: Path) -> None:
    server.says({"trouble": "hang"})
    stop = Control(
        id="x", trace="x", session="s", person="owner", channel="terminal", chat="chat",
        action="stop",
    )  # fmt: skip
    async with stand.running(*STAGES, resources=house(tmp_path, server)):
        await stand.ingress().accept(received("t"), key="t")
        await soon(lambda: server.log, 60)
        began = time.monotonic()
        await stand.ingress().accept(stop, "x")
        assert await said(stand, "t") == ("Stopped.", "stopped")
        assert time.monotonic() - began < 3, "one second is promised, on a machine that is not busy"
