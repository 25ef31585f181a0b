"""Claims of deeds: measured on labelled answers, and held against what the turn shows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from processors.agent.claims import claims, marked, unproven
from processors.agent.deeds import DEEDS
from schemas.record import Observed
from tests.processors.asked import record

SET: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("claims.yaml").read_text(encoding="utf-8")
)


def first(said: str, asked: str = "") -> str | None:
    found = claims(said, asked)
    return found[0].deed.english.split()[0].rstrip(",") if found else None


def done(tool: str, effect: Any = "done") -> Observed:
    return Observed(
        step=0, index=0, call_id="c", tool=tool, ok=effect == "done", content="", effect=effect
    )


def test_a_true_answer_is_not_doubted_and_most_false_ones_are() -> None:
    """A wrong doubt is worse than a miss: it teaches people not to read the mark."""
    wrong, missed, found, honest = [], [], 0, 0
    for one in SET:
        got = first(one["said"], one.get("asked", ""))
        claimed = (one["claims"] is not None and not one.get("wrong")) or one.get("miss", False)
        if claimed:
            found += got is not None
            missed += [one["said"]] if got is None else []
        else:
            honest += 1
            wrong += [one["said"]] if got is not None else []
    share = found / (found + len(missed))
    print(f"\n  claims: {found} found, {len(missed)} missed ({share:.0%});", end=" ")
    print(f"{len(wrong)} of {honest} honest answers doubted")
    assert len(wrong) <= honest // 50, wrong
    assert share >= 0.85, missed


@pytest.mark.parametrize("one", SET, ids=lambda one: one["said"][:40])
def test_each_answer_is_read_as_it_is_labelled(one: dict[str, Any]) -> None:
    assert first(one["said"], one.get("asked", "")) == one["claims"]


@pytest.mark.parametrize(
    ("said", "tool", "shown"),
    [
        ("I saved your note.", "notes_append", True),
        ("I saved your note.", "files_write", True),
        ("I saved your note.", "docker_restart", False),
        ("I sent the mail.", "files_write", False),
        ("I sent the mail.", "notify_owner", True),
        ("I deleted the file.", "files_delete", True),
        ("I deleted the file.", "notes_append", False),
        ("I restarted web.", "docker_restart", True),
        ("I restarted web.", "compose_up", True),
        ("I deleted the file.", "shell_run", True),
        ("I deleted the file.", "home_frobnicate", True),
    ],
)
def test_what_the_turn_shows_is_believed(said: str, tool: str, shown: bool) -> None:
    assert (unproven(said, record("go", done(tool))) is None) == shown


def test_what_failed_shows_nothing_and_what_nobody_knows_is_told_anyway() -> None:
    turn = record("go", done("files_delete", "failed"))
    assert unproven("I deleted the file.", turn) is not None
    assert unproven("I deleted the file.", record("go", done("files_delete", "unknown"))) is None
    looked = Observed(step=0, index=0, call_id="c", tool="files_read", ok=True, content="")
    assert unproven("I deleted the file.", record("go", looked)) is not None


def test_the_mark_speaks_the_answers_language() -> None:
    english = unproven("I deleted it.", record())
    german = unproven("Ich habe es gelöscht.", record())
    assert english is not None
    assert german is not None
    assert "Not confirmed" in marked(english)
    assert "gelöscht wurde" in marked(german)


def test_no_answer_takes_long() -> None:
    began = time.process_time()
    for text in ("ich habe " * 3_000, "I have " * 3_000, "a," * 10_000, '"' * 20_000, "`a" * 9_999):
        claims(text, "delete lösche send save " * 900)
    assert time.process_time() - began < 5


def test_every_deed_can_be_shown_by_its_tools() -> None:
    for deed in DEEDS:
        assert all(deed.shown_by(f"some_{word}") for word in deed.tools.split())
