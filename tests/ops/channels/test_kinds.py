"""What a messenger can be told comes from its settings alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from gateways.channels.settings import ChannelsSettings, MessengerSettings
from ops.channels import kinds
from ops.settings import Setting, Settings, every
from ops.vault import Listed
from schemas.channels import ChannelField


class PigeonSettings(MessengerSettings):
    """Pigeons of yours,
    trained.

    More that nobody is shown.
    """

    title: ClassVar[str] = "Carrier pigeons"
    begin: ClassVar[tuple[str, ...]] = ("Buy a pigeon.",)
    password: SecretStr | None = Field(None, description="What they coo.")
    loft: str = Field("", description="Where they live.", title="Loft")
    wings: int = 2
    ringed: bool = True
    speed: Literal["slow", "quick"] = "slow"
    friends: tuple[str, ...] = ()


class All(BaseModel):
    """All settings of a house with pigeons."""

    pigeon_key: Annotated[SecretStr | None, Field(description="Opens the cage.")] = None
    pigeonhole: str = "another's"

    class Channels(BaseModel):
        """The messengers."""

        pigeon: PigeonSettings = PigeonSettings()

    channels: Channels = Channels()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for setting in every():
        monkeypatch.delenv(setting.variable, raising=False)
    return Settings(root=tmp_path)


@pytest.fixture
def pigeons(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tuple(every(All))
    monkeypatch.setattr(kinds, "every", lambda: iter(found))
    field = All.Channels.model_fields["pigeon"]
    monkeypatch.setitem(ChannelsSettings.model_fields, "pigeon", field)


def shown(setting: Setting, settings: Settings, kept: dict[str, Listed]) -> ChannelField:
    return kinds.shown("pigeon", setting, settings, kept)


def test_a_new_messenger_needs_no_line_of_ours(
    pigeons: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "plain", lambda _, name: f"value of {name}")
    monkeypatch.setattr(kinds, "has", lambda *_: False)
    assert kinds.described("pigeon") == (
        "Carrier pigeons", "Pigeons of yours, trained.", ("Buy a pigeon.",)
    )  # fmt: skip
    found = [shown(one, settings, {}) for one in kinds.fields("pigeon")]
    assert [(one.title, one.kind) for one in found] == [
        ("Key", "secret"), ("Password", "secret"), ("Loft", "text"), ("Wings", "number"),
        ("Ringed", "switch"), ("Speed", "choice"), ("Friends", "list"),
    ]  # fmt: skip
    assert found[5].options == ("slow", "quick")
    assert found[0].says == "Opens the cage."
    assert [one.value for one in found[:3]] == [None, None, "value of channels.pigeon.loft"]


def test_a_messenger_that_says_nothing_of_itself_is_shown_by_its_name() -> None:
    assert kinds.described("nobody") == ("Nobody", "", ())
    assert kinds.fields("nobody") == ()


def test_of_a_secret_only_its_end_is_shown(settings: Settings) -> None:
    token, server = kinds.fields("telegram")
    assert (token.name, server.name) == ("telegram_bot_token", "telegram_api_base_url")
    kept = {"TELEGRAM_BOT_TOKEN": Listed("TELEGRAM_BOT_TOKEN", "7f3a", 1)}
    found = kinds.shown("telegram", token, settings, kept)
    assert (found.kept, found.ends, found.value) == (True, "7f3a", None)
    assert not kinds.shown("telegram", token, settings, {}).kept


def test_what_the_environment_holds_is_said_and_not_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "12345:of-the-environment")
    (token, _) = kinds.fields("telegram")
    found = kinds.shown("telegram", token, settings, {})
    assert (found.kept, found.environment, found.ends) == (True, True, "")
    assert "of-the-environment" not in found.model_dump_json()
