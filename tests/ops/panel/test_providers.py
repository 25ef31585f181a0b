"""Providers in a browser: keys go in and never out, and a test says the truth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops import config_file
from ops.vault import Vault
from schemas.panel import Trial
from tests.gateways.llm.provider import PROVIDERS, Provider, provider
from tests.ops.users.home import Browser, Home

MODELS = "/api/panel/models"
GONE = "http://127.0.0.1:9/v1"
"""Nobody listens there."""
GOOD = "sk-good-key-that-is-long-7f3a"


@pytest.fixture(params=PROVIDERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provider]:
    with provider(request.param, tmp_path / request.param) as found:
        found.says({"text": "ok"}, question="Say: ok")
        yield found


async def use(home: Home, server: Provider) -> tuple[Browser, str]:
    """Sign the owner in, with this server in the provider's place."""
    config_file.change(
        home.settings.root,
        {f"{server.name}_base_url": server.address, "models.opus": f"{server.name}:some-model"},
    )
    return await home.owner(), f"/api/panel/providers/{server.name}"


async def shown(browser: Browser, name: str) -> dict[str, Any]:
    found = (await browser.get(MODELS)).json()["providers"]
    return next(one for one in found if one["id"] == name)


async def test_a_key_goes_in_is_tried_and_never_comes_out(home: Home, server: Provider) -> None:
    browser, path = await use(home, server)
    said = await browser.post(f"{path}/key", key=GOOD)
    tried = Trial.model_validate_json(said.content)
    assert (tried.ok, tried.model, tried.says) == (True, "some-model", "")
    found = await shown(browser, server.name)
    assert (found["kept"], found["ends"], found["environment"]) == (True, "7f3a", False)
    assert "some-model" in found["models"]
    for address in (MODELS, "/api/panel/settings"):
        assert GOOD not in (await browser.get(address)).text
    kept = Vault(home.settings.root).get(f"{server.name.upper()}_API_KEY")
    assert kept is not None
    assert kept.get_secret_value() == GOOD
    assert (await browser.delete(f"{path}/key")).status_code == 204
    assert not (await shown(browser, server.name))["kept"]
    assert (await browser.delete(f"{path}/key")).status_code == 404


async def test_one_that_is_not_let_in_leaves_the_last_good_one(
    home: Home, server: Provider
) -> None:
    browser, path = await use(home, server)
    assert (await browser.post(f"{path}/key", key=GOOD)).status_code == 200
    said = await browser.post(f"{path}/key", key="bad-key")
    assert (said.status_code, said.json()["code"]) == (403, "bad_key")
    assert "401" in said.json()["detail"]
    assert (await shown(browser, server.name))["ends"] == "7f3a"
    assert (await browser.post(f"{path}/test")).json()["ok"]


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ({"status": 404, "message": "Not Found"}, "refused (404)"),
        ({"status": 429}, "has too much to do (429)"),
    ],
    ids=["not-there", "later"],
)
async def test_what_gets_no_answer_is_told_and_not_kept_unasked(
    home: Home, server: Provider, trouble: dict[str, Any], why: str
) -> None:
    browser, path = await use(home, server)
    server.says(trouble, question="Say: ok")
    said = await browser.post(f"{path}/key", key=GOOD)
    assert (said.status_code, said.json()["code"]) == (422, "unproven")
    assert why in said.json()["detail"]
    assert said.json()["detail"].endswith(". Nothing was kept.")
    assert not (await shown(browser, server.name))["kept"]
    assert (await browser.post(f"{path}/key", key=GOOD, anyway=True)).status_code == 200
    assert (await shown(browser, server.name))["kept"]


async def test_an_address_comes_with_the_key_and_is_kept_with_it(
    home: Home, server: Provider
) -> None:
    browser, path = await home.owner(), f"/api/panel/providers/{server.name}"
    for body in ({"base_url": GONE, "key": GOOD}, {"base_url": "http://:80"}, {}):
        said = await browser.post(f"{path}/key", **body)
        assert said.status_code == 422
    found = await shown(browser, server.name)
    assert (found["kept"], found["base_url"]) == (False, None)
    wish = {"base_url": server.address, "key": GOOD, "model": "some-model"}
    assert (await browser.post(f"{path}/test", **wish)).json()["ok"]
    assert not (await shown(browser, server.name))["kept"]
    config_file.change(home.settings.root, {"models.opus": f"{server.name}:some-model"})
    said = await browser.post(f"{path}/key", key=GOOD, base_url=server.address)
    assert said.status_code == 200, said.text
    found = await shown(browser, server.name)
    assert (found["kept"], found["base_url"]) == (True, server.address)
    wrong = await browser.post(f"{path}/key", base_url=GONE)
    assert wrong.status_code == 422
    assert (await shown(browser, server.name))["base_url"] == server.address


async def test_a_wrong_key_for_a_server_whose_models_nobody_knows_is_told(
    home: Home, tmp_path: Path
) -> None:
    with provider("openai", tmp_path / "openai") as found:
        browser, path = await home.owner(), "/api/panel/providers/openai/key"
        found.says({"text": "ok"}, question="Say: ok")
        said = await browser.post(path, key="bad-key", base_url=found.address)
        assert (said.status_code, said.json()["code"]) == (403, "bad_key")
        said = await browser.post(path, key=GOOD, base_url=found.address)
        assert said.json()["models"] == ["some-model"]


async def test_a_test_says_why_it_failed(home: Home, tmp_path: Path) -> None:
    with provider("openai", tmp_path / "gone") as found:
        address = found.address
    config_file.change(home.settings.root, {"openai_base_url": address})
    browser = await home.owner()
    said = await browser.post("/api/panel/providers/openai/test")
    assert not said.json()["ok"]
    assert said.json()["says"] == f"Nobody answers at {address}/models."
    said = await browser.post("/api/panel/providers/openai/test", model="tiny")
    assert not said.json()["ok"]
    assert "cannot be reached" in said.json()["says"]
    assert (await browser.post("/api/panel/providers/gemini/test")).json()["says"]
    assert (await browser.post("/api/panel/providers/nobody/test")).status_code == 404
