"""The panes of the server are for everybody: axe, at both sizes and in both themes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.web.ui.conftest import PHONE, WIDE, Eyes, Open, Server, log_in
from tests.web.ui.test_looks import alone, to_pane, violations

pytestmark = pytest.mark.timeout(600)  # the first starts the server, and a machine may be busy

ANSWERED = {"ok": True, "ms": 12, "model": "tiny", "says": "", "models": ["tiny"]}
"""What a provider's trial brings back when it works."""


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_they_are_for_everybody(open_page: Open, server: Server, size: tuple[int, int]) -> None:
    page = open_page(size, has_touch=size == PHONE, is_mobile=size == PHONE)
    log_in(page, server, "settings/models")
    page.get_by_role("heading", name="Spending").wait_for()
    alone(page)
    assert violations(page) == [], "models"
    page.get_by_role("button", name="Sonnet").click()
    page.get_by_label("Add a model").wait_for()
    assert violations(page) == [], "a tier"
    page.keyboard.press("Escape")
    for pane, heading in (("Tool policy", "Never touched"), ("People", "Known on messengers")):
        to_pane(page, pane)
        page.get_by_role("heading", name=heading).wait_for()
        assert violations(page) == [], pane
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "sideways"


def test_a_server_that_nothing_shows_to_work_is_told_at_its_address(
    open_page: Open, server: Server, eyes: Eyes
) -> None:
    eyes.allowed = ("status of 422",)
    page = open_page()
    bodies: list[Any] = []

    def kept(route: Route) -> None:
        bodies.append(route.request.post_data_json)
        if bodies[-1].get("anyway"):
            route.fulfill(json=ANSWERED)
        else:
            route.fulfill(status=422, json={"code": "unproven", "detail": "Nobody is there."})

    page.route("**/providers/openai/key", kept)
    page.route("**/providers/openai/test", lambda route: route.fulfill(json=ANSWERED))
    log_in(page, server, "settings/models")
    page.get_by_role("button", name=re.compile("OpenAI")).last.click()
    form = page.get_by_role("dialog", name="OpenAI and compatible")
    address = form.get_by_label("Server address")
    expect(form.get_by_role("button", name="Test", exact=True)).to_be_disabled()
    address.fill("http://127.0.0.1:9/v1")
    form.get_by_role("button", name="Test and keep").click()
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_role("alert")).to_have_text("Nobody is there.")
    assert violations(page) == []
    # Something else is written: what was said is of before.
    form.get_by_label("Key", exact=True).fill("good")
    expect(form.get_by_role("alert")).to_have_count(0)
    form.get_by_role("button", name="Test", exact=True).click()
    expect(form.get_by_role("status")).to_contain_text("tiny answered in 12 ms")
    form.get_by_role("button", name="Test and keep").click()
    form.get_by_role("button", name="Keep it anyway").click()
    expect(form).to_have_count(0)
    reach = {"key": "good", "base_url": "http://127.0.0.1:9/v1"}
    assert bodies == [{"base_url": reach["base_url"]}, reach, {**reach, "anyway": True}]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_the_server_says_what_it_is(open_page: Open, server: Server, size: tuple[int, int]) -> None:
    page = open_page(size, has_touch=size == PHONE, is_mobile=size == PHONE)
    log_in(page, server, "settings/about")
    page.get_by_role("heading", name="Guide").wait_for()
    alone(page)
    told = server.nexus.json("version")
    for fact in (f"LivOS {told['nexus']}", f"Python {told['python']}", "MIT licence"):
        expect(page.get_by_text(fact, exact=True)).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Python")).to_contain_text("Redis ")
    kept = page.get_by_role("listitem").filter(has_text="All that it keeps")
    expect(kept).to_contain_text(str(server.nexus.root))
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "sideways"
    page.get_by_role("button", name="Move the state folder").click()
    read = page.get_by_role("dialog", name="Move the state folder")
    expect(read.get_by_role("region", name="The page")).to_contain_text("nexus")
    assert violations(page) == [], "a page of the guide"
    page.keyboard.press("Escape")
    expect(read).to_have_count(0)
