"""What is on other servers: `web_fetch`, `web_search`, and `http_download` into the workspace."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from posixpath import normpath
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from gateways.internet.fetch import Fetcher
from gateways.internet.finder import Finder, Hit
from gateways.internet.firecrawl import Firecrawl
from gateways.internet.page import text_of
from gateways.internet.settings import InternetSettings
from gateways.machines.workspace import Workspace
from processors.tools.builtin.workspace import back, change_of
from processors.tools.declare import CallKey, Weight, tool
from processors.tools.wording import counted, name, sized
from schemas.tools import Tier, ToolResult

PLAIN = 120
"""Characters of an address behind its host that carry no more than an address does."""
MEGABYTE = 1_000_000

Url = Annotated[
    str,
    Field(min_length=1, max_length=2_048, description="An http or https address."),
]


def _host(url: str) -> str:
    return f"host:{urlsplit(url).hostname or '?'}"


def _weigh_fetch(url: str) -> Weight:
    parts = urlsplit(url)
    carried = len(parts.path) + len(parts.query)
    wordy = bool(parts.query) or carried > PLAIN or len(parts.netloc) > PLAIN
    return Weight(
        # What is asked for is told to the other side, too.
        tier=Tier.YELLOW if wordy else Tier.GREEN,
        reasons=("the address itself can carry words out of the house",) if wordy else (),
        targets=(_host(url),),
        command=f"fetch {url}",
        affects="the server learns this address, and ours",
    )


async def _where(fetcher: Fetcher, url: str) -> dict[str, str]:
    target, addresses = await fetcher.where(url)
    # Names with several addresses tell them in another order each time.
    return {f"host:{target.host}": ", ".join(sorted(addresses))}


@tool(
    tier=Tier.GREEN,
    timeout=90,
    examples=("fetch https://example.org", "what does the page https://example.org say?"),
    weigh=_weigh_fetch,
    identify=_where,
    sends=True,
    untrusted=True,
)
async def web_fetch(
    fetcher: Fetcher, firecrawl: Firecrawl, bounds: InternetSettings, url: Url
) -> ToolResult:
    """Read one page of the web, as Markdown."""
    if firecrawl.url:
        # It fetches by itself, so it is only handed what we would fetch.
        target, _ = await fetcher.where(url)
        title, text = await firecrawl.scrape(target.url)
        at = target.url
    else:
        found = await fetcher.fetch(url, bounds.page_mb * MEGABYTE)
        title, text = await asyncio.to_thread(text_of, found)
        at = found.url
    about = f"{name(title)} ({name(at)})" if title else name(at)
    return ToolResult(
        text=f"{about}:\n{text}" if text else f"{about} has no text.",
        data={"url": at, "title": title, "characters": len(text)},
    )


def _weigh_search(words: str) -> Weight:
    return Weight(
        targets=("host:search",),
        command=f"search the web for: {words}",
        affects="the search engine learns these words",
    )


@tool(
    tier=Tier.GREEN,
    timeout=30,
    examples=("search the web for jellyfin transcoding",),
    weigh=_weigh_search,
    ready=lambda finder: finder.why_not(),
    sends=True,
    untrusted=True,
)
async def web_search(
    finder: Finder,
    words: Annotated[str, Field(min_length=1, max_length=400, description="What to look for.")],
    count: Annotated[int, Field(ge=1, le=20, description="How many pages to name.")] = 8,
) -> ToolResult:
    """Search the web, and name the pages that were found."""
    hits = await finder.search(words, count)
    if not hits:
        return ToolResult(text=f"Nothing was found for {name(words)!r}.", data={"hits": []})
    return ToolResult(
        text="\n".join([f"{counted(len(hits), 'page')} for {name(words)!r}.", *map(_line, hits)]),
        data={"hits": [asdict(hit) for hit in hits]},
    )


def _line(hit: Hit) -> str:
    return f"{name(hit.title)}\n  {name(hit.url)}\n  {name(hit.about)}"


def _weigh_download(url: str, path: str) -> Weight:
    return Weight(
        tier=max(Tier.YELLOW, _weigh_fetch(url).tier),
        targets=(_host(url), f"file:{normpath(path)}"),
        command=f"download {url} to {path}",
        affects="a file of somebody else is in the workspace",
        undo="what stands there now comes back",
    )


async def _where_and_what(
    fetcher: Fetcher, workspace: Workspace, url: str, path: str
) -> dict[str, str]:
    state = await asyncio.to_thread(workspace.state, path)
    return {**await _where(fetcher, url), f"file:{normpath(path)}": state}


@tool(
    tier=Tier.YELLOW,
    timeout=620,
    effect="idempotent",
    examples=("download https://example.org/a.pdf to papers/a.pdf",),
    weigh=_weigh_download,
    identify=_where_and_what,
    sends=True,
)
async def http_download(  # noqa: PLR0917 - what a tool needs is named in its signature
    fetcher: Fetcher,
    workspace: Workspace,
    bounds: InternetSettings,
    url: Url,
    path: Annotated[
        str,
        Field(
            max_length=1_024,
            description="Where, below the workspace, with the file's name.",
            json_schema_extra={"format": "path"},
        ),
    ],
    key: CallKey,
) -> ToolResult:
    """Download one file into the workspace, replacing what was there."""
    found = await fetcher.fetch(url, bounds.download_mb * MEGABYTE, seconds=600)
    change = change_of(key)
    written = await asyncio.to_thread(workspace.write, path, found.body, change)
    return ToolResult(
        text=f"I downloaded {sized(len(found.body))} to {name(written)}.",
        data={"path": written, "bytes": len(found.body), "type": found.type, "url": found.url},
        undo=back(change, path, "put back what was in"),
    )
