"""The wire: every way in which the model server misbehaves is a failure, never half a call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from gateways.llm.base import CallDelta, Delta, Request, UserSaid
from gateways.llm.lines import Lines
from gateways.llm.whole import think
from ops.chaos.model import TROUBLES, Line, said, send
from schemas.errors import Refused, Transient

ASKED = Request(exchanges=(UserSaid("calls witness_mark time_now"),))
PLAN = [["witness_mark", "time_now"]]
SOUND = said(PLAN, 0, "a question")


@asynccontextmanager
async def server(folder: Path, lines: list[Line], trouble: str, seed: int) -> AsyncIterator[Lines]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert json.loads(await reader.readline())["exchanges"]
        if trouble == "hang":
            await reader.read()
        else:
            await send(lines, trouble, Random(seed), writer)
        writer.close()

    listening = await asyncio.start_unix_server(serve, folder / "m.sock")
    async with listening:
        yield Lines(folder / "m.sock", silence=0.4)


async def test_a_sound_answer(tmp_path: Path) -> None:
    async with server(tmp_path, SOUND, "", 0) as model:
        found = await think(model, ASKED)
    assert found.text == "Let me see. "
    assert [tool for tool, _ in found.calls] == ["witness_mark", "time_now"]
    assert found.usage.total == 20


async def test_a_slow_one_is_waited_for(tmp_path: Path) -> None:
    async with server(tmp_path, SOUND, "drip", 0) as model:
        assert len((await think(model, ASKED)).calls) == 2


@pytest.mark.parametrize("trouble", [one for one in TROUBLES if one != "drip"])
@pytest.mark.parametrize("seed", range(5))
async def test_a_trouble_is_transient_and_no_call_comes(
    trouble: str, seed: int, tmp_path: Path
) -> None:
    if trouble == "hang" and seed:
        pytest.skip("it hangs in one way only")
    seen: list[Delta] = []

    async def listen(delta: Delta) -> None:
        seen.append(delta)

    async with server(tmp_path, SOUND, trouble, seed) as model:
        with pytest.raises(Transient) as raised:
            await think(model, ASKED, listen)
    assert not [delta for delta in seen if isinstance(delta, CallDelta)]
    assert raised.value.retry_after == (0.3 if trouble == "overload" else None)


async def test_every_cut_is_seen(tmp_path: Path) -> None:
    """Wherever the stream ends early: no call is given."""
    whole = b"".join(json.dumps(line).encode() + b"\n" for line in SOUND)
    ends = iter(range(len(whole)))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(whole[: next(ends)])
        writer.close()

    async with await asyncio.start_unix_server(serve, tmp_path / "m.sock"):
        for _ in whole:
            with pytest.raises(Transient):
                await think(Lines(tmp_path / "m.sock"), ASKED)


async def test_a_refusal_is_final(tmp_path: Path) -> None:
    lines: list[Line] = [{"kind": "error", "code": "refused", "text": "Too long."}]
    async with server(tmp_path, lines, "", 0) as model:
        with pytest.raises(Refused, match="Too long"):
            await think(model, ASKED)


async def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="cannot be reached"):
        await think(Lines(tmp_path / "none.sock"), ASKED)
