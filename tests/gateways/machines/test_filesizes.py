"""The largest files: the largest first, bounded, and never led out."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateways.machines.filesearch import Bounds
from gateways.machines.filesizes import largest
from gateways.machines.filesystem import Files
from schemas.errors import Forbidden, Invalid


@pytest.fixture
def full(root: Path) -> Path:
    (root / "large" / "est").mkdir(parents=True)
    for number, where in enumerate((root, root / "large", root / "large" / "est"), 1):
        (where / f"of-{number}").write_bytes(b"x" * (10_000 * number))
    return root


def names(found: object) -> list[str]:
    return [Path(one.path).name for one in found.matches]  # type: ignore[attr-defined]


def test_the_largest_come_first_from_all_depths(files: Files, full: Path) -> None:
    found = largest(files, "", 2)
    assert names(found) == ["of-3", "of-2"]
    assert [one.size for one in found.matches] == [30_000, 20_000]
    assert found.ended_by is None
    assert names(largest(files, "large", 5)) == ["of-3", "of-2"]


def test_links_and_what_is_closed_are_passed_by(files: Files, full: Path) -> None:
    outside = full.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "huge").write_bytes(b"x" * 90_000)
    (full / "link").symlink_to(outside / "huge")
    (full / "there").symlink_to(outside)
    (full / ".ssh").mkdir()
    (full / ".ssh" / "id_huge").write_bytes(b"x" * 90_000)
    assert names(largest(files, "", 3)) == ["of-3", "of-2", "of-1"]
    with pytest.raises(Forbidden):
        largest(files, "../outside", 3)
    with pytest.raises(Invalid):
        largest(files, "of-1", 3)


def test_it_says_when_it_did_not_see_all(files: Files, full: Path) -> None:
    found = largest(files, "", 2, Bounds(entries=1))
    assert found.ended_by == "1 entries"
