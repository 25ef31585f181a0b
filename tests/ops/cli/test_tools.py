"""`nexus tools`: what there is, and one call through the whole pipeline."""

from __future__ import annotations

import json

from tests.ops.cli.conftest import Nexus, wait_for


def test_the_list_says_how_dangerous_each_is(nexus: Nexus) -> None:
    shown = nexus("tools", "list").stdout.splitlines()
    assert any(line.startswith("GREEN   time_now") for line in shown)
    assert any(line.startswith("YELLOW  files_write") for line in shown)
    tiers = [line.split()[0] for line in shown]
    assert tiers == sorted(tiers, key=["GREEN", "YELLOW", "ORANGE", "RED"].index)
    tools = nexus.json("tools", "list")["tools"]
    assert {"name", "tier", "parameters", "description"} <= set(tools[0])


def test_one_is_shown_with_what_it_takes(nexus: Nexus) -> None:
    shown = nexus("tools", "show", "files_write").stdout
    assert shown.startswith("files_write (YELLOW)")
    assert "path (string, needed)" in shown
    missing = nexus("tools", "show", "files_wriet")
    assert missing.returncode == 1
    assert "Did you mean files_write?" in missing.stderr


def test_a_call_runs_and_is_written_down(nexus: Nexus) -> None:
    found = nexus.json("tools", "run", "notes_append", "text=it's 5 o'clock")
    assert (found["ok"], found["tier"], found["state"]) == (True, "YELLOW", "done")
    assert "it's 5 o'clock" in (nexus.root / "workspace/notes.md").read_text()
    whole = nexus.json("tools", "run", "notes_append", '{"text": "two  spaces"}')
    assert whole["ok"]

    def written() -> bool:
        rows = nexus.json("audit", "actions", "--limit", "2")["actions"]
        return [row["turn"] for row in rows] == [whole["turn"], found["turn"]]

    wait_for(written)
    (row, _) = nexus.json("audit", "actions", "--limit", "2")["actions"]
    assert (row["person"], row["tool"], row["tier"]) == ("owner", "notes_append", "YELLOW")
    assert len(row["digest"]) == 64


def test_what_is_blocked_says_exactly_that(nexus: Nexus) -> None:
    for words in (("no_such_tool",), ("time_now", '{"nonsense": 1}')):
        ran = nexus("tools", "run", *words, "--json")
        assert ran.returncode == 1
        found = json.loads(ran.stdout)
        assert set(found) == {"blocked", "reason", "tier"}
        assert (found["blocked"], found["tier"]) == (True, "BLACK")
    assert nexus("tools", "run", "time_now", '{"nonsense": 1}').stdout.startswith("Blocked: ")


def test_where_there_is_no_such_tool_that_is_said(nexus: Nexus) -> None:
    ran = nexus("tools", "run", "time_nwo")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "There is no tool named 'time_nwo'. Did you mean time_now?\n"


def test_without_a_server_there_is_a_list_and_no_call(other: Nexus) -> None:
    assert "time_now" in other("tools", "list").stdout
    ran = other("tools", "run", "time_now")
    assert ran.returncode == 3
    assert "not running" in ran.stderr
