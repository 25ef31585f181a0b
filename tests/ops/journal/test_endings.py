"""How the last thing that a rule did ended is read from what was written down anyway."""

from __future__ import annotations

from typing import Any

from ops.journal.firings import Firing
from ops.journal.pages import Pages
from ops.settings import Settings
from schemas.events import LastView
from streams import keys
from tests.ops.journal.scene import Scene

COMMON = {"trace": "t", "session": "rule-1", "person": "rules", "channel": "rules"}


def letter(entry: str, source: str = "forward") -> dict[str, Any]:
    """A letter of the desk."""
    why = {"code": "refused", "error": "Refused", "text": "The other server says no."}
    return {
        "id": f"l-{entry}", "stage": source, "source": source, "entry": entry, "attempts": [],
        "original": "", "size": 0, **why,
    }  # fmt: skip


async def reply(scene: Scene, turn: str, outcome: str, *texts: str) -> None:
    """Let a turn end."""
    for part, text in enumerate(texts):
        about = {"part": part, "parts": len(texts), "text": text, "outcome": outcome}
        await scene.add("outbox", id=f"{turn}:{part}", turn=turn, chat="look", **about, **COMMON)


async def ended(scene: Scene, rows: int, *fired: Firing) -> dict[str, LastView]:
    async with scene.writing():
        await scene.written(rows)
    pages = Pages(Settings(root=scene.root))
    try:
        return await pages.ended(fired)
    finally:
        await pages.close()


def shown(found: dict[str, LastView]) -> dict[str, tuple[str, str]]:
    return {rule: (one.outcome, one.says) for rule, one in found.items()}


async def test_a_turn_s_answer_is_the_end_and_the_newest_run_counts(scene: Scene) -> None:
    await reply(scene, "old", "answered", "Fine.")
    await reply(scene, "new", "failed", "No such container.", "And more.")
    await reply(scene, "other", "answered", "x" * 900)
    found = await ended(
        scene, 4,
        Firing("look", "disk.full", 9, "new", event="e2"),
        Firing("ask", "disk.full", 8, "other", event="e2"),
        Firing("look", "disk.low", 7, "old", event="e1"),
    )  # fmt: skip
    assert shown(found) == {
        "look": ("failed", "No such container."),
        "ask": ("answered", "x" * 500),
    }
    last = found["look"]
    assert (last.at, last.on, last.event, last.turn) == (9, "disk.full", "e2", "new")


async def test_what_is_not_over_runs_or_waits_for_a_person(scene: Scene) -> None:
    for turn, kinds in {"runs": (), "waits": ("proposed",), "on": ("proposed", "decided")}.items():
        for kind in ("asked", *kinds):
            await scene.core.rpush(keys.turn(turn), f'{{"kind": "{kind}", "at": 1}}')
        await scene.add("route", turn=turn, session="s", n=1 + len(kinds))
    found = await ended(scene, 3, *(Firing(one, "x", 1, one) for one in ("runs", "waits", "on")))
    assert shown(found) == {
        "runs": ("running", ""), "waits": ("waits", ""), "on": ("running", ""),
    }  # fmt: skip


async def test_what_began_no_turn_is_told_or_sent_unless_it_lies_at_the_desk(scene: Scene) -> None:
    await scene.add("dead", **letter("5-0"))
    await scene.add("dead", **letter("6-0", "inbox"))
    await scene.add("dead", nothing="of it fits")
    found = await ended(
        scene, 3,
        Firing("tell", "x", 1), Firing("send", "x", 1, order="6-0"),
        Firing("fail", "x", 1, order="5-0"),
    )  # fmt: skip
    assert shown(found) == {
        "tell": ("told", ""), "send": ("sent", ""), "fail": ("failed", "The other server says no."),
    }  # fmt: skip
