"""The conversation of the guide, as it takes place with a server of its own.

The model is a script; all else is as it is: files that are there and then are not, a question on
the page, a decision at the terminal, the turn's record. What differs each time is made equal.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops import config
from ops.addresses import url
from ops.chaos.visitor import Visitor, signed_in
from ops.chaos.waiting import soon
from ops.settings import Settings
from schemas.record import Asked, Decided, Entry, Observed, Proposed
from streams import keys
from streams.cards import shown
from streams.conversation import Conversations
from streams.store import connect
from tests.ops.cli.conftest import SECONDS, Nexus, free_port

FOLDER, BELOW = "exports", "workspace/exports"
"""The folder, as a command in the sandbox and as other tools call it."""
SIZES = {"april.tar": 24, "may.tar": 8, "june.tar": 2}
"""What lies about, in millions of bytes."""
OLD = ("april.tar", "may.tar")
QUESTION = "The disk is getting full. Please free some space."
SCRIPT: list[dict[str, Any]] = [
    {
        "text": "I look at the disk first.",
        "calls": [{"tool": "system_info", "arguments": {"about": "disks", "path": "/"}}],
    },
    {
        "text": "Now at what takes the most room.",
        "calls": [
            {"tool": "files_largest", "arguments": {"path": f"workspace/{FOLDER}", "count": 3}}
        ],
    },
    {
        "text": "Each month is exported in full, so the two older exports hold nothing that the one"
        " of June does not. I propose to delete these two, which frees 32 MB. This cannot be taken"
        " back.",
        "calls": [
            {
                "tool": "shell_run",
                "arguments": {"command": f"cd {FOLDER} && rm -v {' '.join(OLD)} && echo Left: *"},
            }
        ],
    },
    {"text": "The exports of April and May are deleted, and 32 MB are free again. June is left."},
]
"""What the model says, step by step."""

APPROVAL, CODE, PAGE_CODE = "3f9a3f9a3f9a3f9a", "BCDF-2345", "GHJK-6789"
"""In place of what is drawn by lot, and as long: the request, its code at the terminal, and the one
that the page shows."""


@dataclass(frozen=True)
class Played:
    """A conversation that took place.

    Attributes:
        record: its turn, as it is kept.
        card: the question, as the page was told it.
        typed: what was typed at the terminal, and what that printed.
        ledger: how each call with an effect ended, as the ledger has it.
        answer: what was replied in the end, with whatever stands beside it.
        before: the files there were.
        after: those that are left.
    """

    record: tuple[Entry, ...]
    card: dict[str, Any]
    typed: tuple[tuple[str, str], ...]
    ledger: tuple[str, ...]
    answer: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    def of(self, kind: type[Any]) -> list[Any]:
        """Return the entries of a kind."""
        return [one for one in self.record if isinstance(one, kind)]


def play() -> Played:
    """Start a server, have the conversation, and stop it."""
    folder = Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp"))
    nexus = Nexus(folder / "nexus")
    try:
        script = folder / "script.json"
        script.write_text(json.dumps(SCRIPT))
        for words in (
            ("init", "--port", str(free_port())),
            ("config", "set", "models.flash", f"scripted:{script}"),
            ("up", "--detach"),
        ):
            ran = nexus(*words)
            assert ran.returncode == 0, ran.stderr
        exports = nexus.root / BELOW
        exports.mkdir(parents=True)
        for name, size in SIZES.items():
            (exports / name).write_bytes(bytes(size * 1_000_000))
        return asyncio.run(_talk(nexus, config.load(nexus.root), exports))
    finally:
        nexus("down")
        shutil.rmtree(folder, ignore_errors=True)


async def _talk(nexus: Nexus, settings: Settings, exports: Path) -> Played:
    """Ask on the page, decide at the terminal, and read what was kept."""
    before, typed = _names(exports), list[tuple[str, str]]()
    page = await signed_in(settings)
    redis = connect(url(settings, "durable", "core"))

    async def type_in(*words: str) -> None:
        ran = await asyncio.to_thread(nexus, *words)
        assert ran.returncode == 0, ran.stderr
        line = " ".join(("nexus", *words))
        typed.append((_equal(line, nexus.root, card), _equal(ran.stdout, nexus.root, card)))

    try:
        turn = str((await page.ask("POST", "/api/chat", {"text": QUESTION}))["turn"])
        card = await soon(lambda: _card(page), SECONDS)
        # The names of files entered the turn, so a code of another place is needed: the page's.
        code = shown(card["code"])
        for words in ((), ("show", card["id"]), ("approve", card["id"], "--code", code)):
            await type_in("approvals", *words)

        async def over() -> tuple[Entry, ...]:
            told = await Conversations(redis).turn(turn)
            return tuple(told.record) if told and told.state == "over" else ()

        record = await soon(over, SECONDS)
        kept: Any = await redis.hgetall(keys.ledger(turn))
        await soon(lambda: _written(nexus), SECONDS)
        await type_in("audit", "actions")
        answer = await soon(lambda: _answer(nexus), SECONDS)
    finally:
        await page.close()
        await redis.aclose()
    return Played(
        record=tuple(_equally(one, nexus.root, card) for one in record),
        card=card,
        typed=tuple(typed),
        ledger=tuple(json.loads(value)["s"] for value in kept.values()),
        answer=answer,
        before=before,
        after=_names(exports),
    )


async def _card(page: Visitor) -> dict[str, Any] | None:
    """The question, once the page shows it."""
    found = (await page.ask("GET", "/api/approvals"))["approvals"]
    return found[0] if found else None


async def _written(nexus: Nexus) -> bool:
    """Whether the journal has every call by now."""
    found = await asyncio.to_thread(nexus.json, "audit", "actions")
    return len(found["actions"]) == sum(len(step.get("calls", ())) for step in SCRIPT)


async def _answer(nexus: Nexus) -> str | None:
    """What was replied, once the journal has it."""
    (past,) = (await asyncio.to_thread(nexus.json, "history"))["turns"]
    found: str | None = past["answer"]
    return found


def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.name for path in folder.iterdir()))


# What differs each time ------------------------------------------------------------------------

DIFFERS = (
    (r"[\d.]+ \w+ of [\d.]+ \w+ are free on / \(.*\)\.", "… of … are free on / (…)."),
    (r"after [\d.]+ s\b", "after … s"),
    (r" +\d+ min \d+ s left", "   4 min 59 s left"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-30 12:00:00"),
)


def _equal(text: str, root: Path, card: dict[str, Any]) -> str:
    text = text.replace(str(root), "~/nexus").replace(card["id"], APPROVAL)
    codes = {shown(card["code"]): PAGE_CODE}
    text = re.sub(r"\b[B-Z2-9]{4}-[B-Z2-9]{4}\b", lambda code: codes.get(code[0], CODE), text)
    for found, put in DIFFERS:
        text = re.sub(found, put, text)
    return text.rstrip()


def _equally(entry: Entry, root: Path, card: dict[str, Any]) -> Entry:
    if isinstance(entry, Observed):
        return entry.model_copy(update={"content": _equal(entry.content, root, card)})
    return entry


# What should have taken place ------------------------------------------------------------------


def missing(played: Played) -> list[str]:
    """Return what should have taken place and did not."""
    asked, decided = played.of(Asked), played.of(Decided)
    ran = [one.tool for one in played.of(Observed) if one.ok]
    yes = [(one.state, one.by, one.channel) for one in decided]
    left = tuple(sorted(set(SIZES) - set(OLD)))
    wanted = {
        "it was asked on the page": [one.channel for one in asked] == ["web"],
        "it looked before": ran[:2] == ["system_info", "files_largest"],
        "it proposed one thing": [one.tool for one in played.of(Proposed)] == ["shell_run"],
        "the page asked": (played.card["tool"], played.card["tier"]) == ("shell_run", "RED"),
        "the owner said yes at the terminal": yes == [("approved", "owner", "terminal")],
        "it was done": ran[2:] == ["shell_run"],
        "not before that": _in_order(played.record),
        "the ledger has it once": played.ledger == ("done",),
        "the files are gone": (played.before, played.after) == (tuple(sorted(SIZES)), left),
        "the answer says so, and nothing doubts it": played.answer == SCRIPT[-1]["text"],
    }
    return [name for name, true in wanted.items() if not true]


def _in_order(record: Sequence[Entry]) -> bool:
    """Whether nothing that changes anything was done before a yes."""
    kinds = [one.kind for one in record if one.kind in {"proposed", "decided"} or _changed(one)]
    return kinds == ["proposed", "decided", "observed"]


def _changed(one: Entry) -> bool:
    return isinstance(one, Observed) and one.effect is not None
