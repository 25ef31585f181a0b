"""How the messengers are to be, whatever stands in the way of reading it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.channels import wanted as module
from ops.channels.wanted import Wanted, Watched
from ops.settings import Settings
from schemas.errors import Invalid


def test_what_could_not_be_read_once_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Exception | dict[str, Wanted]] = [
        {"telegram": Wanted(True, {})}, OSError(24, "Too many open files"), {}, Invalid("nonsense"),
    ]  # fmt: skip

    def wanted(_: Settings) -> dict[str, Wanted]:
        one = found.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(module, "wanted", wanted)
    watched, file = Watched(Settings(root=tmp_path)), tmp_path / "config.yaml"
    assert "telegram" in watched.now()
    file.write_text("{}", encoding="utf-8")
    assert "telegram" in watched.now(), "what cannot be read changes nothing"
    assert watched.now() == {}
    # What does not fit is not read again and again.
    file.write_text("{} ", encoding="utf-8")
    assert watched.now() == {}
    assert watched.now() == {}
    assert found == []
