"""`python -m tests.ops.replay.record`: lets turns of every kind happen, and writes them down.

Do it only when a change of what a stage returns is meant: the turns that run while a server is
updated are of the old kind, and the new code must go on with them.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from redis import Redis

from ops.replay.past import Past
from processors.agent.turns import Limits
from processors.pipeline import MET
from schemas.chat import Control
from schemas.record import Delegated
from streams import functions, keys
from streams.line import Line
from streams.recall import recall
from tests.ops.replay.house import House
from tests.redis_server import private_redis
from tests.stand import Stand, received, soon

HISTORIES = Path(__file__).with_name("histories")
TURNS = {
    "plain": "how are you?",
    "two-tools": "what time is it in Tokyo, and which letters are there?",
    "four-tools": "read Anna's letter, note when she comes, and sum it up",
    "command": "/new",
    "direct": "!time_now zone=Asia/Tokyo",
    "misnamed": "!time_never",
    "refused-tool": "empty the disk",
    "stopped": "think for ever",
    "failed": "fail",
    "limited": "go on and on",
    "tasks": "let others look",
}
"""The name of each history, and what is asked in it; one conversation, in this order."""


TASK = "task"
"""The name of the history of the first task that `tasks` hands on."""


async def happen(stand: Stand, house: House) -> dict[str, Past]:
    """Let all turns happen; return each as Redis remembers it."""
    async with stand.running(*MET, resources=house.resources):
        for name, text in TURNS.items():
            await stand.ingress().accept(received(name, text=text), key=name)
            if name == "stopped":
                await _stop(stand, name)

            async def ended(turn: str = name) -> bool:
                return any(reply.turn == turn for reply in await stand.replies())

            await soon(ended)
    found = {name: await remembered(stand, name) for name in TURNS}
    handed = (one for one in found["tasks"].record if isinstance(one, Delegated))
    return {**found, TASK: await remembered(stand, next(handed).child)}


async def remembered(stand: Stand, turn: str) -> Past:
    """Return a turn as Redis remembers it, asked as the owner's desk."""
    line = Line(stand.servers.durable_url("desk"))
    try:
        found = await recall(line, turn)
    finally:
        await line.close()
    assert found is not None
    return Past.of(turn, found)


async def _stop(stand: Stand, turn: str) -> None:
    """Stop a turn once its second thought has begun."""

    async def thinks() -> bool:
        return len(await stand.pending("think", "think")) == 1 and (
            await stand.tester.llen(keys.turn(turn)) == 5
        )

    await soon(thinks)
    stop = Control(
        id="stop", trace="stop", session="s", person="owner", channel="terminal", chat="chat",
        action="stop",
    )  # fmt: skip
    await stand.ingress().accept(stop, key="stop")


async def _record() -> None:
    with tempfile.TemporaryDirectory() as folder, private_redis(tester=True) as servers:
        with Redis.from_url(servers.durable_url("boot")) as boot:
            boot.function_load(functions.source(), replace=True)
        async with Stand(servers) as stand:
            pasts = await happen(stand, House(Path(folder), Limits(steps=4)))
        for name, past in pasts.items():
            letters = tuple(one.model_copy(update={"stack": ""}) for one in past.letters)
            kept = past.model_copy(update={"letters": letters})
            text = kept.model_dump_json(indent=1).replace(folder, "/home/anna")
            (HISTORIES / f"{name}.json").write_text(text + "\n", encoding="utf-8")
            sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    HISTORIES.mkdir(exist_ok=True)
    asyncio.run(_record())
