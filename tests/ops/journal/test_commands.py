"""`nexus history` and `nexus audit verify`, as the command line runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from ops.journal import commands
from ops.meant import Root
from schemas.children import Budget, Parent, Place
from schemas.record import Delegated, Observed
from schemas.tools import Tier
from tests.house.tree import ROOT
from tests.ops.cli.conftest import CODE, LOADED, SECONDS
from tests.ops.journal.scene import Scene
from tests.ready import ready

app = typer.Typer()
app.command("history")(commands.history)
app.add_typer(commands.audit, name="audit")


@app.callback()
def main(root: Root = None) -> None:
    """Take the state folder as `nexus` does."""
    assert root


@pytest.fixture
async def written(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv("NEXUS_STREAMS__SOCKETS", str(scene.servers.pair.durable.socket.parent))
    await scene.turn("t1", "where is the \x1b[31mphoto?", "on the second disk\nand the third")
    await scene.turn("t2", "what time is it?", "noon", session="other")
    async with scene.writing():
        await scene.written(4)
    return scene


def nexus(scene: Scene, *words: str) -> Result:
    """Run it in a thread of its own: it brings its own event loop."""
    found: list[Result] = []
    import threading  # noqa: PLC0415

    arguments = ["--root", str(scene.root), *words]
    thread = threading.Thread(target=lambda: found.append(CliRunner().invoke(app, arguments)))
    thread.start()
    thread.join()
    return found[0]


async def test_history_is_shown(written: Scene) -> None:
    said = nexus(written, "history").stdout
    assert said.index("what time") < said.index("where is")
    assert "\x1b" not in said
    assert "and the third" in said
    found = json.loads(nexus(written, "history", "--search", "disk", "--json").stdout)
    assert [turn["id"] for turn in found["turns"]] == ["t1"]
    assert "t1" not in nexus(written, "history", "--session", "other").stdout
    assert "Nothing is found." in nexus(written, "history", "--search", "elephant").stdout


async def test_a_turn_and_its_tasks_name_each_other(scene: Scene) -> None:
    tasks = [Delegated(call_id=n, step=0, child=f"child-{n}", session=f"task-{n}") for n in "ab"]
    await scene.turn("t1", "look twice", "both are well", between=tasks)
    place = Place(session="s", turn="t1", step=0, call_id="a")
    parent = Parent(path=(place,), budget=Budget(steps=1, seconds=1, tokens=1, calls=1))
    await scene.turn("child-a", "look once", "it is well", session="task-a", parent=parent)
    async with scene.writing():
        await scene.written(4)
    said = nexus(scene, "history").stdout
    assert "  child-a\n  a task of t1\n  > look once\n    it is well\n" in said.replace("p (c)", "")
    assert said.endswith("    both are well\n  its task child-a\n  its task child-b\n")
    child, turn = json.loads(nexus(scene, "history", "--json").stdout)["turns"]
    assert (child["parent"], child["tasks"]) == ("t1", [])
    assert (turn["parent"], turn["tasks"]) == (None, ["child-a", "child-b"])


async def test_a_long_answer_is_shown_whole_when_it_is_wanted(scene: Scene) -> None:
    rows = "\n".join(f"row {number}" for number in range(20))
    await scene.turn("t1", "what is long?", rows)
    async with scene.writing():
        await scene.written(2)
    assert "row 19" in nexus(scene, "history").stdout, "the only one"
    await scene.turn("t2", "what is short?", "this")
    async with scene.writing():
        await scene.written(4)
    said = nexus(scene, "history").stdout
    assert "    row 4\n    … 15 more lines; --full shows them\n" in said
    assert "row 5" not in said
    assert "row 19" in nexus(scene, "history", "--full").stdout
    assert "row 19" in nexus(scene, "history", "--json").stdout


async def test_the_audit_is_green_and_then_red(written: Scene) -> None:
    ran = nexus(written, "audit", "verify", "--json")
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["green"]
    written.sql("UPDATE journal SET data = replace(data, 'noon', 'dusk')")
    ran = nexus(written, "audit", "verify")
    assert ran.exit_code == 1
    assert "NOT" in ran.stdout


async def test_the_audit_says_what_it_cannot_check_without_redis_or_the_key(written: Scene) -> None:
    (written.root / "secrets/audit").rename(written.root / "secrets/elsewhere")
    ran = nexus(written, "audit", "verify", "--json")
    assert json.loads(ran.stdout)["faults"] == ["The key of the chain is not there."]
    (written.root / "secrets/elsewhere").rename(written.root / "secrets/audit")
    written.servers.durable.kill()
    ran = nexus(written, "audit", "verify", "--json")
    assert ran.exit_code == 3
    found = json.loads(ran.stdout)
    assert (found["green"], found["faults"]) == (False, [])
    assert "Redis" in found["untold"]
    said = nexus(written, "audit", "verify").stdout
    assert re.match(r"Rows 1 to \d+ are as they were written\.\nWhether any are missing", said)
    assert f"start it with `nexus --root {written.root} up`, then check again" in said
    written.sql("UPDATE journal SET data = replace(data, 'noon', 'dusk')")
    ran = nexus(written, "audit", "verify")
    assert ran.exit_code == 1
    assert "NOT as it was written" in ran.stdout
    assert "it does not answer" in ran.stdout


async def test_before_anything_is_written(scene: Scene) -> None:
    assert "Nothing is written down yet." in nexus(scene, "history").stdout
    assert json.loads(nexus(scene, "history", "--json").stdout) == {"turns": []}
    assert nexus(scene, "audit", "verify").exit_code == 1
    assert not scene.file.exists()


def test_the_words_are_light_and_the_writer_is_lean() -> None:
    """What is not needed is not loaded: not by the command line, and not by what always runs."""
    for module, heavy in (
        ("ops.journal.commands", {"sqlalchemy", "alembic", "redis", "pydantic"}),
        ("ops.journal.__main__", {"alembic", "faststream", "starlette", "rich", "typer"}),
    ):
        code = f"import sys, {module}; print('\\n'.join(sys.modules))"
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert not heavy & set(ran.stdout.split())


async def test_every_action_is_a_row(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_STREAMS__SOCKETS", str(scene.servers.pair.durable.socket.parent))
    assert "Nothing was done yet." in nexus(scene, "audit", "actions").stdout
    ran = Observed(
        step=0, index=0, call_id="c0", tool="files_write", ok=True, content="", effect="done",
        tier=Tier.YELLOW, person="owner", digest="ab" * 32,
    )  # fmt: skip
    about = {"blocked": True, "reason": "no", "tier": "RED"}
    refused = Observed(
        step=0, index=1, call_id="c1", tool="docker_remove", ok=False, content="no", code="denied",
        tier=Tier.RED, person="anna", digest="cd" * 32, data=about,
    )  # fmt: skip
    older = Observed(step=0, index=2, call_id="c2", tool="time_now", ok=True, content="noon")
    await scene.turn("t1", "do it", "done", between=(ran, refused, older))
    async with scene.writing():
        await scene.written(2)
    found = json.loads(nexus(scene, "audit", "actions", "--json").stdout)["actions"]
    assert [(one["person"], one["tool"], one["tier"], one["result"]) for one in found] == [
        (None, "time_now", None, "done"),
        ("anna", "docker_remove", "RED", "blocked"),
        ("owner", "files_write", "YELLOW", "done"),
    ]
    assert found[-1]["digest"] == "ab" * 32
    shown = nexus(scene, "audit", "actions", "--person", "anna").stdout
    assert "docker_remove" in shown
    assert "blocked (denied)" in shown
    assert "files_write" not in shown


@pytest.mark.parametrize(
    "words", [("history",), ("history", "--json"), ("audit", "actions"), ("audit", "verify")]
)
def test_where_no_server_ever_ran_it_is_said(tmp_path: Path, words: tuple[str, ...]) -> None:
    for root in (tmp_path, tmp_path / "misspelt"):
        given = ("-c", CODE, *words, "--root", str(root))
        ran = ready(*LOADED).run(given, os.environ, None, SECONDS)
        assert ran.returncode == 1
        assert f"There is no server in {root}" in ran.stderr
        assert ran.stdout == ""
    assert list(tmp_path.iterdir()) == []
