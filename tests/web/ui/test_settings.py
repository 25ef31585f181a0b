"""The owner changes the server in the browser: what counts, what is refused, what is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.gateways.llm.provider import Provider, provider
from tests.web.ui.conftest import PASSWORD, PHONE, WIDE, Eyes, Open, Server, log_in
from tests.web.ui.test_looks import alone, violations

KEY = "sk-a-good-key-that-is-long-7f3a"


@pytest.fixture
def anthropic(tmp_path: Path) -> Iterator[Provider]:
    """A server that speaks Claude's protocol."""
    with provider("anthropic", tmp_path / "anthropic") as found:
        found.says({"text": "ok"}, question="Say: ok")
        yield found


def prove(page: Page) -> None:
    """Show that it is us, where that is asked for."""
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def value(server: Server, name: str) -> object:
    return server.nexus.json("config", "get", name)


@pytest.mark.timeout(600)
def test_models_limits_rules_and_people(
    server: Server, anthropic: Provider, open_page: Open, eyes: Eyes
) -> None:
    eyes.allowed = ("status of 403", "status of 422")  # a proof is missing, a value does not fit
    page = open_page()
    log_in(page, server.url)
    # A process that is started anew remembers no proof: it is asked for.
    assert server.nexus("services", "restart", "core").returncode == 0
    page.goto(f"{server.url}/settings/models")
    page.get_by_role("button", name="Add a key for Anthropic").click()
    page.get_by_label("Server").fill(anthropic.address)
    page.get_by_label("Key", exact=True).fill("bad-key")
    page.get_by_role("button", name="Test and keep").click()
    prove(page)
    expect(page.get_by_role("alert")).to_contain_text("401")
    page.get_by_label("Key", exact=True).fill(KEY)
    page.get_by_role("button", name="Test and keep").click()
    expect(page.get_by_text("Works, ")).to_be_visible()
    expect(page.get_by_text("Key ends in 7f3a")).to_be_visible()
    assert KEY not in page.content()
    assert value(server, "anthropic_base_url") == anthropic.address

    limit = page.get_by_label("Everybody, a day")
    limit.fill("3.5")
    limit.press("Enter")
    expect(page.get_by_text("of $3.50")).to_be_visible()
    assert value(server, "agent.day.cost") == 3.5
    limit.fill("many")
    limit.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("agent.day.cost cannot be 'many'")
    expect(limit).to_have_value("3.5")
    assert server.nexus("config", "set", "agent.day.cost", "4").returncode == 0
    expect(limit).to_have_value("4")  # what a terminal changed is seen here too

    page.get_by_role("tab", name="Tool policy").click()
    page.get_by_label("Add to: Never touched").fill("container:db*")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove container:db*")).to_be_visible()
    protected = value(server, "policy.protected")
    assert isinstance(protected, list)
    assert "container:db*" in protected
    page.get_by_label("Tier of Time now").select_option("RED")
    expect(page.get_by_label("Tier of Time now")).to_have_value("RED")

    page.get_by_role("tab", name="People").click()
    page.get_by_role("button", name="Let somebody in").click()
    page.get_by_label("Name").fill("Bob")
    page.get_by_label("First password").fill("another-horse-9-grey")
    page.get_by_role("button", name="Let them in").click()
    page.get_by_label("Profile of Bob").select_option("readonly")
    expect(page.get_by_label("Profile of Bob")).to_have_value("readonly")
    page.get_by_role("button", name="Remove Bob").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("Nobody else yet")).to_be_visible()

    for name in ("policy.tiers", "policy.people", "policy.protected", "agent.day.cost"):
        server.nexus("config", "unset", name)
    server.nexus("secrets", "remove", "ANTHROPIC_API_KEY")
    server.nexus("config", "unset", "anthropic_base_url")


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_they_are_for_everybody(
    open_page: Open, server: Server, colours: str, size: tuple[int, int]
) -> None:
    page = open_page(size, color_scheme=colours, has_touch=size == PHONE, is_mobile=size == PHONE)
    log_in(page, server.url)
    page.goto(f"{server.url}/settings/models")
    page.get_by_role("heading", name="Spending").wait_for()
    alone(page)
    assert violations(page) == [], "models"
    page.get_by_role("button", name="Sonnet").click()
    page.get_by_label("Add a model").wait_for()
    assert violations(page) == [], "a tier"
    page.keyboard.press("Escape")
    for pane, heading in (("Tool policy", "Never touched"), ("People", "Messengers")):
        page.get_by_role("tab", name=pane).click()
        page.get_by_role("heading", name=heading).wait_for()
        assert violations(page) == [], pane
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "sideways"
