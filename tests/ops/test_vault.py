"""Named secrets: sealed, replaceable, never shown, and never lost, whoever is killed when."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateways.vaults import age
from ops import secrets
from ops.vault import Vault
from schemas.errors import Invalid, NotFound
from tests.house.tree import ROOT

KEPT = {"key", "sealed.age"}
SECRET = "a-key-of-a-provider-7f3a"


def told(vault: Vault, name: str = "GEMINI_API_KEY") -> str | None:
    found = vault.get(name)
    return found.get_secret_value() if found else None


def test_it_keeps_and_forgets(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    assert told(vault) is None
    vault.put("GEMINI_API_KEY", SECRET)
    assert told(vault) == told(Vault(tmp_path)) == SECRET
    vault.put("GEMINI_API_KEY", "another")
    assert told(vault) == "another"
    vault.remove("GEMINI_API_KEY")
    assert told(vault) is None
    with pytest.raises(NotFound, match="no secret GEMINI_API_KEY"):
        vault.remove("GEMINI_API_KEY")


def test_several_change_at_once_or_not_at_all(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.put("GEMINI_API_KEY", SECRET)
    vault.change({"GEMINI_API_KEY": None, "OPENAI_API_KEY": "b", "NEVER_THERE": None})
    assert [one.name for one in vault.listed()] == ["OPENAI_API_KEY"]
    with pytest.raises(Invalid):
        vault.change({"OPENAI_API_KEY": None, "GEMINI_API_KEY": "a\0"})
    assert told(vault, "OPENAI_API_KEY") == "b"


def test_who_has_it_open_sees_what_others_wrote(tmp_path: Path) -> None:
    one, other = Vault(tmp_path), Vault(tmp_path)
    for number in range(20):
        one.put("GEMINI_API_KEY", f"{SECRET}{number}")
        assert told(other) == f"{SECRET}{number}"
    one.rotate()
    assert told(other) == f"{SECRET}19"


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(tmp_path)
    vault.put("GEMINI_API_KEY", SECRET)
    monkeypatch.setenv("GEMINI_API_KEY", "from the shell")
    assert told(vault) == "from the shell"
    vault.put("totp:owner", "inner")
    monkeypatch.setenv("totp:owner", "from the shell")
    assert told(vault, "totp:owner") == "inner"


def test_the_list_does_not_tell(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    for name, value in (("LONG", SECRET), ("SHORT", "0123456789abcde"), ("totp:owner", SECRET)):
        vault.put(name, value)
    assert [(one.name, one.ends) for one in vault.listed()] == [("LONG", "7f3a"), ("SHORT", "")]
    assert SECRET not in repr(vault.listed()) + repr(vault.get("LONG"))


def test_nothing_of_it_can_be_read_from_the_disk(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.put("GEMINI_API_KEY", SECRET)
    for path in tmp_path.rglob("*"):
        assert path.name == "secrets" or path.stat().st_mode & 0o077 == 0
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes()
            assert b"GEMINI" not in path.read_bytes()


@pytest.mark.parametrize("name", ["gemini", "A B", "", "A" * 65, "../X", "X=1", "1A"])
def test_a_name_that_does_not_fit_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid, match="cannot name a secret"):
        Vault(tmp_path).put(name, SECRET)


@pytest.mark.parametrize("value", ["", "x" * 65_537, "a\x00b"])
def test_a_value_that_does_not_fit_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(Invalid, match="A secret has"):
        Vault(tmp_path).put("NAME", value)


def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.put("NAME", SECRET)
    key = tmp_path / "secrets/vault/key"
    secrets.replace(key, f"{age.new_identity()}\n".encode())
    with pytest.raises(age.WrongKey, match="does not open"):
        Vault(tmp_path).get("NAME")
    key.chmod(0o644)
    with pytest.raises(secrets.Unsafe, match="0644"):
        Vault(tmp_path).get("NAME")


def test_a_damaged_vault_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    Vault(tmp_path).put("NAME", SECRET)
    sealed = tmp_path / "secrets/vault/sealed.age"
    content = sealed.read_bytes()
    for damaged in (content[:-1], content[:10], b"", content[:-5] + b"12345"):
        sealed.write_bytes(damaged)
        with pytest.raises(age.Damaged):
            Vault(tmp_path).get("NAME")
        with pytest.raises(age.Damaged):
            Vault(tmp_path).put("OTHER", SECRET)


DYING = """
import os, signal, sys
from pathlib import Path
from ops.vault import Vault
vault, left = Vault(Path(sys.argv[1])), int(sys.argv[2])
vault.get("NAME")
def count(event, arguments):
    global left
    if event in {"open", "os.rename", "os.remove", "os.mkdir"} or event.startswith("fcntl"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
if sys.argv[3] == "rotate":
    vault.rotate()
else:
    vault.put("OTHER", "new")
"""


def deaths(state: Path, what: str) -> Iterator[int]:
    """Let a process die before its first call to the disk, its second, and so on to its end."""
    for number in range(1, 100):
        ran = subprocess.run(
            [sys.executable, "-c", DYING, str(state), str(number), what], cwd=ROOT, check=False
        )
        yield number
        if ran.returncode == 0:
            return
        assert ran.returncode == -signal.SIGKILL
    raise AssertionError("it never came to its end")


@pytest.mark.parametrize("what", ["rotate", "put"])
def test_whenever_it_is_killed_nothing_is_lost(tmp_path: Path, what: str) -> None:
    Vault(tmp_path).put("NAME", SECRET)
    seen = 0
    for number in deaths(tmp_path, what):
        fresh = Vault(tmp_path)
        assert told(fresh, "NAME") == SECRET, f"lost when killed before call {number}"
        assert told(fresh, "OTHER") in {None, "new"}
        seen = number
    assert seen > 6, "it was killed too seldom to say anything"
    Vault(tmp_path).rotate()
    assert len((tmp_path / "secrets/vault/key").read_text().split()) == 1
    assert {path.name for path in (tmp_path / "secrets/vault").iterdir()} == KEPT


def test_a_rotation_leaves_the_old_key_worthless(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.put("NAME", SECRET)
    key, sealed = (tmp_path / "secrets/vault" / name for name in ("key", "sealed.age"))
    old = key.read_text().strip()
    assert vault.rotate() == 1
    with pytest.raises(age.WrongKey):
        age.unwrap(sealed.read_bytes(), [old])
    assert json.loads(age.unwrap(sealed.read_bytes(), [key.read_text().strip()]))["secrets"]


def _write(state: Path, name: str) -> None:
    for number in range(15):
        Vault(state).put(f"{name}_{number}", SECRET)


def _rotate(state: Path, _: str) -> None:
    for _number in range(15):
        Vault(state).rotate()


def _read(state: Path, _: str) -> None:
    vault = Vault(state)
    for _number in range(300):
        if told(vault, "NAME") != SECRET:
            os._exit(1)


def test_writers_rotations_and_readers_at_once(tmp_path: Path) -> None:
    Vault(tmp_path).put("NAME", SECRET)
    context = multiprocessing.get_context("spawn")
    jobs = [(_write, "A"), (_write, "B"), (_rotate, ""), (_read, ""), (_read, "")]
    running = [context.Process(target=job, args=(tmp_path, name)) for job, name in jobs]
    for one in running:
        one.start()
    for one in running:
        one.join(90)
    assert [one.exitcode for one in running] == [0] * len(jobs)
    assert len(Vault(tmp_path).listed()) == 31
