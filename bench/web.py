"""The page in a real browser: its first load, and how it runs while an answer is written.

The first load is that of somebody who is logged in and has never been here with this browser: from
the call of `/chat` until the field for a message can be written in. The bytes are those of the
bodies, packed by gzip, that were asked for until then. The floor is a page with one field and
nothing else, in the same browser.

Frames are counted while an answer is written into a long conversation of which all is loaded; the
floor is a page with one paragraph, to which as many words are added as quickly.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import uvloop
from playwright.async_api import Browser, Page, StorageState, ViewportSize, async_playwright

from bench.instant import RATE
from bench.progress import say
from ops import logs
from ops.chaos.system import system
from ops.chaos.visitor import OWNER, Event, Visitor, with_key
from ops.chaos.waiting import soon
from ops.plan import Child

SIZE: ViewportSize = {"width": 1440, "height": 900}
AT_ONCE = 20
"""Questions of the long conversation that wait for their answers together."""
LONGEST = 120_000.0
"""Milliseconds for one step in the browser."""
BARE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
)
PAGE = b"<!doctype html><title>-</title><textarea></textarea>"

NOTE = """window.interactive = new Promise((done) => {
  const look = () => {
    if (!document.querySelector('textarea')) return;
    watch.disconnect();
    // After the next frame, and after what the page does in it, a key would be heard.
    requestAnimationFrame(() => setTimeout(() => done(performance.now())));
  };
  const watch = new MutationObserver(look);
  watch.observe(document, { subtree: true, childList: true });
})"""
WRITE = """(every) => {
  const line = document.body.appendChild(document.createElement('p'));
  setInterval(() => line.append(' heron'), every);
}"""
LOADED = """async () => {
  const took = await window.interactive;
  const loaded = ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind));
  const first = loaded.filter((each) => each.startTime <= took);
  return [took, first.map((each) => each.encodedBodySize)];
}"""
FRAMES = """(seconds) => new Promise((done) => {
  const times = [];
  const tick = (now) => {
    times.push(now);
    if (now - times[0] < seconds * 1000) return requestAnimationFrame(tick);
    const gaps = times.slice(1).map((each, at) => each - times[at]);
    done([gaps.length / ((now - times[0]) / 1000), Math.max(...gaps)]);
  };
  requestAnimationFrame(tick);
})"""


def models(pieces: int, root: Path) -> tuple[Child, ...]:
    """Return the processes of the model servers: one that answers at once, one that writes."""
    words = (sys.executable, "-P", "-m", "bench.instant")
    return (
        Child(name="model", argv=(*words, str(root / "model.sock"))),
        Child(name="writer", argv=(*words, str(root / "writer.sock"), str(pieces))),
    )


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Run the system's Chromium.

    Raises:
        RuntimeError: there is none.
    """
    found = shutil.which("chromium")
    if found is None:
        raise RuntimeError("chromium is missing; ./install.sh dev installs it")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def bare() -> AsyncIterator[str]:
    """Serve the page of the floor; yield its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(BARE % len(PAGE) + PAGE)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def log_in(browser: Browser, origin: str) -> StorageState:
    """Log in as the owner; return what a browser keeps of it."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{origin}/chat")
    await page.get_by_label("Name").fill(OWNER["name"])
    await page.get_by_label("Password", exact=True).fill(OWNER["password"])
    await page.get_by_role("button", name="Log in").click()
    await page.locator("textarea").wait_for()
    kept = await context.storage_state()
    await context.close()
    return kept


async def load(browser: Browser, url: str, kept: StorageState | None) -> tuple[float, int, float]:
    """Load a page with an empty cache; return milliseconds, requests, and kB of bodies."""
    packed = {"Accept-Encoding": "gzip"}
    context = await browser.new_context(
        storage_state=kept, viewport=SIZE, extra_http_headers=packed
    )
    page = await context.new_page()
    await page.add_init_script(NOTE)
    await page.goto(url)
    took, sizes = await page.evaluate(LOADED)
    await context.close()
    return took, len(sizes), sum(sizes) / 1e3


async def first_load(
    browser: Browser, origin: str, kept: StorageState, times: int
) -> dict[str, Any]:
    """Measure the first load and its floor, in turns; the medians count."""
    ours, floor = [], []
    async with bare() as url:
        for _ in range(times):
            floor.append(await load(browser, url, None))
            ours.append(await load(browser, f"{origin}/chat", kept))
    took, least = (statistics.median(each[0] for each in some) for some in (ours, floor))
    return {
        "first_load_kb": round(max(each[2] for each in ours), 1),
        "requests": max(each[1] for each in ours),
        "interactive_ms": round(took, 1),
        "floor_interactive_ms": round(least, 1),
        "interactive_ratio": round(took / least, 2),
    }


