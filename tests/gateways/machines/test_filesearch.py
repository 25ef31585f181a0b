"""Searching: found by name and by content, bounded, and never led out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateways.machines.filesearch import Bounds, Wanted, search
from gateways.machines.filesystem import Files
from schemas.errors import Forbidden, Invalid, NotFound


def names(found: object) -> list[str]:
    return sorted(Path(match.path).name for match in found.matches)  # type: ignore[attr-defined]


def test_finds_by_name_and_by_content(files: Files) -> None:
    assert names(search(files, "", Wanted(name="PLAN"))) == ["plan.md"]
    found = search(files, "", Wanted(content="BUTTER"))
    assert names(found) == ["notes.txt", "plan.md"]
    lines = {Path(match.path).name: (match.line, match.excerpt) for match in found.matches}
    assert lines["notes.txt"] == (2, "bread and Butter")
    assert names(search(files, "", Wanted(name="notes", content="butter"))) == ["notes.txt"]
    assert found.ended_by is None


def test_every_open_folder_is_searched(root: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    (second / "planet.txt").write_text("butter")
    both = Files([root, second])
    assert names(search(both, "", Wanted(name="plan"))) == ["plan.md", "planet.txt"]
    assert names(search(both, str(second), Wanted(name="plan"))) == ["planet.txt"]
    assert both.read("planet.txt", 0, 9).raw == b"butter"


def test_links_and_special_files_are_passed_by(files: Files, root: Path) -> None:
    (root / "out").symlink_to(root.parent / "outside")
    (root / "secret-link.txt").symlink_to(root.parent / "outside" / "secret.txt")
    os.mkfifo(root / "pipe")
    assert search(files, "", Wanted(content="WITNESS")).matches == []
    assert names(search(files, "", Wanted(name="secret"))) == ["secret-link.txt"]


def test_binary_files_are_passed_by(files: Files, root: Path) -> None:
    (root / "blob").write_bytes(b"\x00\x01butter")
    assert "blob" not in names(search(files, "", Wanted(content="butter")))


def test_protected_paths_are_not_looked_into(root: Path) -> None:
    closed = Files([root], protected=[root / "deep"])
    assert names(search(closed, "", Wanted(content="butter"))) == ["notes.txt"]


@pytest.mark.parametrize(
    ("bounds", "word"),
    [
        (Bounds(matches=3), "matches"),
        (Bounds(entries=20), "entries"),
        (Bounds(seconds=0.0), "seconds"),
        (Bounds(total_bytes=10), "MB"),
    ],
)
def test_every_bound_ends_it_and_is_named(
    files: Files, root: Path, bounds: Bounds, word: str
) -> None:
    for number in range(200):
        (root / f"item{number}").write_text("butter on bread")
    found = search(files, "", Wanted(content="butter"), bounds)
    assert found.ended_by is not None
    assert word in found.ended_by
    assert len(found.matches) < 200


def test_depth_is_bounded_and_costs_no_handles(files: Files, root: Path) -> None:
    here = os.open(root, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = search(files, "", Wanted(name="d"))
    assert 40 <= len(found.matches) <= 45


def test_a_hostile_name_is_only_a_name(files: Files, root: Path) -> None:
    name = "evil\n\x1b[31mname"
    (root / name).write_text("x")
    assert [Path(match.path).name for match in search(files, "", Wanted(name="evil")).matches] == [
        name
    ]


def test_says_what_is_wrong(files: Files) -> None:
    with pytest.raises(Invalid):
        search(files, "", Wanted())
    with pytest.raises(Invalid):
        search(files, "notes.txt", Wanted(name="x"))
    with pytest.raises(NotFound):
        search(files, "nowhere", Wanted(name="x"))
    with pytest.raises(Forbidden):
        search(files, "/etc", Wanted(name="x"))
