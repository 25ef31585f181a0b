"""The owner's files: `files_list`, `files_read`, `files_search` and `files_largest`."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import Field

from gateways.machines.filesearch import Match, Wanted, search
from gateways.machines.filesizes import largest
from gateways.machines.filesystem import Entry, Files
from processors.tools.declare import tool
from processors.tools.output import visible
from processors.tools.wording import counted, moment, name, sized
from schemas.errors import Invalid
from schemas.tools import Tier, ToolResult

MAX_READ = 48_000
"""Bytes of a file in one answer: with the headline it stays below what a model is shown."""

MAX_DOWNLOAD = 4 << 30
"""Bytes of a file that a person can be given."""
DOWNLOAD = "/api/files/download"
"""Where the web door hands out files; whoever comes must be allowed this tool."""

Path = Annotated[
    str,
    Field(
        max_length=4096,
        description="A path; one that does not begin with / is below an open folder.",
        json_schema_extra={"format": "path"},
    ),
]


@tool(
    tier=Tier.GREEN,
    timeout=15,
    # Whoever sends a file names it: what was fetched, sent along, or came by mail.
    untrusted=True,
    examples=(
        "list the files in /srv",
        "what is in the folder photos/?",
        "show the directory /home",
        "which files are there?",
    ),
)
async def files_list(
    files: Files,
    path: Path = "",
    limit: Annotated[int, Field(ge=1, le=1000, description="How many entries to show.")] = 200,
) -> ToolResult:
    """List the files and folders that one folder contains (its contents), with size and date."""
    listing = await asyncio.to_thread(files.folder, path, limit)
    shown = f"; the first {len(listing.entries)} are shown" if listing.total > limit else ""
    headline = f"{name(listing.path)} holds {counted(listing.total, 'entry', 'entries')}{shown}."
    return ToolResult(
        text="\n".join([headline, *map(_line, listing.entries)]),
        data={
            "path": listing.path,
            "total": listing.total,
            "entries": [asdict(entry) for entry in listing.entries],
        },
    )


def _line(entry: Entry) -> str:
    match entry.kind:
        case "file":
            about = sized(entry.size)
        case _:
            about = entry.kind
    return f"{moment(entry.modified)}  {about:>8}  {name(entry.name)}"


@tool(
    tier=Tier.GREEN,
    timeout=15,
    untrusted=True,
    examples=(
        "read notes.txt",
        "show me the contents of /srv/notes.txt",
        "what does todo.md say?",
        "open the file readme.txt",
        "print config.yaml",
    ),
)
async def files_read(
    files: Files,
    path: Path,
    offset: Annotated[int, Field(ge=0, le=1 << 53, description="First byte to read.")] = 0,
    size: Annotated[
        int, Field(ge=1, le=MAX_READ, description="How many bytes to read at most.")
    ] = MAX_READ,
) -> ToolResult:
    """Read the text of one file, or a piece of it."""
    chunk = await asyncio.to_thread(files.read, path, offset, size)
    where = name(chunk.path)
    data = {"path": chunk.path, "size": chunk.size, "offset": offset, "binary": False}
    if b"\x00" in chunk.raw:
        return ToolResult(
            text=f"{where} is not text ({sized(chunk.size)} of binary data).",
            data={**data, "binary": True},
        )
    raw = chunk.raw if len(chunk.raw) < size else _whole_characters(chunk.raw)
    end = offset + len(raw)
    more = end < chunk.size and len(raw) > 0
    if not raw:
        at = " here" if offset else ""
        return ToolResult(text=f"{where} is empty{at} ({sized(chunk.size)}).", data=data)
    piece = f"bytes {offset} to {end} of {chunk.size}" if offset or more else sized(chunk.size)
    hint = f"\n… {chunk.size - end} more bytes; go on with offset={end}" if more else ""
    return ToolResult(
        text=f"{where} ({piece}):\n{visible(raw.decode(errors='replace'))}{hint}",
        data={**data, "next_offset": end if more else None},
    )


@tool(
    tier=Tier.GREEN,
    timeout=15,
    # Not untrusted: it says the path that the call itself named, and nothing of what is there.
    examples=("download beach.jpg to my phone", "let me download /srv/report.pdf"),
)
async def download_offer(files: Files, path: Path) -> ToolResult:
    """Offer something from here for download to the person's own device."""
    shown, size, handle = await asyncio.to_thread(files.open, path)
    os.close(handle)
    if size > MAX_DOWNLOAD:
        raise Invalid(f"{name(shown)} is larger than {sized(MAX_DOWNLOAD)}.")
    address = f"{DOWNLOAD}?path={quote(shown, safe='/')}"
    return ToolResult(
        text=f"{name(shown)} ({sized(size)}) can be saved here: {address}",
        data={"path": shown, "size": size, "address": address},
    )


