"""On a full disk the lines to foreign servers are kept, and written down once there is room."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.foreign_servers import Book
from ops.mcp.service import Keepers
from tests.ops.mcp.test_service import hostile
from tests.stand import soon


async def test_on_a_full_disk_lines_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    book = Book(tmp_path)
    book.add("odd", hostile("says"))
    keepers = Keepers(book, lambda _: "")
    with monkeypatch.context() as disk:
        disk.setattr(book, "see", full)
        keepers.turn()
        keeper, task = keepers._kept["odd"]
        await soon(lambda: keeper.met.state == "up" or task.done(), 60)
        assert not task.done()
        keepers.turn()
    keepers.turn()
    assert book.met().servers["odd"] == keeper.met
    await keepers.close()
