"""The words of `nexus backup`, as an owner types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ops.backups.commands import words
from schemas.errors import Expected
from tests.ops.backups.home import Home


def run(*arguments: str | Path) -> Any:
    done = CliRunner().invoke(words, [str(one) for one in arguments])
    if isinstance(done.exception, Expected):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def as_json(*arguments: str | Path) -> dict[str, Any]:
    found = json.loads(run(*arguments, "--json").stdout)
    assert isinstance(found, dict)
    return found


def test_there_and_back(home: Home, tmp_path: Path) -> None:
    with home.running():
        home.say("t1")
        made = as_json("create", "--root", home.root, "--to", tmp_path, "--keep", "3")
    assert made["sealed"] == "key"
    assert made["new_key"] is True
    listed = as_json("list", "--in", tmp_path, "--root", home.root)
    assert [one["path"] for one in listed["backups"]] == [made["path"]]
    assert as_json("verify", made["path"], "--root", home.root)["keys"] > 0
    key = tmp_path / "key"
    key.write_text(as_json("key", "--root", home.root)["identity"])
    other = tmp_path / "other"
    done = as_json("restore", made["path"], "--root", other, "--identity", key)
    assert done["epoch"]["put_aside"] == {"inbox": 1}
    assert done["aside"] is None


def test_people_read_sentences(home: Home, passphrase: Path, tmp_path: Path) -> None:
    made = run("create", "--root", home.root, "--to", tmp_path, "--passphrase-file", passphrase)
    path = made.stdout.split()[-1]
    assert Path(path).is_file()
    assert "AGE-SECRET" not in made.output
    assert "passphrase" in run("list", "--in", tmp_path, "--root", home.root).stdout
    said = run("verify", path, "--root", home.root, "--passphrase-file", passphrase).stdout
    assert said.startswith("Good: ")
    restored = run("restore", path, "--root", tmp_path / "a", "--passphrase-file", passphrase)
    assert f"Start it with `nexus --root {tmp_path / 'a'} up`." in restored.stdout


def test_a_key_is_not_written_where_logs_are_kept(home: Home) -> None:
    made = run("create", "--root", home.root)
    assert f"`nexus --root {home.root} backup key`" in made.stderr
    assert "AGE-SECRET" not in made.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "nowhere.tar"], "There is no backup nowhere.tar"),
        (["restore", "nowhere.tar"], "There is no backup nowhere.tar"),
        (["create", "--recipient", "age1x"], "not an age recipient"),
        (["create", "--passphrase-file", "nowhere"], "no file nowhere"),
        (["create", "--recipient", "age1x", "--passphrase-file", "x"], "not both"),
    ],
)
def test_what_is_wrong_is_said(home: Home, arguments: list[str], said: str) -> None:
    with pytest.raises(Expected, match=said):
        run(*arguments, "--root", home.root)
