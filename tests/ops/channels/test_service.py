"""The messengers are what they are to be, within a look."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from gateways.channels.base import Capabilities, Channels, Receive, Shown, State, Taken
from ops import config_file, layout
from ops.channels.service import Exchange
from ops.channels.wanted import Wanted, Watched
from ops.channels.watch import Watch
from ops.control import door
from ops.settings import Settings, every
from ops.vault import Vault
from schemas.channels import ChannelState
from schemas.chat import Parcel
from schemas.errors import NotFound
from streams.channels import States
from tests.stand import Stand


class Fake:
    """A messenger that only notes what is done with it."""

    name, can, why = "telegram", Capabilities(), ""
    state: State = "running"

    def __init__(self, wish: Wanted, log: list[str]) -> None:
        self.account, self._log = wish.given["TELEGRAM_BOT_TOKEN"], log

    async def test(self) -> str:
        """Say who it is."""
        return self.account

    async def start(self, receive: Receive) -> None:
        """Note it."""
        self._log.append(f"on {self.account}")

    async def stop(self) -> None:
        """Note it."""
        self._log.append(f"off {self.account}")

    async def deliver(self, part: Parcel) -> None:
        """Do nothing."""

    async def show(self, card: Shown) -> None:
        """Do nothing."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for setting in every():
        monkeypatch.delenv(setting.variable, raising=False)
    return Settings(root=tmp_path)


async def test_they_follow_the_vault_and_the_file(stand: Stand, settings: Settings) -> None:
    log: list[str] = []
    channels, states = Channels(), States(stand.redis.execute_command)

    async def receive(_: Any) -> Taken:
        return Taken()

    exchange = Exchange(
        Watched(settings), channels, lambda _, wish: Fake(wish, log), lambda _: receive, states
    )
    await exchange.look()
    assert log == []
    assert await states.of("telegram") == ChannelState(state="off")
    vault = Vault(settings.root)
    await asyncio.to_thread(vault.put, "TELEGRAM_BOT_TOKEN", "first")
    await exchange.look()
    assert channels.get("telegram").name == "telegram"
    assert await states.of("telegram") == ChannelState(state="running", account="first")
    await asyncio.to_thread(vault.put, "TELEGRAM_BOT_TOKEN", "second")
    await exchange.look()
    # What does not fit changes nothing.
    file = config_file.path(settings.root)
    await asyncio.to_thread(file.write_text, "channels: nonsense\n")
    await exchange.look()
    assert log == ["on first", "off first", "on second"]
    await asyncio.to_thread(file.unlink)
    await asyncio.to_thread(config_file.put, settings.root, "channels.telegram.enabled", "false")
    await exchange.look()
    assert log[3:] == ["off second"]
    assert await states.of("telegram") == ChannelState(state="off")
    with pytest.raises(NotFound):
        channels.get("telegram")


async def test_a_token_is_not_written_where_it_is_plain_to_read(settings: Settings) -> None:
    with pytest.raises(Exception, match="is a secret"):
        config_file.put(settings.root, "telegram_bot_token", "1:x")


async def test_the_process_runs_while_one_is_on(settings: Settings, tmp_path: Path) -> None:
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = json.loads(await reader.readline())
        asked.append(" ".join(filter(None, (request["do"], request["child"]))))
        writer.write(json.dumps({"children": {"channels": {"pid": 7}}}).encode() + b"\n")
        writer.close()

    vault, watch = Vault(settings.root), Watch(Watched(settings), tmp_path)
    async with await asyncio.start_unix_server(serve, str(door(tmp_path))):
        await watch.look()
        assert asked == ["status", "stop channels"]
        await asyncio.to_thread(vault.put, "TELEGRAM_BOT_TOKEN", "first")
        await watch.look()
        await watch.look()
        assert asked[2:] == ["start channels"]
        await asyncio.to_thread(vault.remove, "TELEGRAM_BOT_TOKEN")
        await watch.look()
        assert asked[3:] == ["status", "stop channels"]


def test_the_plan_starts_it_on_demand_only(settings: Settings) -> None:
    assert layout.channels(settings).on_demand