def _whole_characters(raw: bytes) -> bytes:
    """Leave out a character cut apart at the end; the next piece begins with it."""
    for back in range(1, min(4, len(raw)) + 1):
        lead = raw[-back]
        if lead & 0xC0 != 0x80:
            length = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return raw[:-back] if length > back and back < len(raw) else raw
    return raw


@tool(
    tier=Tier.GREEN,
    timeout=15,
    untrusted=True,
    examples=(
        "find files named invoice",
        "search for the word budget in my notes",
        "where is tax.pdf?",
        "which files contain password?",
        "locate holiday in photos/",
        "look for a file called recipe",
    ),
)
async def files_search(
    files: Files,
    words: Annotated[str, Field(min_length=1, max_length=256, description="What to look for.")],
    among: Annotated[
        Literal["text", "names"],
        Field(
            description=(
                "Where it must stand: text (contents, contain, mention, word) "
                "or names (called, titled) of the files."
            )
        ),
    ] = "names",
    path: Path = "",
) -> ToolResult:
    """Find files and folders by a part of their name, or by words that they contain."""
    wanted = Wanted(name=words) if among == "names" else Wanted(content=words)
    found = await asyncio.to_thread(search, files, path, wanted)
    count = counted(len(found.matches), "match", "matches") if found.matches else "No match"
    place = "in the names" if among == "names" else "inside the files"
    early = f" I stopped after {found.ended_by}." if found.ended_by else ""
    headline = f"{count} for {name(words)!r} {place} below {name(found.path)}.{early}"
    return ToolResult(
        text="\n".join([headline, *map(_match, found.matches)]),
        data={
            "path": found.path,
            "looked_at": found.entries,
            "ended_by": found.ended_by,
            "matches": [asdict(match) for match in found.matches],
        },
    )


@tool(
    tier=Tier.GREEN,
    timeout=15,
    # Names, as in a list of files.
    untrusted=True,
    examples=(
        "which are the biggest files?",
        "what are the largest files in /srv?",
        "show the ten biggest files",
    ),
)
async def files_largest(
    files: Files,
    path: Path = "",
    count: Annotated[int, Field(ge=1, le=50, description="How many files (top, biggest).")] = 10,
) -> ToolResult:
    """Show the largest (biggest, huge) files below a folder, with their sizes."""
    found = await asyncio.to_thread(largest, files, path, count)
    early = f" I stopped after {found.ended_by}; there may be larger." if found.ended_by else ""
    shown = counted(len(found.matches), "file")
    headline = f"The largest {shown} below {name(found.path)}:{early}"
    if not found.matches:
        headline = f"There is no file below {name(found.path)}.{early}"
    rows = [f"{sized(one.size):>8}  {name(one.path)}" for one in found.matches]
    return ToolResult(
        text="\n".join([headline, *rows]),
        data={
            "path": found.path,
            "looked_at": found.entries,
            "ended_by": found.ended_by,
            "files": [{"path": one.path, "size": one.size} for one in found.matches],
        },
    )


def _match(match: Match) -> str:
    if match.line is None:
        return f"{name(match.path)}  ({match.kind if match.kind != 'file' else sized(match.size)})"
    return f"{name(match.path)}:{match.line}: {name(match.excerpt or '')}"
