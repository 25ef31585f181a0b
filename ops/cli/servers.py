"""What the Redis servers and the HTTP listener say about themselves."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from typing import Any
from urllib.parse import urlsplit

from ops.cli import place
from ops.settings import Settings
from streams import keys
from streams.allowances import TOPICS
from streams.gauge import MEGABYTE, Gauge
from streams.line import Line
from streams.wire import Said

AT_THE_DESK = frozenset({"dead"})
"""Topics that wait for people, not for a stage."""

KEEPS = {"always": "every write", "everysec": "all but the last second"}


async def gather(here: Settings) -> dict[str, Any]:
    """Return servers, topics, running turns and dead letters.

    Raises:
        Away: the durable server does not answer.
    """
    desk, live = place.line(here, "durable", "desk"), place.line(here, "live", "live")
    try:
        servers = {
            "durable": await _server(desk, here.streams.durability),
            "live": await _server(live, None),
        }
        found = {"redis": servers, "topics": await topics(desk)}
        found["journal"] = await _journal(here, desk, servers["durable"])
        found["running_turns"] = await desk.say("ZCARD", keys.TURNS)
        found["dead_letters"] = await desk.say("XLEN", keys.topic("dead"))
    finally:
        await desk.close()
        await live.close()
    return found


async def _server(line: Line, durability: str | None) -> dict[str, Any]:
    sections = ("server", "memory", "persistence")
    info: dict[str, str] = {}
    for section in sections:
        text = await line.say("INFO", section)
        info |= dict(row.split(":", 1) for row in text.splitlines() if ":" in row)
    on = info.get("aof_enabled") == "1"
    return {
        "version": info["redis_version"],
        "keeps": KEEPS.get(durability or "", "writes") if on else "nothing",
        "appendonly": on,
        "appendfsync": durability if on else None,
        "write_ok": info.get("aof_last_write_status", "ok") == "ok",
        "used_bytes": int(info["used_memory"]),
        "maxmemory_bytes": int(info["maxmemory"]),
        "policy": info["maxmemory_policy"],
    }


async def topics(desk: Line) -> dict[str, Any]:
    """Return how much waits on each topic, and who reads it."""
    found: dict[str, Any] = {}
    for topic in TOPICS:
        if topic in AT_THE_DESK:
            continue
        stream = keys.topic(topic)
        try:
            groups = await desk.say("XINFO", "GROUPS", stream)
        except Said:
            continue  # nobody has made it yet
        for row in groups:
            group = _pairs(row)
            if group["name"] != keys.JOURNAL:  # it reads all of them, and is no stage
                found[topic] = await _group(desk, stream, group)
    return found


async def _journal(here: Settings, desk: Line, durable: dict[str, Any]) -> dict[str, Any]:
    """Return whether the journal is written, how much waits for it, what an owner must know."""
    waiting: int | None = None
    for topic in TOPICS:
        try:
            groups = await desk.say("XINFO", "GROUPS", keys.topic(topic))
        except Said:
            continue
        for group in map(_pairs, groups):
            if group["name"] == keys.JOURNAL:
                waiting = (waiting or 0) + int(group["lag"] or 0) + int(group["pending"])
    at_work = await desk.say("GET", keys.LEASE + keys.JOURNAL) is not None
    gauge = Gauge(
        journal=at_work if waiting is not None else None,
        waiting=waiting or 0,
        used=durable["used_bytes"],
        most=durable["maxmemory_bytes"],
        room=shutil.disk_usage(here.root).free,
        floor=here.streams.disk_floor_mb * MEGABYTE,
    )
    return {"written": gauge.journal, "waiting": gauge.waiting, "notice": gauge.notice}


async def _group(desk: Line, stream: str, group: dict[str, Any]) -> dict[str, Any]:
    name = group["name"]
    consumers = [_pairs(row) for row in await desk.say("XINFO", "CONSUMERS", stream, name)]
    readers = [c for c in consumers if c["name"] not in keys.ASIDE]
    held = {c["name"]: c["pending"] for c in consumers}
    # Redis may not know the lag exactly: where nothing follows, nothing waits.
    after = await desk.say("XRANGE", stream, f"({group['last-delivered-id']}", "+", "COUNT", 1)
    waiting = max(1, int(group["lag"] or 0)) if after else 0
    oldest = after[0][0] if after else None
    if group["pending"]:
        oldest = (await desk.say("XPENDING", stream, name))[1]
    return {
        "stage": name,
        "waiting": waiting,
        "read": int(group["entries-read"] or 0),
        "pending": int(group["pending"]),
        "released": held.get(keys.RELEASED, 0),
        "suspects": held.get(keys.SUSPECTS, 0),
        "oldest_s": _since(oldest) if oldest else None,
        "consumers": len(readers),
    }


def _since(entry: str) -> float:
    return max(0.0, round(time.time() - int(entry.partition("-")[0]) / 1000, 1))


def _pairs(row: list[Any]) -> dict[str, Any]:
    return dict(zip(row[::2], row[1::2], strict=True))


async def notes(address: str) -> list[str]:
    """Return what the server says an owner must know."""
    try:
        body = await get(address, "/healthz")
    except (OSError, TimeoutError, ValueError):
        return [f"Nobody answers at {address}."]
    return [str(note) for note in body.get("notes", [])]


async def get(address: str, path: str) -> dict[str, Any]:
    """Return a JSON answer of the HTTP listener.

    Raises:
        OSError, TimeoutError: nobody answers.
        ValueError: the answer is not JSON.
    """
    where = urlsplit(address)
    async with asyncio.timeout(3):
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nConnection: close\r\n\r\n".encode()
            )
            body = (await reader.read()).partition(b"\r\n\r\n")[2]
        finally:
            writer.close()
    found: dict[str, Any] = json.loads(body)
    return found
