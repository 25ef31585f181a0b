"""Events told by redis-cli and over HTTP while workers are killed: all acted on, none twice.

The whole of it is `pytest tests/chaos/test_events.py --events 10000`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from ops.addresses import url
from ops.chaos.system import System
from ops.chaos.visitor import Refused, Visitor, with_key
from ops.chaos.waiting import soon
from ops.chaos.witness import effects
from streams import keys
from streams.embedded import find_engine
from tests.chaos.load import Says, witnessed

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1_800)]

SEED = int.from_bytes(os.urandom(4), "big")
CALLERS = 8
RULES = (
    "- {name: mark, on: test.tick, do: run tool, tool: witness_set, with: {note: x},"
    " per_minute: 60000}\n"
)


async def by_redis(one: System, count: int) -> None:
    """Tell with one pipe of redis-cli, as the user producer; every tenth twice."""
    at = urlsplit(url(one.settings, "durable", "producer"))
    password, socket = parse_qs(at.query)["password"][0], at.path
    lines = []
    for number in range(count):
        told = json.dumps({"type": "test.tick", "data": {"n": number}, "id": f"p{number}"})
        line = f"XADD {keys.topic('events')} * data '{told}'\n"
        lines += [line] * (2 if number % 10 == 0 else 1)
    cli = find_engine().binary.with_name("redis-cli")
    process = await asyncio.create_subprocess_exec(
        str(cli) if cli.exists() else "redis-cli", "-s", socket, "--user", "producer", "--pipe",
        env={**os.environ, "REDISCLI_AUTH": password}, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate("".join(lines).encode())
    assert process.returncode == 0, said.decode()
    assert b"errors: 0" in said, said.decode()


async def by_http(headers: dict[str, str], port: int, numbers: range) -> None:
    """Tell over HTTP, again with the same key until somebody says yes."""
    visitor = Visitor(port, headers)
    for number in numbers:
        async with asyncio.timeout(120):
            while True:
                try:
                    await visitor.ask(
                        "POST",
                        "/api/events/test.tick",
                        {"n": number},
                        **{"Idempotency-Key": f"h{number}"},
                    )
                except (OSError, Refused):
                    await asyncio.sleep(0.1)
                else:
                    break
    await visitor.close()


async def acted(count: int, kills: int, says: Says) -> None:
    chance, half = random.Random(SEED), count // 2
    async with witnessed(copies=2) as one:
        folder = one.root / "events"
        folder.mkdir(exist_ok=True)
        (folder / "rules.yaml").write_text(RULES)
        visitor = await with_key(one.settings)
        port = one.settings.http.port
        telling = [
            asyncio.create_task(by_http(visitor.headers, port, range(at, half, CALLERS)))
            for at in range(CALLERS)
        ]
        telling.append(asyncio.create_task(by_redis(one, count - half)))
        struck = 0
        for _ in range(kills):
            name = chance.choice(one.workers())
            await soon(partial(one.busy, name), 60)
            struck += (await one.strike(name)).entries
            await asyncio.sleep(chance.uniform(0.2, 1.0))
        await asyncio.gather(*telling)
        book = one.root / "book"

        async def all_acted() -> bool:
            return len(effects(book)) >= count and not await one.running()

        await soon(all_acted, 1_200)
        found = effects(book)
        letters = await one.letters()
        says(f"seed {SEED}: {count} events, {len(found)} calls, {struck} entries in dead hands")
    assert struck > 0, "void: no kill hit anything"
    assert Counter(found.values()) == {1: count}
    assert not letters


async def test_events_are_acted_on_once_whoever_is_killed(
    says: Says, request: pytest.FixtureRequest
) -> None:
    count = int(request.config.getoption("--events"))
    await acted(count, max(4, count // 400), says)
