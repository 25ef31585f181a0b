"""`web_fetch`, `web_search`, `http_download`: what they bring, and what they refuse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateways.internet.address import Allowed
from gateways.internet.fetch import Fetcher
from gateways.internet.finder import Finder
from gateways.internet.firecrawl import Firecrawl
from gateways.internet.settings import InternetSettings
from gateways.machines.workspace import Workspace
from processors.tools.builtin.internet import http_download, web_fetch, web_search
from processors.tools.policy import Policies, Policy
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.tools import Tier
from tests.gateways.internet.server import Site, site

OWNER = Situation(profile="full", person="owner")
TAINTED = Situation(profile="full", person="owner", tainted=("https://example.org",))


def tools(
    folder: Path, *sites: Site, firecrawl: str | None = None, finder: Finder | None = None,
    policy: Policy | None = None,
) -> Registry:  # fmt: skip
    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return ("127.0.0.1",)

    allowed = Allowed(("tea.example",), (80, 443, *(one.port for one in sites)), resolve)
    return Registry(
        (web_fetch, web_search, http_download),
        [
            Fetcher(allowed, 5),
            Firecrawl(firecrawl),
            finder or Finder(),
            InternetSettings(page_mb=1, download_mb=1),
            Workspace(folder / "workspace"),
        ],
        Policies(policy),
    )


def files(folder: Path) -> set[Path]:
    """All files below a folder, without what is kept of changes."""
    return {one for one in folder.rglob("*") if one.is_file() and ".kept" not in one.parts}


async def test_a_page_is_fetched(tmp_path: Path) -> None:
    async with site() as here:
        house, url = tools(tmp_path, here), f"http://tea.example:{here.port}/"
        result = await house.run("web_fetch", {"url": url})
        assert result.ok, result.text
        assert result.text.startswith(f"Tea & cake ({url}):\n# Tea")
        assert await house.identify("web_fetch", {"url": url}) == {"host:tea.example": "127.0.0.1"}
        refused = await house.run("web_fetch", {"url": url.replace("tea", "evil")})
        assert (refused.code, len(here.asked)) == ("forbidden", 1)


async def test_firecrawl_reads_in_our_place(tmp_path: Path) -> None:
    """A wire server: it speaks as much of Firecrawl's protocol as is asked."""
    async with site() as crawler, site() as here:
        page = {"success": True, "data": {"markdown": "# Crawled", "metadata": {"title": "T"}}}
        crawler.says("/v1/scrape", orjson.dumps(page), kind="application/json")
        house = tools(tmp_path, here, firecrawl=f"http://127.0.0.1:{crawler.port}/")
        result = await house.run("web_fetch", {"url": f"http://tea.example:{here.port}/"})
        assert result.text.endswith(":\n# Crawled"), result.text
        refused = await house.run("web_fetch", {"url": f"http://evil.example:{here.port}/"})
        assert (refused.code, crawler.asked, here.asked) == ("forbidden", ["/v1/scrape"], [])
        for answer in (b"{}", b"[]", b"nonsense", b'{"data": {"markdown": 5}}'):
            crawler.says("/v1/scrape", answer)
            wrong = await house.run("web_fetch", {"url": f"http://tea.example:{here.port}/"})
            assert (wrong.ok, "Firecrawl could not read" in wrong.text) == (False, True)
    gone = await house.run("web_fetch", {"url": f"http://tea.example:{here.port}/"})
    assert gone.code == "transient"
    assert "Firecrawl is not running at http://127.0.0.1" in gone.text


async def test_a_file_is_downloaded_and_taken_back(tmp_path: Path) -> None:
    async with site() as here:
        house, base = tools(tmp_path, here), f"http://tea.example:{here.port}"
        here.says("/a.bin", b"\x00\x01", kind="application/octet-stream")
        here.says("/large", b"x" * 1_000_001)
        arguments = {"url": f"{base}/a.bin", "path": "papers/a.bin"}
        result = await house.run("http_download", arguments, "call")
        assert result.ok, result.text
        assert result.undo is not None
        assert (tmp_path / "workspace/papers/a.bin").read_bytes() == b"\x00\x01"
        for url, path in (
            (f"{base}/large", "b"), (f"{base}/none", "b"), (f"{base}/a.bin", "../b"),
            (f"{base}/a.bin", "/tmp/livos-out"), ("file:///etc/passwd", "b"),
            (f"http://127.0.0.1:{here.port}/a.bin", "b"),
        ):  # fmt: skip
            assert not (await house.run("http_download", {"url": url, "path": path})).ok
    assert files(tmp_path) == {tmp_path / "workspace/papers/a.bin"}
    assert not os.access("/tmp/livos-out", os.F_OK)


