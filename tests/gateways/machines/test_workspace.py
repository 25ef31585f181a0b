"""The workspace is written to, and nothing outside it."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateways.machines.grounds import WorkspaceFull
from gateways.machines.workspace import MAX_BYTES, Workspace
from schemas.errors import Forbidden, Invalid, Refused


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def test_a_file_is_replaced_in_one_step(workspace: Workspace) -> None:
    workspace.write("reports/disk.md", "one")
    written = Path(workspace.write("reports/disk.md", "two"))
    assert written.read_text() == "two"
    assert [entry.name for entry in written.parent.iterdir()] == ["disk.md"]


def test_two_who_write_one_file_leave_one_of_both(workspace: Workspace) -> None:
    """Calls of one step run side by side, and conversations do."""
    texts = ["a" * 400_000, "b" * 400_000]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            list(pool.map(lambda text: workspace.write("same.txt", text), texts * 4))
            assert (workspace.root / "same.txt").read_text() in texts
    assert [entry.name for entry in workspace.root.iterdir()] == ["same.txt"]


def test_two_who_need_one_folder_both_get_it(workspace: Workspace) -> None:
    with ThreadPoolExecutor(8) as pool:
        for n in range(100):
            paths = [f"{n}/{n}/{which}.txt" for which in range(8)]
            list(pool.map(lambda path: workspace.write(path, "x"), paths))
            assert len(list((workspace.root / f"{n}/{n}").iterdir())) == 8


def test_a_full_disk_is_not_filled_with_drafts(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write("kept.txt", "before")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Refused, match="No space left"):
        workspace.write("kept.txt", "after")
    assert [entry.read_text() for entry in workspace.root.iterdir()] == ["before"]


def test_what_is_appended_follows_what_was_there(workspace: Workspace) -> None:
    workspace.append("notes.md", "- one\n")
    assert Path(workspace.append("notes.md", "- two\n")).read_text() == "- one\n- two\n"


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../out", "a/../../out", "", ".", "a\x00b", "x" * 2_000]
)
def test_a_path_that_leads_elsewhere_is_refused(
    workspace: Workspace, tmp_path: Path, path: str
) -> None:
    for change in (workspace.write, workspace.append):
        with pytest.raises((Forbidden, Invalid)):
            change(path, "x")
    assert not (tmp_path / "out").exists()


def test_no_link_is_followed(workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim").write_text("safe")
    workspace.write("seed", "x")
    os.symlink(outside, workspace.root / "folder")
    os.symlink(outside / "victim", workspace.root / "file")
    for path in ("folder/victim", "folder/new", "file"):
        for change in (workspace.write, workspace.append):
            with pytest.raises(Forbidden):
                change(path, "broken")
    assert (outside / "victim").read_text() == "safe"
    assert [entry.name for entry in outside.iterdir()] == ["victim"]


def test_a_pipe_is_no_file(workspace: Workspace) -> None:
    workspace.write("seed", "x")
    os.mkfifo(workspace.root / "pipe")
    for change in (workspace.write, workspace.append):
        with pytest.raises(Forbidden):
            change("pipe", "x")


def test_growth_has_an_end(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace", file_mb=1)
    with pytest.raises(Invalid):
        workspace.write("big", "x" * (MAX_BYTES + 1))
    workspace.append("log", "x" * MAX_BYTES)
    with pytest.raises(WorkspaceFull, match=r"log would grow beyond 1 MB.*begin another one"):
        workspace.append("log", "x" * MAX_BYTES)
    assert (workspace.root / "log").stat().st_size == MAX_BYTES
    workspace.append("other", "x" * MAX_BYTES)


def test_a_full_workspace_takes_no_more_and_says_why(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace", most_mb=2)
    for n in range(2):
        workspace.write(f"deep/er/{n}", "x" * MAX_BYTES)
    said = r"holds 1 MB of the 2 MB it may have .*new.txt does not fit any more; remove"
    for change in (workspace.write, workspace.append):
        with pytest.raises(WorkspaceFull, match=said):
            change("new.txt", "x" * MAX_BYTES)
    assert [entry.name for entry in workspace.root.iterdir()] == ["deep"]
    (workspace.root / "deep/er/0").unlink()
    workspace.write("new.txt", "x" * MAX_BYTES)


def test_empty_files_fill_it_too(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace", most_mb=1)
    for n in range(256):
        workspace.write(f"{n}", "")
    with pytest.raises(WorkspaceFull):
        workspace.write("one more", "")


def test_those_who_write_at_once_do_not_overfill_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace", most_mb=2)

    def one(n: int) -> bool:
        try:
            workspace.write(f"{n}", "x" * 400_000)
        except WorkspaceFull:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(16))) == 5
