"""What fails in an empty folder leaves it empty; what was there is never touched."""

from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops import runstate
from ops.backups.opening import Opener
from ops.backups.restore import restore
from ops.cli import nexus
from ops.vacancy import Vacancy
from schemas.errors import Expected, Refused
from tests.ops.cli.conftest import wait_for


def fill(state: Path) -> None:
    (state / "secrets" / "redis").mkdir(parents=True)
    (state / "secrets" / "redis" / "core").touch()
    (state / "lock").touch()


def test_what_was_empty_or_not_there_is_so_again(tmp_path: Path) -> None:
    empty, missing = tmp_path / "empty", tmp_path / "missing"
    empty.mkdir()
    for state in (empty, missing):
        before = Vacancy.of(state)
        fill(state)
        before.leave()
    assert list(empty.iterdir()) == []
    assert not missing.exists()


def test_what_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()
    before = Vacancy.of(tmp_path)
    fill(tmp_path)
    before.leave()
    assert {one.name for one in tmp_path.iterdir()} == {"config.yaml", "secrets", "lock"}


def test_what_somebody_left_while_we_waited_for_the_lock_stays(tmp_path: Path) -> None:
    before = Vacancy.of(tmp_path)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "lock").touch()
    assert before.under_lock().empty
    (tmp_path / "secrets" / "vault").touch()
    before.under_lock().leave()
    assert (tmp_path / "secrets" / "vault").exists()


def test_a_restore_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path, state = tmp_path / "no.backup", tmp_path / "state"
    path.write_bytes(b"this is no backup" * 100)
    with pytest.raises(Expected):
        restore(path, state, Opener())
    assert not state.exists()
    state.mkdir()
    with pytest.raises(Expected):
        restore(path, state, Opener())
    assert list(state.iterdir()) == []


def test_a_start_that_fails_leaves_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = CliRunner().invoke(nexus, ["up", "--detach", "--root", str(state), "--port", port])
    assert isinstance(said.exception, Refused)
    assert "Nothing can listen" in str(said.exception)
    assert not state.exists()


def opened(path: Path) -> int:
    """How many of this process's descriptors lead to a file."""
    found = 0
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found += one.readlink() == path
    return found


def test_who_waited_for_a_lock_that_is_removed_takes_the_new_one(tmp_path: Path) -> None:
    """Or two would each hold one, and both run here."""
    state = tmp_path / "state"
    before = Vacancy.of(state)
    first = runstate.lock(state)
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(runstate.lock, state, seconds=60)
        wait_for(lambda: opened(state / "lock") == 2)
        before.leave()
        os.close(first)
        second = waiting.result(60)
    assert os.path.samestat(os.fstat(second), (state / "lock").stat())
    with pytest.raises(runstate.AlreadyRunning):
        runstate.lock(state, seconds=0)
    os.close(second)
