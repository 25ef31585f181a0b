"""Every secret of a server that it can name is known, at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from ops import secrets
from ops.settings import Settings
from ops.vault import Vault
from ops.withheld import redactor, secrets_of
from processors.tools.redact import GONE, Redactor


def test_the_settings_secrets_are_known() -> None:
    settings = Settings(
        redis_url=SecretStr("redis://me:CANARY-redis@host/0"),
        database_url=SecretStr('postgresql://me:CANARY"pg\\@host/x'),
    )
    known = [secret for secret in secrets_of(settings) if secret]
    redactor = Redactor(known)
    for secret in known:
        after = redactor.text(json.dumps({"said": f"it is {secret}."}))
        assert "CANARY" not in after
        json.loads(after)


def test_what_lies_in_the_state_folder_is_known(tmp_path: Path) -> None:
    redact = redactor(Settings(root=tmp_path))
    assert redact("say plumtree1") == "say plumtree1"
    Vault(tmp_path).put("NAME", "plumtree1")
    Vault(tmp_path).put("totp:owner", "inner-plumtree")
    assert redact("say plumtree1, inner-plumtree") == f"say {GONE}, {GONE}"
    for path in (secrets.redis_file(tmp_path, "core"), secrets.gateway_file(tmp_path, "web")):
        kept = secrets.ensure(path)
        assert redact(f"it is {kept}.") == f"it is {GONE}."
        secrets.renew(path)
        assert redact(f"{kept} {secrets.read(path)}") == f"{GONE} {GONE}"
    assert redact((tmp_path / "secrets/vault/key").read_text().strip()) == GONE


def test_what_the_environment_names_a_secret_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "plumtree2")
    monkeypatch.setenv("BACKUP_PASS", "plumtree4")
    monkeypatch.setenv("NEXUS_FAVOURITE", "plumtree3")
    assert redactor(Settings())("plumtree2 plumtree4 plumtree3") == f"{GONE} {GONE} plumtree3"


def test_a_vault_that_does_not_open_stops_nobody(tmp_path: Path) -> None:
    kept = secrets.ensure(secrets.redis_file(tmp_path, "core"))
    Vault(tmp_path).put("NAME", "plumtree1")
    (tmp_path / "secrets/vault/sealed.age").write_bytes(b"no vault")
    assert redactor(Settings(root=tmp_path))(f"{kept} sk-CANARY0123456789abc") == f"{GONE} {GONE}"
