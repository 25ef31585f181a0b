"""`nexus events rules` says what each rule did and how it ended, and what was not done, and why."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.ops.cli.conftest import Nexus, wait_for

pytestmark = pytest.mark.timeout(300)  # many commands, each a process

RULES = """
- {name: often, on: storm.blows, do: notify, says: It blows., per_minute: 2}
- {name: never, on: storm.over, do: notify, says: It is over.}
"""
TOOLS = """
- {name: look, on: wind.rose, do: run tool, tool: time_now}
- {name: peek, on: wind.rose, do: run tool, tool: files_list, with: {path: /}}
"""


def test_what_a_rule_did_and_did_not_do_is_shown(nexus: Nexus) -> None:
    file = nexus.root / "events/rules.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(RULES)

    def counts() -> dict[str, Any]:
        listed = json.loads(nexus("events", "rules", "list", "--json").stdout)
        return {one["name"]: one for one in listed}

    assert "fired" not in counts()["often"]
    for number in range(5):
        assert nexus("events", "publish", "storm.blows", f'{{"n": {number}}}').returncode == 0

    def written() -> bool:
        often = counts()["often"]
        return often.get("skipped") == 3 and often["last"] is not None

    wait_for(written)
    assert counts()["often"]["fired"] == 2
    lines = nexus("events", "rules", "list").stdout.splitlines()
    assert lines[0].startswith("often")
    assert "fired 2 times; skipped 3 beyond 2 a minute, the last 20" in lines[1]
    assert lines[2].endswith(": you were told")
    assert lines[3].startswith("never")
    assert len(lines) == 4
    told = nexus("events", "tail", "-n", "20", "--json").stdout.splitlines()
    kinds = [json.loads(one)["type"] for one in told]
    assert kinds.count("rule.braked") == 1
    file.unlink()


def test_how_the_last_run_ended_is_shown_and_the_owner_told_that_it_failed(nexus: Nexus) -> None:
    file = nexus.root / "events/rules.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(TOOLS)

    def rules() -> dict[str, Any]:
        listed = json.loads(nexus("events", "rules", "list", "--json").stdout)
        return {one["name"]: one for one in listed}

    before = rules()
    assert [before[one]["last"] for one in ("look", "peek")] == [None, None]
    assert before["look"]["fault"] == ""
    assert "may not use files_list" in before["peek"]["fault"]
    assert nexus("events", "publish", "wind.rose").returncode == 0
    found = dict[str, Any]()

    def over() -> bool:
        found.update(rules())
        return all(one["last"] and one["last"]["outcome"] != "running" for one in found.values())

    wait_for(over)
    look, peek = found["look"]["last"], found["peek"]["last"]
    assert (look["outcome"], peek["outcome"]) == ("answered", "failed")
    assert look["event"] == peek["event"] != ""
    assert peek["says"].startswith("Blocked: files_list (BLACK) did not run")
    lines = nexus("events", "rules", "list").stdout.splitlines()
    assert any(one.strip().startswith("last on 20") and one.endswith(": answered") for one in lines)
    assert any(": failed: Blocked: files_list" in one for one in lines)
    assert any(one.strip().startswith("cannot: The person rules") for one in lines)
    wait_for(lambda: failures(nexus))
    assert failures(nexus) == ["What the rule peek began failed"]
    file.unlink()


def failures(nexus: Nexus) -> list[str]:
    """Return what the owner was told of rules that failed."""
    wanted = "SELECT title FROM desktop_notices WHERE source = 'rules' AND key LIKE 'failed:%'"
    try:
        with closing(sqlite3.connect(f"file:{nexus.root}/home.db?mode=ro", uri=True)) as home:
            return [str(title) for (title,) in home.execute(wanted)]
    except sqlite3.OperationalError:
        return []  # nobody has told anything yet


def test_a_rule_that_names_no_tool_is_refused_with_one_that_is_near(nexus: Nexus) -> None:
    file = nexus.root / "wrong.yaml"
    file.write_text(TOOLS.partition("- {name: peek")[0].replace("time_now", "time_nw"))
    said = nexus("events", "rules", "check", str(file))
    assert said.returncode != 0
    assert said.stderr.strip().endswith(
        "The rule look cannot do what it says. There is no tool named 'time_nw'. Did you mean"
        " time_now?"
    )
    file.write_text(TOOLS)
    assert "The rule peek cannot" in nexus("events", "rules", "check", str(file)).stderr
    file.write_text(TOOLS.partition("- {name: peek")[0])
    assert nexus("events", "rules", "check", str(file)).stdout == "1 rule fits.\n"
    file.unlink()
