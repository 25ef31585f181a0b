"""How the messengers are to be, whatever stands in the way of reading it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.channels import wanted as module
from ops.channels.wanted import Wanted, Watched, wanted
from ops.settings import Settings, every
from ops.vault import Vault
from schemas.errors import Invalid


def test_what_could_not_be_read_once_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Exception | dict[str, Wanted]] = [
        {"telegram": Wanted(True, {})}, OSError(24, "Too many open files"), {}, Invalid("nonsense"),
    ]  # fmt: skip

    def read(_: Settings) -> dict[str, Wanted]:
        one = found.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(module, "wanted", read)
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


def test_a_vault_that_does_not_open_stops_only_those_that_need_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in every():
        monkeypatch.delenv(one.variable, raising=False)
    Vault(tmp_path).put("DISCORD_BOT_TOKEN", "of-a-bot")
    before = Watched(Settings(root=tmp_path))
    assert before.now()["discord"].on
    (tmp_path / "secrets/vault/sealed.age").write_bytes(b"no vault")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:abc")
    found = wanted(Settings(root=tmp_path))
    assert found["telegram"].on
    assert not found["discord"].on
    assert found["discord"].closed.startswith("DISCORD_BOT_TOKEN cannot be read: ")
    assert before.now()["discord"].on, "what cannot be read changes nothing"
