"""Keys that sign: the newest does, and every process sees which that is."""

from __future__ import annotations

from pathlib import Path

from ops import secrets
from ops.ring import Ring


def test_the_first_key_is_made_and_stays(tmp_path: Path) -> None:
    first = Ring(tmp_path).newest
    assert Ring(tmp_path).newest == first
    assert len(first.secret) == 64
    file = secrets.folder(tmp_path) / "web" / first.id
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_renewal_is_seen_by_others(tmp_path: Path) -> None:
    one, other = Ring(tmp_path), Ring(tmp_path)
    before = one.newest
    other.renew()
    assert one.newest == other.newest
    assert one.newest.id > before.id
    kept = one.key(before.id)
    assert kept is not None
    assert kept.until == one.newest.since
    assert one.newest.until is None


def test_only_the_last_one_before_stays(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    first = ring.newest
    for _ in range(3):
        ring.renew()
    assert len(list((secrets.folder(tmp_path) / "web").iterdir())) == 2
    assert ring.key(first.id) is None


def test_what_is_no_key_is_not_taken_for_one(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    (secrets.folder(tmp_path) / "web" / "README").write_text("hello")
    assert Ring(tmp_path).newest == ring.newest
    for name in ("README", "", "../../web", "/etc/passwd"):
        assert ring.key(name) is None
