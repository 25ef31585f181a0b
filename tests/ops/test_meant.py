"""Which state folder the command line means: nothing is written into one that nobody made."""

from __future__ import annotations

from contextvars import Context
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ops import meant
from ops.cli import nexus
from schemas.errors import Expected

WRITING = [
    "backup create", "channels disable telegram", "channels enable telegram",
    "config set log.level debug", "config unset log.level", "events sources add doorbell",
    "events sources remove doorbell", "keys create doorbell --scope read", "keys list",
    "keys revoke k1", "mcp add x -- true", "mcp classify x y RED", "mcp remove x",
    "people add Grace", "people known", "people list", "people remove Grace",
    "secrets remove NAME", "secrets rotate", "secrets set NAME", "setup-code",
]  # fmt: skip


def run(*words: str, stdin: str | None = None) -> Result:
    """Run a command as the only one that ever named a folder."""
    return Context().run(lambda: CliRunner().invoke(nexus, list(words), input=stdin))


@pytest.mark.parametrize("words", WRITING)
def test_nothing_is_written_where_nobody_made_a_server(tmp_path: Path, words: str) -> None:
    missing = tmp_path / "mistyped"
    for root in (missing, tmp_path):
        ran = run("--root", str(root), *words.split(), stdin="a horse for Grace\n")
        assert isinstance(ran.exception, Expected), ran.output
        assert str(ran.exception) == (
            f"There is no server in {root}: name its state folder with --root, or make one with"
            " `nexus init`."
        )
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_is_named_means_the_same_folder() -> None:
    def told(given: str, text: str) -> str:
        meant.choose(Path(given) if given else None)
        return meant.hint(text)

    def run(given: str, text: str) -> str:
        return Context().run(told, given, text)

    assert run("", "start it with `nexus up`.") == "start it with `nexus up`."
    assert run("/srv/n", "`nexus up`, then `a | nexus ask -`") == (
        "`nexus --root /srv/n up`, then `a | nexus --root /srv/n ask -`"
    )
    assert run("/my nexus", "`nexus up` in /my nexus there") == (
        "`nexus --root '/my nexus' up` in /my nexus there"
    )
    assert run("/srv/n", "`nexus --root /b up`; Nexus is up") == "`nexus --root /b up`; Nexus is up"
