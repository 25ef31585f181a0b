"""What a run says of a promise that was not kept."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from ops.chaos.report import Report, limit


def test_a_time_is_told_with_its_limit_and_what_it_means() -> None:
    assert "less than 5 s is promised" in limit("resume_p99_s", stop=False)
    assert "less than 20 s is promised" in limit("resume_p99_s", stop=True)
    assert limit("lost", stop=False) == ""


def test_a_run_is_kept_broken_or_void_and_says_so() -> None:
    figures: dict[str, Any] = {
        one.name: 0 for one in fields(Report) if one.type in ("int", "float")
    }
    good = Report(**figures, broken={}, void=False)
    good = replace(good, turns=120, kills=9, kills_that_hit=4)
    assert (good.verdict, good.row()["verdict"]) == ("kept", "kept")
    assert good.kept().startswith("Kept: all 120 messages came to their one end, in order")
    assert "killed 9 times, 4 of them at work" in good.kept()
    assert replace(good, void=True).verdict == "void"
    assert replace(good, void=True, broken={"lost": 1}).verdict == "broken"
