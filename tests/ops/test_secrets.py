"""Secret files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops import secrets


def test_made_once_and_private(tmp_path: Path) -> None:
    first = secrets.redis_passwords(tmp_path, ("core", "boot"))
    assert first == secrets.redis_passwords(tmp_path, ("core", "boot"))
    assert first["core"] != first["boot"]
    file = secrets.redis_file(tmp_path, "core")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [len(key) for key in secrets.gateway_keys(tmp_path, "terminal")] == [64]


def test_two_at_once_get_the_same(tmp_path: Path) -> None:
    path = tmp_path / "one"
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(secrets.ensure, [path] * 8))) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "one"
    secrets.ensure(path)
    path.chmod(mode)
    with pytest.raises(secrets.Unsafe, match=f"has mode {mode:04o}; run: chmod 600"):
        secrets.ensure(path)


def test_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_text("secret\n")
    path.chmod(0o600)
    with pytest.raises(secrets.Unsafe, match="has 6 characters; it needs at least 32"):
        secrets.read(path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secrets.ensure(tmp_path / "one")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(OSError, match="symbolic links"):
        secrets.read(tmp_path / "two")


def test_a_renewed_secret_may_keep_the_ones_before(tmp_path: Path) -> None:
    path = secrets.gateway_file(tmp_path, "terminal")
    seen = [secrets.gateway_keys(tmp_path, "terminal")[0]]
    for _ in range(4):
        secrets.renew(path, 2)
        found = secrets.gateway_keys(tmp_path, "terminal")
        assert found[0] not in seen
        seen.insert(0, found[0])
        assert list(found) == seen[:3]
    assert path.stat().st_mode & 0o777 == 0o600
    secrets.renew(path)
    assert len(secrets.gateway_keys(tmp_path, "terminal")) == 1


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "one"
    secrets.replace(path, b"x" * 32)
    blocked = tmp_path / "folder"
    (blocked / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        secrets.replace(blocked, b"y" * 32)
    assert secrets.read(path) == "x" * 32
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "one"]
