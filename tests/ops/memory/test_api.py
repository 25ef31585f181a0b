"""What is remembered, at the web door: everybody's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from gateways.memory.engine import Engine
from ops import secrets
from processors.memory.memories import Memories
from schemas.memory import FactForm
from tests.ops.users.home import Browser, Home, running, settings_of
from tests.redis_server import RedisPair
from tests.stand import Stand

ROUTER = "The router stands in the cellar."
PATH = "/api/memory"


@pytest.fixture
async def home(
    stand: Stand, searching: RedisPair, facts: Engine, tmp_path: Path
) -> AsyncIterator[Home]:
    """A web door whose Redis has the query engine; nothing is remembered yet."""
    assert await facts.people() == frozenset()
    password = searching.passwords["memory"]
    secrets.replace(secrets.redis_file(tmp_path, "memory"), password.encode())
    where = SecretStr(f"unix://{searching.pair.durable.socket}")
    settings = settings_of(stand, tmp_path, {}).model_copy(update={"redis_url": where})
    async with running(stand, tmp_path, settings) as found:
        yield found


async def shown(browser: Browser, query: str = "") -> dict[str, Any]:
    said = await browser.get(f"{PATH}{query}")
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    return found


async def test_one_is_made_found_corrected_taken_along_and_deleted(
    home: Home, facts: Engine
) -> None:
    owner = await home.owner()
    assert await shown(owner) == {"facts": [], "next": None, "off": None}
    made = await owner.post(PATH, text=ROUTER, kind="fact", keep="long")
    assert made.status_code == 201, made.text
    await Memories(facts).remember("grace", FactForm(text="The router of Grace is red."))
    (one,) = (await shown(owner))["facts"]
    assert one == made.json() == (await owner.get(f"{PATH}/{one['id']}")).json()
    assert (one["person"], one["source"], one["tainted"]) == ("owner", "person", [])
    change = {"text": "The router stands in the attic."}
    other = (await owner.ask("PATCH", f"{PATH}/{one['id']}", json=change)).json()
    assert [was["text"] for was in other["was"]] == [ROUTER]
    assert (await owner.get(f"{PATH}/{one['id']}")).status_code == 404
    assert (await shown(owner, "?words=routers"))["facts"] == [other]
    taken = await owner.get(f"{PATH}/export")
    assert taken.headers["content-disposition"] == 'attachment; filename="memory.json"'
    assert taken.json() == {"person": "owner", "facts": [other]}
    assert (await owner.delete(f"{PATH}/{other['id']}")).status_code == 204
    assert (await shown(owner))["facts"] == []
    assert await facts.count("grace") == 1


async def test_bad_input_is_told(home: Home) -> None:
    owner = await home.owner()
    for body in ({}, {"text": ""}, {"text": "x", "keep": "ever"}, {"text": "x", "person": "grace"}):
        assert (await owner.ask("POST", PATH, json=body)).status_code == 422
    for query in ("?limit=0", "?limit=x", "?before=x"):
        assert (await owner.get(f"{PATH}{query}")).status_code == 422
    assert (await owner.get(f"{PATH}/nothing")).status_code == 404
    assert (await home.browser().get(PATH)).status_code == 401


async def test_without_the_engine_it_says_so(stand: Stand, tmp_path: Path) -> None:
    password = stand.servers.passwords["memory"]
    secrets.replace(secrets.redis_file(tmp_path, "memory"), password.encode())
    where = SecretStr(f"unix://{stand.servers.pair.durable.socket}")
    settings = settings_of(stand, tmp_path, {}).model_copy(update={"redis_url": where})
    async with running(stand, tmp_path, settings) as home:
        owner = await home.owner()
        found = await shown(owner)
        assert found["facts"] == []
        assert found["off"].startswith("Memory is off: the Redis of this server has no query")
        refused = await owner.post(PATH, text=ROUTER)
        assert (refused.status_code, refused.json()["code"]) == (409, "memory_off")
