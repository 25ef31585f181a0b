"""No secret of a server reaches a model, a feed or a record by way of its tools."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from gateways.internet.address import Allowed
from gateways.internet.fetch import Fetcher
from gateways.internet.firecrawl import Firecrawl
from gateways.internet.settings import InternetSettings
from gateways.llm.base import Attachments, Request, ToolSaid
from gateways.llm.scripted import Step, Wish, question
from gateways.machines.filesystem import Files
from gateways.machines.sandbox import Sandbox
from ops import secrets
from ops.settings import Settings
from ops.vault import Vault
from ops.withheld import redactor
from processors.agent.mind import Mind
from processors.tools.builtin.files import files_read, files_search
from processors.tools.builtin.internet import web_fetch
from processors.tools.builtin.shell import shell_run
from processors.tools.redact import GONE
from processors.tools.registry import Registry
from schemas.chat import Attachment
from streams import keys
from streams.store import connect
from tests.gateways.internet.server import Site, site
from tests.processors.asked import Files as Sent
from tests.processors.asked import mind
from tests.processors.asking import House
from tests.processors.tools.test_redact import CANARIES, PHRASES
from tests.redis_server import TESTER
from tests.stand import Stand

OWN = "the_owner's CANARY of no [shape]"


class Leaky(House):
    """A house with real hands, in which secrets lie about.

    Args:
        stand: both servers.
        folder: where they lie.
        page: a site that tells them too.
    """

    def __init__(self, stand: Stand, folder: Path, page: Site) -> None:
        super().__init__(stand)
        self.page, self.requests = page, list[Request]()
        self.settings_of = Settings(root=folder)
        self.ground = folder / "workspace"
        self.ground.mkdir()
        Vault(folder).put("DOOR", OWN)
        redis = secrets.ensure(secrets.redis_file(folder, "core"))
        self.planted = (OWN, redis, *CANARIES, *PHRASES)
        (self.ground / "notes.txt").write_text("\n".join(self.planted))
        page.says("/notes", "<br>".join(self.planted).encode())

    def resources(self) -> dict[type, object]:
        """Return what the stages ask for."""
        allowed = Allowed(("127.0.0.1",), (self.page.port,))
        world = [
            Sandbox(self.ground), Files([self.ground]), Fetcher(allowed, 5), Firecrawl(),
            InternetSettings(),
        ]  # fmt: skip
        known = (shell_run, files_read, files_search, web_fetch)
        tools = Registry(known, world, self.rules, redactor(self.settings_of))
        return {**super().resources(), Registry: tools, Mind: mind(script=self.script)}

    def script(self, request: Request) -> Step:
        """Look everywhere, and then say all that was found."""
        self.requests.append(request)
        brought = [one.content for one in request.exchanges if isinstance(one, ToolSaid)]
        path = str(self.ground / "notes.txt")
        wishes = [
            Wish(
                tool="shell_run", arguments={"command": "cat notes.txt; cat notes.txt >&2; exit 3"}
            ),
            Wish(tool="files_read", arguments={"path": path}),
            Wish(tool="files_search", arguments={"words": "hunter"}),
            Wish(tool="files_read", arguments={"path": f"{path}/none"}),
            Wish(tool="web_fetch", arguments={"url": f"http://127.0.0.1:{self.page.port}/notes"}),
        ]
        if len(brought) < len(wishes):
            return Step(calls=(wishes[len(brought)],))
        return Step(text="\n".join(brought))


async def everything(redis: Redis) -> str:
    """Return all that a server keeps, as text."""
    reads: dict[Any, Any] = {
        b"string": redis.get, b"hash": redis.hgetall, b"set": redis.smembers,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"stream": redis.xrange,
    }  # fmt: skip
    names: list[Any] = [key async for key in redis.scan_iter(count=1000)]
    kinds: list[Any] = [await redis.type(one) for one in names]
    return "\n".join(
        _texts([(one, await reads[kind](one)) for one, kind in zip(names, kinds, strict=True)])
    )


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, bytes):
        yield found.decode(errors="replace")
    elif isinstance(found, dict):
        yield from _texts(list(found.items()))
    elif isinstance(found, list | tuple | set):
        for one in found:
            yield from _texts(one)


async def test_no_canary_comes_out_of_a_tool(stand: Stand, tmp_path: Path) -> None:
    async with site() as page:
        house = Leaky(stand, tmp_path, page)
        async with house.running():
            turn = await house.ask("look around")
            (request,) = await house.pending()
            await house.press(request.id, token=(await house.card(request))[0])
            answer = await house.answer(turn)
        found = await house.observed(turn)
    assert [(one.tool, one.code) for one in found] == [
        ("shell_run", "exit"), ("files_read", None), ("files_search", None),
        ("files_read", "not_found"), ("web_fetch", None),
    ]  # fmt: skip
    for shown in (found[0], found[1], found[4]):
        assert shown.content.count(GONE) > len(CANARIES)
    models = "".join(repr(one) for one in house.requests)
    async with connect(stand.servers.live_url(TESTER)) as live:
        kept = [await everything(one) for one in (stand.tester, live)]
    assert keys.live("s") in kept[1]
    redis = house.planted[1]
    for text in (models, *kept, answer.text, orjson.dumps([one.data for one in found]).decode()):
        assert redis not in text
        at = text.find("CANARY")
        assert at < 0, text[max(0, at - 80) : at + 40]


class Told(Leaky):
    """The same, where somebody sends a file along in which they stand."""

    def resources(self) -> dict[type, object]:
        """Return what the stages ask for."""
        sent = Sent({"notes": "\n".join(self.planted).encode()})
        return {**super().resources(), Attachments: sent}

    def script(self, request: Request) -> Step:
        """Say all that was asked and shown."""
        self.requests.append(request)
        return Step(text=question(request))


async def test_no_canary_comes_out_of_a_file_that_was_sent_along(
    stand: Stand, tmp_path: Path
) -> None:
    notes = Attachment(id="notes", name="notes.txt", type="text/plain", size=999)
    async with site() as page:
        house = Told(stand, tmp_path, page)
        async with house.running():
            answer = await house.answer(await house.ask("what is this?", attachments=(notes,)))
    assert answer.text.count(GONE) > len(CANARIES)
    models = "".join(repr(one) for one in house.requests)
    async with connect(stand.servers.live_url(TESTER)) as live:
        kept = [await everything(one) for one in (stand.tester, live)]
    for text in (models, *kept, answer.text):
        assert house.planted[1] not in text
        at = text.find("CANARY")
        assert at < 0, text[max(0, at - 80) : at + 40]
