"""Foreign servers, from the owner's file to a call: BLACK until classified, and when changed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ops.foreign_servers import Book
from ops.mcp.line import Line, door
from ops.vault import Vault
from schemas.errors import Conflict, Invalid, NotFound
from schemas.foreign import Brought, Met, MetAll, Order, Reached
from schemas.tools import Tier
from tests.gateways.mcp.test_client import HOSTILE, PYTHON
from tests.peers.hostile_http import peer
from tests.stand import soon


def hostile(what: str) -> Reached:
    command = (str(Path(sys.executable).resolve()), str(HOSTILE), what)
    return Reached(command=command, read=(PYTHON, str(HOSTILE)))


@asynccontextmanager
async def serving(root: Path) -> AsyncIterator[Line]:
    """Run the process of a state folder until the end of the block."""
    sockets = root / "s"
    sockets.mkdir()
    (root / "config.yaml").write_text(f"streams:\n  sockets: {sockets}\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "ops.mcp", f"--root={root}"),
        env={"PYTHONPATH": str(HOSTILE.parents[2]), "PATH": "/usr/bin:/bin", "HOME": str(root)},
    )
    try:
        await soon(door(sockets).exists, 60)
        yield Line(sockets)
        assert process.returncode is None, "it lives on, whatever the servers do"
    finally:
        process.terminate()
        await process.wait()


def met(book: Book, server: str = "odd") -> Met | None:
    return book.met().servers.get(server)


async def up(book: Book, server: str = "odd") -> None:
    await soon(lambda: (now := met(book, server)) is not None and now.state == "up", 60)


async def test_a_tool_that_describes_itself_otherwise_is_black_again(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.add("odd", hostile("changes"))
    async with serving(tmp_path) as line:
        await up(book)
        first = book.classify("odd", "do", Tier.YELLOW)
        await soon(lambda: book.tier("odd", "do")[0] == Tier.BLACK, 60)
        assert "otherwise than when the owner classified it" in book.tier("odd", "do")[1]
        # Also one who had it approved before: the process looks at the hash again.
        order = Order(server="odd", tool="do", arguments={}, pin=first.pin)
        assert (await line.call(order)).code == "changed"


@pytest.mark.parametrize("what", ["dies", "no-line", "floods", "mute"])
async def test_one_that_misbehaves_harms_no_other(tmp_path: Path, what: str) -> None:
    book = Book(tmp_path)
    book.add("odd", hostile(what))
    book.add("good", hostile("says"))
    async with serving(tmp_path) as line:
        await up(book, "good")
        if what != "mute":
            await up(book)
            assert not (await call(book, line, "odd")).ok
        found = await call(book, line, "good")
        assert found.ok, found.text


async def test_one_that_ends_is_away_with_its_last_words_and_no_secret(tmp_path: Path) -> None:
    Vault(tmp_path).put("DISCORD_BOT_TOKEN", "of-a-bot-7f3a")
    book = Book(tmp_path)
    book.add("odd", hostile("grumbles"))
    async with serving(tmp_path):
        await soon(lambda: (now := met(book)) is not None and now.state == "away", 60)
    now = met(book)
    assert now is not None
    words = "It begins / no \\x1b[31mkey [redacted]\\u202e"
    assert now.why == f"It ended with status 3; its last words: {words}"


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("floods", "messages within"),
        ("long", "bytes in one message"),
        ("packed", "packs what it sends"),
        ("many", "more than 200 tools"),
    ],
)
async def test_one_at_an_address_that_goes_too_far_is_away_and_says_why(
    tmp_path: Path, what: str, why: str
) -> None:
    book = Book(tmp_path)
    async with peer(what) as far, peer("says") as fair:
        book.add("odd", Reached(url=far.url))
        book.add("good", Reached(url=fair.url))
        async with serving(tmp_path) as line:
            await up(book, "good")
            await soon(lambda: (now := met(book)) is not None and why in now.why, 60)
            now = met(book)
            assert now is not None
            assert now.state == "away"
            assert (await call(book, line, "good")).ok


async def call(book: Book, line: Line, server: str) -> Brought:
    now = met(book, server)
    assert now is not None
    pin = next(one.pin for one in now.tools if one.name == "do")
    return await line.call(Order(server=server, tool="do", arguments={}, pin=pin))


async def test_a_server_that_is_removed_is_gone(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.add("odd", hostile("says"))
    async with serving(tmp_path) as line:
        await up(book)
        book.remove("odd")
        await soon(lambda: met(book) is None, 30)
        order = Order(server="odd", tool="do", arguments={}, pin="x")
        assert (await line.call(order)).code == "not_found"


def test_what_does_not_fit_is_refused_and_what_is_broken_counts_as_nothing(tmp_path: Path) -> None:
    book = Book(tmp_path)
    with pytest.raises(Invalid):
        book.add("Two Words", hostile("says"))
    book.add("odd", hostile("says"))
    with pytest.raises(Conflict):
        book.add("odd", hostile("says"))
    for server, tool in (("none", "do"), ("odd", "none")):
        with pytest.raises(NotFound):
            book.classify(server, tool, Tier.YELLOW)
    book.see(MetAll(servers={"odd": Met(state="up")}))
    book.remove("odd")
    book.add("odd", hostile("dies"))
    assert met(book) is None, "what was met was another one of that name"
    (tmp_path / "mcp/servers.json").write_text("{")
    assert not Book(tmp_path).owner().servers
    assert Book(tmp_path).tier("odd", "do")[0] == Tier.BLACK