async def converse(visitor: Visitor, turns: int) -> str:
    """Have a long conversation; return its id."""
    said = await visitor.ask("POST", "/api/chat", {"text": "hello"})
    session = str(said["session"])
    over: set[str] = set()
    asked = {said["turn"]}

    async def read(events: AsyncIterator[Event]) -> None:
        async for event in events:
            if event.name == "turn":
                over.add(event.json()["id"])
            elif event.name == "snapshot":
                over.update(one["id"] for one in event.json()["turns"] if one["state"] == "done")

    async with visitor.following(session) as events:
        reading = asyncio.create_task(read(events))
        while len(asked) < turns:
            await soon(lambda: len(asked - over) < AT_ONCE, 60)
            more = {"text": f"Where is heron {len(asked)}?", "session": session}
            asked.add((await visitor.ask("POST", "/api/chat", more))["turn"])
        await soon(lambda: asked <= over, 60)
        reading.cancel()
    return session


async def see_all(page: Page, turns: int) -> None:
    """Have all of a conversation loaded, and be at its end."""
    earlier = page.get_by_role("button", name=re.compile("earlier messages", re.IGNORECASE))
    scroller = "document.querySelector('[role=log]').parentElement"
    while await earlier.count():
        await page.evaluate(f"{scroller}.scrollTop = 0")
        await page.wait_for_timeout(20)
    await page.evaluate(f"{scroller}.scrollTop = {scroller}.scrollHeight")
    there = await page.locator("[data-turn]").count()
    if there != turns:
        raise RuntimeError(f"{there} of {turns} questions are on the page")


async def bare_fps(browser: Browser, seconds: float) -> float:
    """Return the frames per second of a page that only gets words."""
    context = await browser.new_context(viewport=SIZE)
    page = await context.new_page()
    async with bare() as url:
        await page.goto(url)
        await page.evaluate(WRITE, 1e3 / RATE)
        fps, _ = await page.evaluate(FRAMES, seconds)
    await context.close()
    return float(fps)


async def streaming(
    browser: Browser, visitor: Visitor, origin: str, kept: StorageState, turns: int, seconds: float
) -> dict[str, Any]:
    """Count frames while an answer is written into a long conversation, and while none is."""
    session = await converse(visitor, turns)
    say(f"{turns * 2:,} messages are there")
    context = await browser.new_context(storage_state=kept, viewport=SIZE)
    page = await context.new_page()
    page.set_default_timeout(LONGEST)
    await page.goto(f"{origin}/chat/{session}")
    await page.locator("[data-turn]").first.wait_for()
    await see_all(page, turns)
    ask = {"text": "write on", "session": session, "tier": "opus"}
    await visitor.ask("POST", "/api/chat", ask)
    await page.locator("[data-turn]").last.get_by_text("A heron stands").first.wait_for()
    fps, gap = await page.evaluate(FRAMES, seconds)
    busy = await page.locator("article[aria-busy=true]").count()
    await context.close()
    floor = await bare_fps(browser, min(seconds, 5.0))
    if not busy:
        raise RuntimeError("the answer ended before the count")
    return {
        "messages": turns * 2,
        "fps_streaming": round(fps, 1),
        "floor_fps": round(floor, 1),
        "fps_ratio": round(fps / floor, 2),
        "longest_frame_ms": round(gap, 1),
    }


async def run(*, loads: int, turns: int, seconds: float) -> dict[str, Any]:
    """Measure on a server of its own."""
    # Longer than is counted, also for a browser that comes late to it.
    pieces = int(RATE * (seconds * 2 + 10))
    tiers = dict.fromkeys(("flash", "haiku", "sonnet"), "lines:{root}/model.sock")
    tiers["opus"] = "lines:{root}/writer.sock"
    async with system(models=tiers, more=partial(models, pieces)) as one, browsing() as b:
        await soon((one.root / "writer.sock").exists)
        visitor = await with_key(one.settings)
        origin = f"http://127.0.0.1:{one.settings.http.port}"
        kept = await log_in(b, origin)
        found = await first_load(b, origin, kept, loads)
        say(f"{found['first_load_kb']} kB, interactive after {found['interactive_ms']} ms")
        found |= await streaming(b, visitor, origin, kept, turns, seconds)
        await visitor.close()
        return found


def main(*, quick: bool) -> dict[str, Any]:
    """Measure on a server and in a browser of our own."""
    logs.configure("warning")
    if quick:
        return uvloop.run(run(loads=3, turns=50, seconds=3.0))
    return uvloop.run(run(loads=9, turns=500, seconds=10.0))


ROWS = (
    ("first load, gzipped", "first_load_kb", "", "", "kB"),
    ("its requests", "requests", "", "", ""),
    (
        "until one can write, p50",
        "interactive_ms",
        "floor_interactive_ms",
        "interactive_ratio",
        "ms",
    ),
    ("frames while an answer is written", "fps_streaming", "floor_fps", "fps_ratio", "/s"),
    ("the longest frame meanwhile", "longest_frame_ms", "", "", "ms"),
)
"""The table for people: what, ours, the floor's, the ratio, the unit."""
