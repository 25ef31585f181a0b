"""For everybody: phones, dark rooms, keyboards, screen readers; and nothing the policy forbids."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.web.ui.conftest import PHONE, WIDE, Open, Server, ask, choose, log_in, log_in_by_hand

pytestmark = pytest.mark.timeout(600)  # the first starts the server, and a machine may be busy

Colours = Literal["light", "dark"]
AXE = Path(__file__).parents[3] / "web/ui/node_modules/axe-core/axe.min.js"
ONLY = {"resultTypes": ["violations"]}
"""Of what is as it should be, nothing is written down: that takes longer than the looking."""
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # An open menu hangs at the end of the page, outside of its landmarks, as menus do.
    "rules": {"region": {"enabled": False}},
}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""The rules whose outcome the other colours can change."""
DARK = "matchMedia('(prefers-color-scheme: dark)').matches"
FOLLOWS = "!!document.getElementById('root') && !localStorage.getItem('livos.theme')"
"""Whether the page changes its colours with the system: it is the page, and nobody chose them."""


def violations(page: Page) -> list[str]:
    """Return what axe finds, one line each, in the colours that are shown and in the others."""
    found = broken(page, RULES)
    if page.evaluate(FOLLOWS):
        shown: Colours = "dark" if page.evaluate(DARK) else "light"
        other: Colours = "light" if shown == "dark" else "dark"
        paint(page, other)
        found += [f"{other}: {each}" for each in broken(page, COLOURS)]
        paint(page, shown)
    return found


def paint(page: Page, colours: Colours) -> None:
    """Let the system want these colours, and wait until the page shows them."""
    page.emulate_media(color_scheme=colours)
    expect(page.locator("html")).to_have_attribute("data-theme", colours)


def broken(page: Page, rules: dict[str, Any]) -> list[str]:
    """Return which of these rules are broken, and where."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE.read_text())
    run = "how => axe.run(document, how).then((found) => found.violations)"
    found: list[dict[str, Any]] = page.evaluate(run, {**rules, **ONLY})
    return [
        f"{each['id']}: {node['html'][:160]} {node['any'][:1]}"
        for each in found
        for node in each["nodes"]
    ]


def alone(page: Page) -> None:
    """Let the window in front cover the others: of what peeps out behind it, half is no target."""
    page.keyboard.press("Alt+Shift+ArrowUp")


def to_pane(page: Page, title: str) -> None:
    """Look at a pane of the settings: a tab in a window, a row of a list on a phone."""
    if page.viewport_size == {"width": PHONE[0], "height": PHONE[1]}:
        back = page.get_by_role("link", name="Back to the list")
        if back.count():
            back.click()
        page.get_by_role("link", name=title, exact=True).click()
    else:
        page.get_by_role("tab", name=title).click()
    page.get_by_role("heading", name=title, level=2).wait_for()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_every_screen_is_for_everybody(
    open_page: Open, server: Server, size: tuple[int, int]
) -> None:
    page = open_page(size, has_touch=size == PHONE, is_mobile=size == PHONE)
    page.goto(server.url)
    page.get_by_label("Name").wait_for()
    assert violations(page) == []

    log_in_by_hand(page, server)
    assert violations(page) == []

    choose(page, "Sonnet")
    page.get_by_label("Message").fill("look around")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Done,")).to_be_visible()
    expect(page.locator(".hljs-keyword").first).to_be_visible()
    page.get_by_role("button", name="Time now").click()
    page.get_by_role("button", name="Thought").first.click()
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "no sideways"

    if size == PHONE:
        page.get_by_role("button", name="Conversations").click()
    page.get_by_role("button", name="account").click()
    assert violations(page) == []
    page.get_by_role("menuitem", name="Settings").click()
    page.get_by_role("heading", name="Settings").wait_for()
    alone(page)
    for pane in ("Password", "Second factor", "Logins", "API keys", "Appearance"):
        to_pane(page, pane)
        assert violations(page) == [], pane


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_the_desktop_and_its_apps_are_for_everybody(
    open_page: Open, server: Server, size: tuple[int, int]
) -> None:
    page = open_page(size, has_touch=size == PHONE, is_mobile=size == PHONE)
    log_in(page, server, "system")
    page.get_by_role("region", name="Disks").wait_for()
    alone(page)
    assert violations(page) == [], "overview"
    for view in ("Processes", "Services", "Containers", "Redis"):
        page.get_by_role("tab", name=view).click()
        page.get_by_role("tabpanel", name=view).wait_for()
        assert violations(page) == [], view
    home = (
        page.get_by_role("button", name="Home")
        if size == PHONE
        else page.get_by_role("link", name="LivOS")
    )
    home.click()
    expect(page.get_by_role("region", name="Storage")).to_contain_text("free of")
    assert violations(page) == [], "home"
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "no sideways"
    page.get_by_role("button", name="Search").click()
    page.get_by_role("combobox").fill("s")
    assert violations(page) == [], "search"


def test_a_phone_shows_one_thing_at_a_time(open_page: Open, server: Server) -> None:
    page = open_page(PHONE, has_touch=True, is_mobile=True)
    log_in(page, server)
    rail = page.get_by_role("navigation", name="Conversations")
    expect(rail).to_be_hidden()
    page.get_by_role("button", name="Conversations").click()
    expect(rail).to_be_visible()
    page.get_by_role("button", name="Close the list").click(position={"x": 380, "y": 400})
    expect(rail).to_be_hidden()
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a, input')]
            .filter((each) => each.checkVisibility({ visibilityProperty: true }))
            .map((each) => [each.getBoundingClientRect(), each.outerHTML.slice(0, 80)])
            .filter(([box]) => box.height > 1 && (box.height < 44 || box.width < 44))
            .map(([, html]) => html)"""
    )
    assert small == [], "a finger needs 44"


def test_a_phone_steps_into_the_settings_and_back(open_page: Open, server: Server) -> None:
    page = open_page(PHONE, has_touch=True, is_mobile=True)
    log_in(page, server, "settings")
    rows = page.get_by_role("navigation", name="Settings").get_by_role("link")
    expect(rows.first).to_be_visible()
    assert violations(page) == []
    names = rows.all_inner_texts()
    assert names[0] == "Models"
    assert names[-1] == "Appearance"
    assert all(row.bounding_box()["height"] >= 44 for row in rows.all())  # type: ignore[index]
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "no sideways"
    to_pane(page, "Appearance")
    expect(page).to_have_url(f"{server.url}/settings/appearance")
    expect(rows).to_have_count(0)
    page.get_by_role("link", name="Back to the list").click()
    expect(rows).to_have_count(len(names))
    page.go_back()  # as a phone's own key does
    expect(page.get_by_role("heading", name="Appearance", level=2)).to_be_visible()


def test_the_keyboard_alone_does(page: Page) -> None:
    page.keyboard.type("what time is it?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Done,")).to_be_visible()
    page.get_by_role("button", name="account").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Settings")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
    page.keyboard.press("Alt+Shift+X")
    expect(page.get_by_role("dialog", name="Settings")).to_have_count(0)


def test_colours_are_kept(page: Page) -> None:
    page.get_by_role("button", name="Change to dark colours").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_boundaries_are_announced_and_tokens_are_not(page: Page) -> None:
    said = page.get_by_role("main").get_by_role("status")
    ask(page, "what time is it?")
    expect(said.filter(has_text="Answer complete")).to_have_count(1)
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")
