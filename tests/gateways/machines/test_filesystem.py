"""The walker: what is inside comes out, what is outside never does."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from gateways.machines.filesearch import Wanted, search
from gateways.machines.filesystem import Files
from schemas.errors import Expected, Forbidden, Invalid, NotFound


def test_reads_and_lists_inside(files: Files, root: Path) -> None:
    assert files.read("notes.txt", 0, 100).raw == b"milk\nbread and Butter\n"
    assert files.read(f"{root}/./deep//er/plan.md", 4, 4).raw == b"plan"
    listing = files.folder(str(root), 10)
    assert [(entry.name, entry.kind) for entry in listing.entries] == [
        ("deep", "folder"),
        ("notes.txt", "file"),
    ]
    assert listing.total == 2


@pytest.mark.parametrize(
    "path",
    ["../outside/secret.txt", "deep/../../outside/secret.txt", "/etc/passwd", "deep/..", "/"],
)
def test_paths_that_lead_out_are_refused(files: Files, path: str) -> None:
    with pytest.raises(Forbidden):
        files.read(path, 0, 100)
    with pytest.raises(Forbidden):
        files.folder(path, 100)


@pytest.mark.parametrize("path", ["a\x00b", "x" * 5000, "x" * 300, "\ud800", "notes.txt/x", ""])
def test_what_is_no_file_is_refused_with_words(files: Files, path: str) -> None:
    with pytest.raises((Invalid, NotFound)):
        files.read(path, 0, 100)


@pytest.mark.parametrize("target", ["../outside", "/etc", "deep", "."])
def test_links_are_not_followed(files: Files, root: Path, target: str) -> None:
    (root / "link").symlink_to(target)
    for attempt in ("link", "link/secret.txt", "link/passwd", "link/er/plan.md"):
        with pytest.raises(Forbidden, match="link"):
            files.read(attempt, 0, 100)
    with pytest.raises(Forbidden, match="link"):
        files.folder("link", 10)
    kinds = {entry.name: entry.kind for entry in files.folder("", 10).entries}
    assert kinds["link"] == "link"


def test_a_name_that_is_swapped_for_a_link_never_leads_out(files: Files, root: Path) -> None:
    """While one thread swaps a folder and a file for links to the outside, readers read."""
    good, bad, name = root / "good", root / "bad", root / "door"
    good.mkdir()
    (good / "secret.txt").write_text("harmless")
    bad.symlink_to(root.parent / "outside")
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            for kind in (good, bad):
                os.rename(kind, name)
                os.rename(name, kind)

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen: set[bytes] = set()
    refused = 0
    try:
        for _ in range(3000):
            try:
                seen.add(files.read("door/secret.txt", 0, 100).raw)
            except Expected:
                refused += 1
    finally:
        done.set()
        swapper.join()
    assert b"WITNESS" not in seen
    assert refused > 0


def test_the_race_is_real(root: Path) -> None:
    """A deliberately naive reader (check, then open) is led out by the same swapping."""
    good, bad, name = root / "good", root / "bad", root / "door"
    good.mkdir()
    (good / "secret.txt").write_text("harmless")
    bad.symlink_to(root.parent / "outside")
    swaps = iter((bad,))

    def naive() -> str:
        os.rename(good, name)
        assert not name.is_symlink()
        os.rename(name, good)
        os.rename(next(swaps), name)
        return (name / "secret.txt").read_text()

    assert naive() == "WITNESS"
    with pytest.raises(Forbidden):
        Files([root]).read("door/secret.txt", 0, 100)


@pytest.mark.timeout(60)
def test_pipes_sockets_and_devices_are_refused_without_waiting(files: Files, root: Path) -> None:
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(root)  # A socket's path is short; the temporary folder's may not be.
        try:
            server.bind("sock")
        finally:
            os.chdir(here)
        for name in ("pipe", "sock"):
            with pytest.raises(Invalid, match="not a file to read"):
                files.read(name, 0, 100)
    for device in ("/dev/zero", "/dev/null"):
        with pytest.raises(Invalid, match="device"):
            Files([Path("/dev")]).read(device, 0, 100)


def test_the_kernels_own_files_stay_closed() -> None:
    everything = Files([Path("/")])
    for path in ("/proc/self/environ", "/proc/1/cmdline", "/sys/kernel/uevent_seqnum"):
        with pytest.raises(Forbidden):
            everything.read(path, 0, 100)


@pytest.mark.parametrize("place", [".ssh", "bob/.ssh", "bob/.config/gcloud", ".netrc"])
def test_where_keys_are_kept_stays_closed_and_unseen(root: Path, place: str) -> None:
    path = root / place
    path.mkdir(parents=True)
    (path / "id").write_text("a secret")
    files = Files([root])
    for below in (place, f"{place}/id"):
        with pytest.raises(Forbidden, match="protected"):
            files.read(below, 0, 100)
        with pytest.raises(Forbidden, match="protected"):
            files.folder(str(root / below), 10)
    assert path.name not in [one.name for one in files.folder(str(path.parent), 10).entries]
    assert search(files, "", Wanted(content="a secret")).matches == []


def test_protected_paths_are_closed_and_not_listed(root: Path) -> None:
    closed = Files([root], protected=[root / "deep"])
    with pytest.raises(Forbidden, match="protected"):
        closed.read("deep/er/plan.md", 0, 100)
    assert [entry.name for entry in closed.folder("", 10).entries] == ["notes.txt"]


def test_a_folder_of_ten_thousand_is_counted_and_cut(files: Files, root: Path) -> None:
    many = root / "many"
    many.mkdir()
    for number in range(10_000):
        (many / f"{number:05}").touch()
    listing = files.folder("many", 50)
    assert listing.total == 10_000
    assert [entry.name for entry in listing.entries][:2] == ["00000", "00001"]
    assert len(listing.entries) == 50


def test_a_huge_file_costs_what_is_asked_for(files: Files, root: Path) -> None:
    with (root / "huge").open("wb") as huge:
        huge.truncate(1 << 40)
    chunk = files.read("huge", (1 << 40) - 5, 100)
    assert (chunk.size, chunk.raw) == (1 << 40, bytes(5))


def test_handles_do_not_leak(files: Files) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for path in ("notes.txt", "nothing", "deep/er/plan.md", "../x", "deep"):
        try:
            files.read(path, 0, 10)
        except Expected:
            continue
    files.folder("deep", 10)
    assert len(os.listdir("/proc/self/fd")) == before


def test_no_root_means_nothing_is_open() -> None:
    with pytest.raises(Forbidden, match="No folder is open"):
        Files([]).folder("", 10)


def test_the_innermost_rule_counts(tmp_path: Path) -> None:
    """The agent's folder is open inside the closed state folder, and what it keeps is not."""
    state = tmp_path / "state"
    for name in ("secrets", "workspace/.kept"):
        (state / name).mkdir(parents=True)
        (state / name / "x").write_text("hidden")
    (state / "workspace" / "a").write_text("open")
    files = Files(
        [tmp_path, state / "workspace"],
        protected=[state, state / "workspace" / ".kept"],
        opened=[state / "workspace"],
    )
    assert files.read("a", 0, 10).raw == b"open"
    assert files.read(str(state / "workspace/a"), 0, 10).raw == b"open"
    for closed in ("state/secrets/x", ".kept/x", "state/workspace/.kept/x"):
        with pytest.raises((Forbidden, NotFound)):
            files.read(closed, 0, 10)
    names = {entry.name for entry in files.folder(str(state / "workspace"), 10).entries}
    assert names == {"a"}


def test_what_was_opened_is_reached_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "state" / "workspace" / "deep").mkdir(parents=True)
    (tmp_path / "state" / "workspace" / "deep" / "a").write_text("mine")
    state = tmp_path / "state"
    files = Files([tmp_path], protected=[state], opened=[state / "workspace"])
    assert [entry.name for entry in files.folder("workspace", 10).entries] == ["deep"]
    assert files.read("workspace/deep/a", 0, 10).raw == b"mine"
    with pytest.raises(Forbidden):
        files.folder("workspace/..", 10)
    (tmp_path / "workspace").mkdir()
    assert files.folder("workspace", 10).entries == (), "one that is there counts"
