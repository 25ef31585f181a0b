"""What a messenger is and can be given comes from its settings alone."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from gateways.channels.settings import ChannelsSettings, MessengerSettings
from ops.channels import fields
from ops.channels.kinds import KINDS, Given, Kind
from ops.channels.wanted import Wanted, wanted
from ops.settings import Setting, Settings, every
from ops.vault import Vault


class PigeonSettings(MessengerSettings):
    """Pigeons of yours,
    trained.

    More that nobody is shown.
    """

    begin: ClassVar[tuple[str, ...]] = ("Buy a pigeon.",)
    loft: str = Field("", description="Where they live.")
    ringed: bool = True
    speed: Literal["slow", "quick"] = "slow"
    api_url: str | None = Field(None, title="Their office")


class House(BaseModel):
    """All settings of a house with pigeons."""

    class Channels(BaseModel):
        """The messengers."""

        pigeon: PigeonSettings = PigeonSettings()

    pigeon_key: SecretStr | None = Field(None, description="Opens the cage.")
    channels: Channels = Channels()


def _none(given: Given, ledger: object) -> None:
    raise AssertionError("nobody makes one")


PLACE = "NEXUS_CHANNELS__PIGEON__"
PIGEON = Kind(
    "pigeon", "Carrier pigeons", ("NEXUS_PIGEON_KEY", f"{PLACE}LOFT"),
    (f"{PLACE}RINGED", f"{PLACE}SPEED", f"{PLACE}API_URL"), _none,  # type: ignore[arg-type]
)  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for setting in every():
        monkeypatch.delenv(setting.variable, raising=False)
    return Settings(root=tmp_path)


def test_a_new_messenger_needs_no_line_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, Setting] = {one.variable: one for one in every(House)}
    monkeypatch.setattr(fields, "setting", known.__getitem__)
    place = House.Channels.model_fields["pigeon"]
    monkeypatch.setitem(ChannelsSettings.model_fields, "pigeon", place)
    assert fields.described(PIGEON) == ("Pigeons of yours, trained.", ("Buy a pigeon.",))
    wish = Wanted(True, {f"{PLACE}LOFT": "roof", f"{PLACE}RINGED": "True"}, ("NEXUS_PIGEON_KEY",))
    key, loft, ringed, speed, office = fields.shown(PIGEON, wish, Vault(tmp_path))
    assert (key.title, key.secret, key.needed, key.given) == ("Nexus pigeon key", True, True, False)
    assert key.help == "Opens the cage."
    assert (loft.title, loft.needed, loft.value, loft.options) == ("Loft", True, "roof", ())
    assert (ringed.needed, ringed.value, ringed.options) == (False, "True", ("True", "False"))
    assert speed.options == ("slow", "quick")
    assert office.title == "Their office"


def test_a_messenger_that_says_nothing_of_itself_is_shown_all_the_same() -> None:
    nobody = Kind("nobody", "Nobody", (), (), _none)  # type: ignore[arg-type]
    assert fields.described(nobody) == ("", ())


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_each_that_there_is_describes_all_it_needs(kind: Kind, settings: Settings) -> None:
    found = fields.shown(kind, wanted(settings)[kind.name], Vault(settings.root))
    assert all(one.title and one.help for one in found)
    assert any(one.needed for one in found)
    about, begin = fields.described(kind, "https://home.example/")
    assert about
    assert len(begin) >= 3, "one sees how to begin"
    assert "code" in " ".join(begin), "and how one becomes known"
    assert not any("{" in step or "example//" in step for step in begin)


def test_a_step_names_the_server_as_it_is_reached() -> None:
    _, begin = fields.described(KINDS["whatsapp"], "https://home.example/")
    assert any("`https://home.example/api/channels/whatsapp/webhook`" in step for step in begin)
    _, begin = fields.described(KINDS["whatsapp"])
    assert any("https://YOUR-SERVER/api/channels" in step for step in begin)


def test_of_a_secret_only_its_end_is_shown(settings: Settings) -> None:
    vault, kind = Vault(settings.root), KINDS["telegram"]
    vault.put("TELEGRAM_BOT_TOKEN", "12345:of-the-vault-7f3a")
    token, server, _ = fields.shown(kind, wanted(settings)["telegram"], vault)
    assert (token.title, server.title) == ("Token of the bot", "Server")
    assert (token.given, token.ends, token.value, token.fixed) == (True, "7f3a", "", False)


def test_what_the_environment_holds_is_said_and_not_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "12345:of-the-environment")
    here = Settings(root=settings.root)
    token, *_ = fields.shown(KINDS["telegram"], wanted(here)["telegram"], Vault(settings.root))
    assert (token.given, token.fixed, token.ends) == (True, True, "")
    assert "of-the-environment" not in token.model_dump_json()
