"""The settings in a browser: who may change them, what is refused, and that it counts at once."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml

from ops import config_file
from ops.keyring import keyring
from ops.users import proof
from processors.agent.mind import Mind
from streams import keys
from streams.spending import DAY
from streams.voice import HOUSE, provenance
from tests.ops.users.home import PASSWORD, Browser, Home
from tests.stand import Stand

SETTINGS = "/api/panel/settings"


async def change(browser: Browser, **changes: object) -> tuple[int, dict[str, object]]:
    named = {name.replace("__", "."): value for name, value in changes.items()}
    said = await browser.ask("PATCH", SETTINGS, json={"changes": named})
    return said.status_code, said.json()


async def values(browser: Browser) -> dict[str, tuple[object, str]]:
    found = (await browser.get(SETTINGS)).json()["settings"]
    return {one["name"]: (one["value"], one["source"]) for one in found}


async def test_a_change_is_in_the_file_counts_at_once_and_is_told(home: Home, stand: Stand) -> None:
    browser = await home.owner()
    runtime = home.house.runtime
    status, _ = await change(browser, models__flash=["rules"], agent__day__cost=2.5)
    assert status == 200
    now = await values(browser)
    assert now["models.flash"] == (["rules"], "file")
    assert now["agent.day.cost"] == (2.5, "file")
    assert now["agent.max_steps"] == (12, "default")
    assert config_file.get(home.settings.root, "models.flash") == ["rules"]
    assert runtime.resource(Mind).model("flash").name == "rules"
    assert (await change(browser, policy__tiers={"docker_stop": "RED"}))[0] == 200
    assert (await values(browser))["policy.tiers"] == ({"docker_stop": "RED"}, "file")
    found: Any = await stand.redis.xrange(keys.topic("events"))
    told = [fields[b"data"] for _, fields in found]
    assert any(b"settings.changed" in one and b"agent.day.cost" in one for one in told)
    ring = keyring(home.settings)
    assert {provenance(ring, fields) for _, fields in found} == {(HOUSE, False)}


async def test_one_that_does_not_fit_changes_nothing(home: Home) -> None:
    browser = await home.owner()
    await change(browser, agent__max_steps=9)
    for wrong in (
        {"agent__max_steps": 8, "agent__max_calls": "many"},
        {"agent__max_steps": 8, "models__flash": ["nobody:nothing"]},
        {"agent__max_steps": 8, "policy__tiers": {"docker_stop": "PINK"}},
        {"agent__max_steps": 8, "openai_base_url": "ftp://here"},
        {"agent__max_steps": 8, "agent__unknown": 1},
    ):
        status, said = await change(browser, **wrong)
        assert status in {404, 422}, said
        name = list(wrong)[1].replace("__", ".")
        assert name in str(said["detail"])
    assert yaml.safe_load(config_file.path(home.settings.root).read_text()) == {
        "agent": {"max_steps": 9}
    }
    assert (await values(browser))["agent.max_steps"] == (9, "file")
    await change(browser, agent__max_steps=None)
    assert (await values(browser))["agent.max_steps"] == (12, "default")


async def test_only_what_counts_without_a_restart_is_changed_here(home: Home) -> None:
    browser = await home.owner()
    for name in ("http.port", "root", "gemini_api_key", "redis_url", "files.roots"):
        status, said = await change(browser, **{name: "x"})
        assert (status, said["code"]) == (403, "forbidden"), name


async def test_the_environment_wins_and_says_so(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await home.owner()
    monkeypatch.setenv("NEXUS_AGENT__MAX_STEPS", "7")
    assert (await values(browser))["agent.max_steps"] == (7, "environment")
    status, said = await change(browser, agent__max_steps=9)
    assert status == 409
    assert "NEXUS_AGENT__MAX_STEPS" in str(said["detail"])


async def test_it_needs_the_owner_and_a_fresh_proof(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = home.browser()
    assert (await stranger.get(SETTINGS)).status_code == 401
    browser = await home.owner()
    monkeypatch.setattr(proof, "SECONDS", -1)
    await browser.post("/api/auth/proof", proof=PASSWORD)  # it has run out by now
    status, said = await change(browser, agent__max_steps=9)
    assert (status, said["code"]) == (403, "proof_needed")
    monkeypatch.undo()
    wrong = await browser.post("/api/auth/proof", proof="not the password")
    assert wrong.status_code == 403
    assert (await change(browser, agent__max_steps=9))[0] == 403
    assert (await browser.post("/api/auth/proof", proof=PASSWORD)).status_code == 204
    assert (await change(browser, agent__max_steps=9))[0] == 200


async def test_a_foreign_page_and_a_key_change_nothing(home: Home) -> None:
    browser = await home.owner()
    body = {"changes": {"agent.max_steps": 9}}
    foreign = await browser.ask("PATCH", SETTINGS, json=body, headers={"X-CSRF-Token": "guess"})
    assert foreign.status_code == 403
    made = await browser.post("/api/keys", name="all", scopes=["admin", "read", "chat"])
    key = home.browser()
    said = await key.ask("PATCH", SETTINGS, json=body, headers={"X-API-Key": made.json()["key"]})
    assert said.status_code == 403
    assert (await values(browser))["agent.max_steps"] == (12, "default")


async def test_the_owner_sees_what_somebody_spent_today(home: Home, stand: Stand) -> None:
    browser = await home.owner()
    _, ada, _ = keys.spent("-", "ada", int(time.time()) // DAY)
    await stand.redis.hincrby(ada, "cost", 1_200)
    await stand.redis.hincrby(ada, "calls", 3)
    said = await browser.get("/api/panel/spent/ada")
    assert said.json() == {"cost": 1_200, "tokens": 0, "calls": 3}
    assert (await browser.get("/api/panel/spent/grace")).json()["cost"] == 0
    made = await browser.post("/api/keys", name="x", scopes=["read", "admin"])
    key = home.browser(**{"X-API-Key": made.json()["key"]})
    assert (await key.get("/api/panel/spent/ada")).status_code == 403
