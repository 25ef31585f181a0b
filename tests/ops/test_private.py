"""A secret's file is for its owner alone, and nothing is overwritten for it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ops import private
from schemas.errors import Conflict


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        private.write(tmp_path / "backup.key", "SECRET")
    finally:
        os.umask(before)
    assert (tmp_path / "backup.key").read_text() == "SECRET\n"
    assert stat.S_IMODE((tmp_path / "backup.key").stat().st_mode) == 0o600


def test_nothing_is_overwritten_and_no_link_followed(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("there", "link"):
        with pytest.raises(Conflict, match="exists already"):
            private.write(tmp_path / name, "SECRET")
    assert (tmp_path / "there").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(private.Unwritable, match="cannot be written"):
        private.write(tmp_path / "absent" / "key", "SECRET")
