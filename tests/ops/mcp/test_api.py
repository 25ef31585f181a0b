"""Foreign servers at the web door: what is shown, who may classify, and what needs a proof."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.foreign_servers import Book
from ops.users import proof
from schemas.foreign import Met, MetAll, Offered, Reached
from schemas.tools import Tier
from streams import keys
from tests.ops.users.home import PASSWORD, Browser, Home, running
from tests.stand import Stand

FOREIGN = "/api/mcp"
WORDS = "Reads a file.\nWhole."
TOOL = Offered(
    name="read", description=WORDS, parameters={"properties": {"path": {}}}, pin="as-it-is"
)


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A web door that nobody has set up yet."""
    async with running(stand, tmp_path) as found:
        yield found


@pytest.fixture
def book(home: Home) -> Book:
    """A server that offers one tool, and one that was not met yet."""
    found = Book(home.settings.root)
    found.add("files", Reached(command=("server", "/srv"), write=("/srv",)))
    found.add("wiki", Reached(url="https://wiki.example/mcp", secret="WIKI_TOKEN"))
    offers(found, TOOL)
    return found


def offers(book: Book, *tools: Offered, state: Any = "up") -> None:
    book.see(MetAll(servers={"files": Met(state=state, tools=tools)}))


async def shown(browser: Browser) -> dict[str, Any]:
    said = await browser.get(FOREIGN)
    assert said.status_code == 200, said.text
    return {one["name"]: one for one in said.json()["servers"]}


async def classify(browser: Browser, tier: str, **other: str) -> httpx.Response:
    form = {"tool": "read", "tier": tier, "pin": TOOL.pin, **other}
    return await browser.ask("PUT", f"{FOREIGN}/files/tier", json=form)


async def test_each_is_shown_with_all_that_it_says_and_may_do(home: Home, book: Book) -> None:
    found = await shown(await home.owner())
    files, wiki = found["files"], found["wiki"]
    assert (files["state"], files["reached"]["command"]) == ("up", ["server", "/srv"])
    (tool,) = files["tools"]
    assert (tool["name"], tool["description"], tool["takes"]) == ("read", WORDS, ["path"])
    assert (tool["tier"], tool["pin"]) == ("BLACK", TOOL.pin)
    assert "has not classified" in tool["why"]
    assert (wiki["state"], wiki["tools"]) == ("starting", [])
    assert wiki["reached"]["secret"] == "WIKI_TOKEN", "the name of it, and no more"


async def test_a_tool_is_classified_as_it_was_shown_and_all_are_told(
    home: Home, book: Book, stand: Stand
) -> None:
    browser = await home.owner()
    said = await classify(browser, "YELLOW")
    assert said.status_code == 200, said.text
    assert said.json()["servers"][0]["tools"][0]["tier"] == "YELLOW"
    assert book.tier("files", "read")[0] == Tier.YELLOW
    entries: Any = await stand.redis.xrange(keys.topic("events"))
    (told,) = [one[b"data"] for _, one in entries if b'"mcp.changed"' in one[b"data"]]
    assert b'"tier":"YELLOW"' in told

    offers(book, TOOL.model_copy(update={"description": "Deletes it.", "pin": "another"}))
    assert (await shown(browser))["files"]["tools"][0]["tier"] == "BLACK"
    late = await classify(browser, "YELLOW")
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert book.tier("files", "read")[0] == Tier.BLACK


@pytest.mark.parametrize(
    ("other", "status"),
    [({"tool": "none"}, 404), ({"tool": "no name"}, 422), ({"pin": ""}, 422)],
)
async def test_what_does_not_fit_is_refused(
    home: Home, book: Book, other: dict[str, str], status: int
) -> None:
    browser = await home.owner()
    assert (await classify(browser, "YELLOW", **other)).status_code == status
    for tier in ("GREEN", "PINK", "yellow"):
        assert (await classify(browser, tier)).status_code == 422, tier
    assert book.tier("files", "read")[0] == Tier.BLACK


async def test_more_rights_need_a_fresh_proof_and_fewer_do_not(
    home: Home, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await home.owner()
    assert (await classify(browser, "ORANGE")).status_code == 200
    monkeypatch.setattr(proof, "SECONDS", -1)
    await browser.post("/api/auth/proof", proof=PASSWORD)  # it has run out by now
    for tier, status in (
        ("YELLOW", 403), ("RED", 200), ("ORANGE", 403), ("BLACK", 200), ("RED", 403),
    ):  # fmt: skip
        said = await classify(browser, tier)
        assert said.status_code == status, tier
        if status == 403:
            assert said.json()["code"] == "proof_needed"
    assert book.tier("files", "read")[0] == Tier.BLACK
    # What was made of other words is no right that this tool has.
    book.classify("files", "read", Tier.YELLOW)
    offers(book, TOOL.model_copy(update={"pin": "another"}))
    assert (await classify(browser, "YELLOW", pin="another")).status_code == 403


async def test_one_that_is_removed_is_gone_with_what_was_made_of_it(home: Home, book: Book) -> None:
    browser = await home.owner()
    await classify(browser, "YELLOW")
    assert (await browser.delete(f"{FOREIGN}/files")).status_code == 204
    assert list(await shown(browser)) == ["wiki"]
    assert book.tier("files", "read")[0] == Tier.BLACK
    assert (await browser.delete(f"{FOREIGN}/files")).status_code == 404
    assert (await classify(browser, "BLACK")).status_code == 404


async def test_they_are_the_owners_alone(home: Home, book: Book) -> None:
    owner = await home.owner()
    assert (await home.browser().get(FOREIGN)).status_code == 401
    made = await owner.post("/api/keys", name="all", scopes=["admin", "read", "chat", "tools"])
    key = home.browser(**{"X-API-Key": made.json()["key"]})
    assert (await classify(key, "YELLOW")).status_code == 403
    assert (await key.delete(f"{FOREIGN}/files")).status_code == 403
    assert (await key.get(FOREIGN)).status_code == 403
    assert book.tier("files", "read")[0] == Tier.BLACK
    assert sorted(book.owner().servers) == ["files", "wiki"]