async def test_the_web_is_searched(tmp_path: Path) -> None:
    """Wire servers, one speaking SearXNG's and one Brave's protocol."""
    hit = {"title": "Tea\n", "url": "https://example.org/", "content": "hot"}
    brave = {"title": "Tea", "url": "https://example.org/", "description": "hot"}
    async with site() as here:
        here.says("/search?q=hot+tea&format=json", orjson.dumps({"results": [hit] * 9}))
        path = "/res/v1/web/search?q=hot+tea&count=2"
        here.says(path, orjson.dumps({"web": {"results": [brave] * 2}}))
        base = f"http://127.0.0.1:{here.port}"
        for finder in (Finder(searxng=base), Finder(brave="TWEET", brave_url=base)):
            house = tools(tmp_path, finder=finder)
            result = await house.run("web_search", {"words": "hot tea", "count": 2})
            assert result.text.startswith("2 pages for 'hot tea'.\nTea\n  https://example.org/")
        assert "x-subscription-token: tweet" in here.heads[-1].lower()
        assert "tweet" not in here.heads[0].lower()
        here.says("/search?q=x&format=json", b"<html>")
        here.says("/search?q=y&format=json", b'{"results": [5, null]}')
        house = tools(tmp_path, finder=Finder(searxng=base))
        assert "did not answer in JSON" in (await house.run("web_search", {"words": "x"})).text
        assert "Nothing was found" in (await house.run("web_search", {"words": "y"})).text
    gone = await house.run("web_search", {"words": "x"})
    assert gone.code == "transient"


async def test_without_a_search_engine_it_is_refused_clearly(tmp_path: Path) -> None:
    house = tools(tmp_path)
    found = house.assess("web_search", {"words": "tea"}, OWNER)
    assert (found.tier, found.code) == (Tier.BLACK, "unavailable")
    assert "no search engine is set" in found.reasons[0]
    assert (await house.run("web_search", {"words": "tea"})).code == "refused"


@pytest.mark.parametrize(
    ("tool", "arguments", "tier", "tainted"),
    [
        ("web_fetch", {"url": "https://example.org/tea"}, Tier.GREEN, Tier.YELLOW),
        ("web_fetch", {"url": "https://example.org/?q=secret"}, Tier.YELLOW, Tier.ORANGE),
        ("web_fetch", {"url": f"https://example.org/{'a' * 200}"}, Tier.YELLOW, Tier.ORANGE),
        ("web_fetch", {"url": f"https://{'a.' * 80}example.org/"}, Tier.YELLOW, Tier.ORANGE),
        ("web_fetch", {"url": "http://[::1"}, Tier.BLACK, Tier.BLACK),
        ("http_download", {"url": "https://example.org/a", "path": "a"}, Tier.YELLOW, Tier.ORANGE),
        ("web_search", {"words": "tea"}, Tier.GREEN, Tier.YELLOW),
    ],
)
def test_what_can_carry_words_out_weighs_more(
    tmp_path: Path, tool: str, arguments: dict[str, Any], tier: Tier, tainted: Tier
) -> None:
    house = tools(tmp_path, finder=Finder(brave="key"))
    assert house.assess(tool, arguments, OWNER).tier == tier
    assert house.assess(tool, arguments, TAINTED).tier == tainted
    assert house.get(tool).sends


def test_a_protected_host_is_not_asked(tmp_path: Path) -> None:
    house = tools(tmp_path, policy=Policy(protected=("host:*.evil.example",)))
    for url in ("http://a.evil.example/", "HTTP://A.EVIL.example:80/"):
        assert house.assess("web_fetch", {"url": url}, OWNER).code == "protected"
