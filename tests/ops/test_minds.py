"""Which models think for which tier, as the settings and the keys have it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gateways.llm.base import Request, UserSaid
from gateways.llm.cooling import Cooling
from gateways.llm.fallback import Fallback
from gateways.llm.metered import Metered
from gateways.llm.rules import Rules
from gateways.llm.whole import think
from gateways.machines.clock import Clock
from ops import config, current
from ops.current import Current
from ops.minds import SettingsKeys, Watched, first_library, mind
from ops.settings import Settings
from ops.vault import Vault
from processors.agent.mind import Mind
from processors.tools.builtin.clock import time_now
from processors.tools.registry import Registry
from schemas.errors import Invalid, Unavailable
from streams.crash import NOWHERE
from tests.gateways.llm.provider import Purse
from tests.ops.cli.conftest import free_port


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEMINI", "ANTHROPIC", "OPENAI"):
        monkeypatch.delenv(f"{name}_API_KEY", raising=False)
        monkeypatch.delenv(f"{name}_BASE_URL", raising=False)
    monkeypatch.delenv("DEFAULT_MODEL", raising=False)


def settings(root: Path, **words: object) -> Settings:
    (root / "config.yaml").write_text(yaml.safe_dump(words))
    return config.load(root)


def shown(found: Mind) -> dict[str, list[str]]:
    return {
        one.tier: [f"{m.provider}:{m.model} {m.state}" for m in one.models]
        for one in found.overview()
    }


def test_without_a_key_the_offline_brain_thinks(tmp_path: Path) -> None:
    found = mind(settings(tmp_path), NOWHERE)
    assert isinstance(found.model("flash"), Rules)
    assert set(map(tuple, shown(found).values())) == {("offline:rules ready",)}


def test_with_a_key_its_provider_does_and_gemini_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a")
    found = shown(mind(settings(tmp_path), NOWHERE))
    assert found["flash"] == ["anthropic:claude-haiku-4-5 ready"]
    monkeypatch.setenv("GEMINI_API_KEY", "g")
    found = shown(mind(settings(tmp_path), NOWHERE))
    assert found["flash"] == [
        "gemini:gemini-3-flash-preview ready", "anthropic:claude-haiku-4-5 ready",
    ]  # fmt: skip
    assert found["opus"][0] == "gemini:gemini-2.5-pro ready"


async def test_with_all_providers_away_the_rules_say_what_tools_know_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "g")
    nobody = f"http://127.0.0.1:{free_port()}"
    model = mind(settings(tmp_path, gemini_base_url=nobody), NOWHERE).model("flash")
    tools = Registry((time_now,), [Clock()]).specs("full")
    found = await think(model, Request((UserSaid("what time is it?"),), tools=tools))
    assert [name for name, _ in found.calls] == ["time_now"]
    assert found.model == "rules"
    assert found.notices
    with pytest.raises(Unavailable):
        await think(model, Request((UserSaid("write a poem about herons"),), tools=tools))


def test_what_a_provider_is_paid_for_is_counted_while_it_answers(tmp_path: Path) -> None:
    names = {"flash": ["gemini:g", "anthropic:a", "openai:o", "rules"]}
    found = mind(settings(tmp_path, models=names), NOWHERE).model("flash")
    assert isinstance(found, Fallback)
    counted = [isinstance(one.model, Metered) for one in found.candidates()]
    assert counted == [True, True, True, False]


def test_only_the_library_of_the_model_that_is_asked_first_is_loaded_early(tmp_path: Path) -> None:
    purse = Purse()
    found = mind(settings(tmp_path), NOWHERE, purse)
    assert first_library(found) is None
    purse.keys["anthropic"] = "a"
    assert first_library(found) == "anthropic"
    purse.keys["gemini"] = "g"
    assert first_library(found) == "google.genai"
    local = settings(tmp_path, models={"flash": ["rules", "gemini:x"]})
    assert first_library(mind(local, NOWHERE, purse)) is None


def test_a_key_that_comes_later_needs_no_restart(tmp_path: Path) -> None:
    purse = Purse()
    found = mind(settings(tmp_path), NOWHERE, purse)
    assert found.model("flash").name == "rules"
    purse.keys["gemini"] = "g"
    assert found.model("flash").name == "gemini-3-flash-preview"
    del purse.keys["gemini"]
    assert found.model("flash").name == "rules"


def test_a_key_in_the_vault_counts_at_once_and_the_environments_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, vault = settings(tmp_path), Vault(tmp_path)
    found = mind(here, NOWHERE)
    assert found.model("flash").name == "rules"
    vault.put("GEMINI_API_KEY", "g")
    assert found.model("flash").name == "gemini-3-flash-preview"
    vault.remove("GEMINI_API_KEY")
    assert found.model("flash").name == "rules"
    monkeypatch.setenv("GEMINI_API_KEY", "from the shell")
    vault.put("GEMINI_API_KEY", "g")
    key = SettingsKeys(settings(tmp_path), vault).get("GEMINI_API_KEY")
    assert key is not None
    assert key.get_secret_value() == "from the shell"


def test_a_vault_that_does_not_open_leaves_the_rest_working(tmp_path: Path) -> None:
    Vault(tmp_path).put("GEMINI_API_KEY", "g")
    (tmp_path / "secrets/vault/sealed.age").write_bytes(b"rubbish")
    assert mind(settings(tmp_path), NOWHERE).model("flash").name == "rules"


def test_a_tier_that_is_set_has_what_is_set(tmp_path: Path) -> None:
    models = {
        "flash": ["gemini:new-one", "openai:qwen3"], "haiku": "rules",
        "opus": "anthropic:x, gemini:y",
    }  # fmt: skip
    words = {"models": models, "openai_base_url": "http://127.0.0.1:1/v1"}
    found = mind(settings(tmp_path, **words), NOWHERE, Purse(anthropic="k"))
    assert shown(found)["flash"] == ["gemini:new-one no key", "openai:qwen3 ready"]
    assert shown(found)["opus"] == ["anthropic:x ready", "gemini:y no key"]
    assert isinstance(found.model("haiku"), Rules)


def test_the_default_model_is_asked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "g")
    monkeypatch.setenv("DEFAULT_MODEL", "gemini-2.0-flash")
    found = mind(settings(tmp_path), NOWHERE)
    assert found.model("flash").name == "gemini-2.0-flash"
    assert found.model("opus").name == "gemini-2.5-pro"


def test_each_kind_of_question_may_have_its_tier(tmp_path: Path) -> None:
    found = mind(settings(tmp_path, models={"action": "sonnet"}), NOWHERE)
    assert (found.tier("action"), found.tier("conversation")) == ("sonnet", "flash")


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ({"flash": "nobody:x"}, "There is no model nobody:x; write it as provider:name"),
        ({"flash": "gemini:"}, "There is no model gemini:"),
        ({"default": "giant"}, "models.default is giant; choose one of flash, haiku"),
        ({"action": "giant"}, "models.action is giant"),
    ],
)
def test_what_does_not_exist_is_said_at_start(
    tmp_path: Path, models: dict[str, str], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        mind(settings(tmp_path, models=models), NOWHERE)


def test_a_key_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "hush-hush")
    assert "hush" not in repr(settings(tmp_path))


def test_models_that_are_changed_think_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, "FRESH", 0.0)
    found = Watched(Current(settings(tmp_path)), NOWHERE)
    assert (found.model("opus").name, found.default) == ("rules", "flash")
    settings(tmp_path, models={"opus": "openai:deep", "default": "opus", "action": "sonnet"})
    assert (found.model("opus").name, found.default) == ("deep", "opus")
    assert found.tier("action") == "sonnet"
    settings(tmp_path, models={"opus": "nobody:deep"})
    assert found.model("opus").name == "deep", "the last good ones stay"


async def test_a_model_that_rests_is_asked_again_with_another_key_or_elsewhere(
    tmp_path: Path,
) -> None:
    purse, cooling = Purse(openai="one"), Cooling()
    here = {"models": {"flash": "openai:tiny"}, "openai_base_url": "http://127.0.0.1:9/v1"}
    found = mind(settings(tmp_path, **here), NOWHERE, purse, cooling)
    with pytest.raises(Unavailable):
        await think(found.model("flash"), Request((UserSaid("hello"),)))

    def state(found: Mind) -> str:
        return found.overview()[0].models[0].state

    assert state(found) == "cooling"
    assert state(mind(settings(tmp_path, **here), NOWHERE, purse, cooling)) == "cooling"
    purse.keys["openai"] = "two"
    assert state(found) == "ready"
    purse.keys["openai"] = "one"
    assert state(found) == "cooling"
    here["openai_base_url"] = "http://127.0.0.1:10/v1"
    assert state(mind(settings(tmp_path, **here), NOWHERE, purse, cooling)) == "ready"
