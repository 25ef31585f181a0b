"""The messengers are what they are to be, within a look."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from gateways.channels.base import Capabilities, Channels, Receive, Shown, State, Taken
from ops import config_file, layout
from ops.channels.kinds import KINDS
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


class Broken(Fake):
    """A messenger whose library does not do what it should."""

    async def start(self, receive: Receive) -> None:
        """Fail, as nobody foresaw."""
        await super().start(receive)
        raise RuntimeError("no such thing")

    async def stop(self) -> None:
        """Fail again."""
        await super().stop()
        raise RuntimeError("not even that")


async def test_one_that_cannot_be_begun_ends_no_other(stand: Stand, settings: Settings) -> None:
    log: list[str] = []
    channels, states = Channels(), States(stand.redis.execute_command)
    kinds: dict[str, type[Fake]] = {"telegram": Broken, "whatsapp": Fake}

    async def receive(_: Any) -> Taken:
        return Taken()

    def make(name: str, wish: Wanted) -> Fake:
        if name == "discord":
            raise ImportError(name)
        token = wish.given.get("TELEGRAM_BOT_TOKEN", "4 words")
        found = kinds[name](Wanted(True, {"TELEGRAM_BOT_TOKEN": token}), log)
        found.name = name
        return found

    exchange = Exchange(Watched(settings), channels, make, lambda _: receive, states)
    vault = Vault(settings.root)
    for name in ("TELEGRAM_BOT_TOKEN", "DISCORD_BOT_TOKEN"):
        await asyncio.to_thread(vault.put, name, "first")
    for name in KINDS["whatsapp"].needs[:3]:
        await asyncio.to_thread(vault.put, name, "word")
    file = config_file.path(settings.root)
    await asyncio.to_thread(file.write_text, "whatsapp_phone_number_id: '12345'\n")
    await exchange.look()
    await exchange.look()
    assert log == ["on first", "off first", "on 4 words"]
    assert channels.get("whatsapp").name == "whatsapp"
    for name, error in (("telegram", "RuntimeError"), ("discord", "ImportError")):
        why = f"It cannot be begun: {error}."
        assert await states.of(name) == ChannelState(state="failing", why=why)
        with pytest.raises(NotFound):
            channels.get(name)
    # Given something else, it is begun at once.
    kinds["telegram"] = Fake
    await asyncio.to_thread(vault.put, "TELEGRAM_BOT_TOKEN", "second")
    await exchange.look()
    assert log[3:] == ["on second"]
    assert await states.of("telegram") == ChannelState(state="running", account="second")
    await asyncio.to_thread(vault.remove, "DISCORD_BOT_TOKEN")
    await exchange.look()
    assert await states.of("discord") == ChannelState(state="off")


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
