"""What the owner wrote of foreign servers, whatever stands in the way of reading it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.foreign_servers import Book
from schemas.foreign import Reached


def test_what_could_not_be_read_once_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> bytes:
        raise OSError(24, "Too many open files")

    Book(tmp_path).add("odd", Reached(command=("true",)))
    book = Book(tmp_path)
    with monkeypatch.context() as handles:
        handles.setattr(Path, "read_bytes", full)
        assert book.owner().servers == {}, "unknown means forbidden"
    assert "odd" in book.owner().servers
