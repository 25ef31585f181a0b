"""A messenger is told something else: all of it, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateways.vaults.age import Damaged
from ops import config, config_file
from ops.channels.kinds import KINDS
from ops.channels.telling import tell
from ops.config import BadSetting
from ops.settings import every
from ops.vault import Vault
from schemas.channels import ChannelForm
from schemas.errors import Conflict, Invalid

TOKEN, SERVER = "TELEGRAM_BOT_TOKEN", "TELEGRAM_API_BASE_URL"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for setting in every():
        monkeypatch.delenv(setting.variable, raising=False)
    return tmp_path


def told(root: Path, **form: Any) -> None:
    tell(root, KINDS["telegram"], ChannelForm.model_validate(form))


def kept(root: Path) -> str | None:
    found = Vault(root).get(TOKEN)
    return found.get_secret_value() if found else None


def test_what_is_secret_lies_sealed_and_the_rest_in_the_file(root: Path) -> None:
    server = "http://127.0.0.1:9"
    told(root, enabled=False, fields={TOKEN: " 1:abc ", SERVER: server})
    assert kept(root) == "1:abc"
    settings = config.load(root)
    assert (settings.telegram_api_base_url, settings.channels.telegram.enabled) == (server, False)
    assert "abc" not in config_file.path(root).read_text()
    told(root, fields={TOKEN: None, SERVER: None})
    assert (kept(root), config.load(root).telegram_api_base_url) == (None, None)
    told(root, fields={TOKEN: None})  # there is none: that is as it was wished


def test_the_token_goes_where_its_first_secret_is(root: Path) -> None:
    told(root, token="1:abc")
    assert kept(root) == "1:abc"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({SERVER: "ftp://nowhere"}, BadSetting),
        ({TOKEN: "aaa\nbbb"}, Invalid),
        ({TOKEN: "  "}, Invalid),
        ({"NEXUS_HTTP__PORT": "1"}, Invalid),
        ({"NEXUS_CHANNELS__TELEGRAM__ENABLED": "false"}, Invalid),
        ({"GEMINI_API_KEY": "aaa"}, Invalid),
    ],
    ids=str,
)
def test_of_what_does_not_fit_nothing_is_kept(
    root: Path, fields: dict[str, Any], error: type[Exception]
) -> None:
    told(root, token="1:before")
    with pytest.raises(error) as refused:
        told(root, enabled=False, fields={TOKEN: "2:after", SERVER: "http://127.0.0.1:9", **fields})
    assert "aaa" not in str(refused.value)
    assert "after" not in str(refused.value)
    assert kept(root) == "1:before"
    settings = config.load(root)
    assert (settings.telegram_api_base_url, settings.channels.telegram.enabled) == (None, True)


def test_the_environment_wins(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "1:environment")
    with pytest.raises(Conflict):
        told(root, token="2:page")
    monkeypatch.delenv(TOKEN)
    assert kept(root) is None


def test_nothing_is_a_text_or_brings_the_default_back(root: Path) -> None:
    prefix = "NEXUS_CHANNELS__WHATSAPP__PREFIX"
    whatsapp, email = KINDS["whatsapp"], KINDS["email"]
    tell(root, whatsapp, ChannelForm.model_validate({"fields": {prefix: ""}}))
    assert config.load(root).channels.whatsapp.prefix == ""
    tell(root, whatsapp, ChannelForm.model_validate({"fields": {prefix: None}}))
    assert config.load(root).channels.whatsapp.prefix == "!"
    tell(root, email, ChannelForm.model_validate({"fields": {"SMTP_PORT": "465"}}))
    assert config.load(root).smtp_port == 465
    tell(root, email, ChannelForm.model_validate({"fields": {"SMTP_PORT": ""}}))
    assert config.load(root).smtp_port == 587
    with pytest.raises(BadSetting):
        tell(root, email, ChannelForm.model_validate({"fields": {"SMTP_PORT": "many"}}))


def test_a_vault_that_does_not_open_lets_nothing_be_half_done(root: Path) -> None:
    told(root, token="1:before")
    (root / "secrets/vault/sealed.age").write_bytes(b"no vault")
    server = {SERVER: "http://127.0.0.1:9"}
    with pytest.raises(Damaged):
        told(root, enabled=False, token="2:after", fields=server)
    settings = config.load(root)
    assert (settings.telegram_api_base_url, settings.channels.telegram.enabled) == (None, True)
    told(root, enabled=False, fields=server)  # what needs no secret needs no vault
    assert not config.load(root).channels.telegram.enabled
