"""The panes of the server are for everybody: axe, at both sizes and in both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.ui.conftest import PHONE, WIDE, Open, Server, log_in
from tests.web.ui.test_looks import alone, to_pane, violations


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
    for pane, heading in (("Tool policy", "Never touched"), ("People", "Known on messengers")):
        to_pane(page, pane)
        page.get_by_role("heading", name=heading).wait_for()
        assert violations(page) == [], pane
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "sideways"


@pytest.mark.parametrize(
    ("size", "colours"), [(WIDE, "light"), (PHONE, "dark")], ids=["desktop", "phone"]
)
def test_the_server_says_what_it_is(
    open_page: Open, server: Server, size: tuple[int, int], colours: str
) -> None:
    page = open_page(size, color_scheme=colours, has_touch=size == PHONE, is_mobile=size == PHONE)
    log_in(page, server.url)
    page.goto(f"{server.url}/settings/about")
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
