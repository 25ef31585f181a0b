"""What the owner writes about events is taken over while all runs, and what does not fit is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ops import event_files
from ops.event_files import KeptRules, KeptTypes, add_type, read_rules
from schemas.errors import Invalid, NotFound
from tests.house.tree import ROOT
from tests.stand import soon

RULE = "- {name: one, on: disk.full, do: notify, says: no}\n"


def write(state: Path, text: str) -> Path:
    path = event_files.rules_file(state)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_the_words_of_a_rule_are_words(tmp_path: Path) -> None:
    write(tmp_path, RULE)
    (rule,) = read_rules(tmp_path).rules
    assert (rule.on, rule.says) == ("disk.full", "no")


async def test_a_change_is_taken_over_and_what_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    kept = KeptRules(tmp_path)
    assert kept.now() == ()
    write(tmp_path, RULE)
    await soon(lambda: len(kept.now()) == 1)
    write(tmp_path, RULE + RULE.replace("one", "two"))
    await soon(lambda: len(kept.now()) == 2)
    path = write(tmp_path, RULE + RULE)
    with pytest.raises(Invalid, match="2 rules are named one"):
        read_rules(tmp_path)
    seen = KeptRules(tmp_path)
    assert seen.now() == ()
    await soon(lambda: len(kept.now()) == 2)
    path.unlink()
    await soon(lambda: kept.now() == ())


@pytest.mark.parametrize(
    "text",
    [
        "- [",
        "- {name: one}",
        "rules: 3",
        "a: &a [x]\nb: *a",
        "- {name: one, on: x, do: notify, says: hi, when: '1 +'}",
        "- !!python/object/apply:os.system [echo]",
        "[" * 5_000,
        "x" * (2 << 20),
    ],
)
def test_what_is_no_rules_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(Invalid):
        read_rules(tmp_path)


def test_a_version_stays_what_it_was(tmp_path: Path) -> None:
    file = tmp_path / "disk.yaml"
    file.write_text("{type: disk.full, version: 1, schema: {required: [free]}}")
    assert add_type(tmp_path, file) == add_type(tmp_path, file)
    file.write_text("{type: disk.full, version: 1, schema: {required: [used]}}")
    with pytest.raises(Invalid, match="make this version 2"):
        add_type(tmp_path, file)
    file.write_text("{type: disk.full, version: 2, schema: {required: [used]}}")
    add_type(tmp_path, file)
    assert set(KeptTypes(tmp_path).now()["disk.full"]) == {1, 2}
    for text in ("{type: a b, schema: {}}", "{type: a, schema: {type: nope}}", "[]"):
        file.write_text(text)
        with pytest.raises(Invalid):
            add_type(tmp_path, file)
    with pytest.raises(NotFound):
        add_type(tmp_path, tmp_path / "nothing.yaml")


def test_what_the_server_tells_by_itself_is_described(tmp_path: Path) -> None:
    """Or a house that takes no unknown types would find its own words at the desk."""
    kinds = {
        *re.findall(r'type=f?"([a-z.{}]+)"', sources()),
        *re.findall(r'"type": "([a-z.]+)"', sources()),
    }
    kinds |= {f"desk.{act}" for act in ("redrive", "edit", "drop")}
    open_ended = {"desk.{form.act}", "sweeper.{kind}", "grant.{kind}"}
    told = {one for one in kinds if "." in one} - open_ended
    told |= {"sweeper.turn.lost", "grant.made", "grant.revoked"}
    assert {"group.lost", "process.hung", "dead.moved", "backup.restored"} <= told
    types = KeptTypes(tmp_path, strict=True)
    for kind in told:
        types.check(kind, {})


def sources() -> str:
    folders = (ROOT / "streams", ROOT / "ops")
    return "\n".join(
        path.read_text("utf-8")
        for folder in folders
        for path in folder.rglob("*.py")
        if "Happened(" in path.read_text("utf-8") or path.name == "aftermath.py"
    )
