"""The bell, and a desktop that follows its person: in two browsers at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.ui.conftest import PHONE, Open, Server, log_in, log_in_by_hand
from tests.web.ui.test_desktop import box, dock, window
from tests.web.ui.test_looks import violations

pytestmark = pytest.mark.timeout(600)  # the first starts the server, and a machine may be busy

ANOTHER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def unseen(page: Page, server: Server) -> int:
    """Return how much is new, as the server has it."""
    said: dict[str, int] = page.context.request.get(f"{server.url}/api/notices").json()
    return said["unseen"]


def rings(page: Page, count: int) -> None:
    name = f"Notices, {count} new" if count else "Notices"
    expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()


def test_what_is_told_is_seen_once_for_all_browsers(open_page: Open, server: Server) -> None:
    page = open_page()
    # Of the same browser it would be the same news, which is counted and rings no second time.
    other = open_page(PHONE, color_scheme="dark", has_touch=True, user_agent=ANOTHER)
    log_in(page, server)
    before = unseen(page, server)
    rings(page, before)
    log_in_by_hand(other, server)
    rings(page, before + 1)

    page.get_by_role("button", name=re.compile("^Notices")).focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Notices")
    row = panel.get_by_role("listitem").first
    expect(row).to_contain_text("Firefox on Linux, from 127.0.0.1")
    assert violations(page) == []
    row.get_by_role("button", name="Mark as seen").click()
    rings(page, before)
    all_seen = panel.get_by_role("button", name="Mark all as seen")
    if before:
        all_seen.click()
    expect(all_seen).to_have_count(0)
    expect(panel.get_by_role("listitem").first).to_contain_text("seen by anna")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.get_by_role("button", name="Notices", exact=True)).to_be_focused()

    rings(other, 0)  # on a phone, too, it is beside every app
    other.get_by_role("navigation", name="Dock").get_by_role("button", name="Home").click()
    rings(other, 0)
    other.get_by_role("button", name="Notices", exact=True).click()
    expect(
        other.get_by_role("dialog", name="Notices").get_by_role("listitem").first
    ).to_be_visible()
    assert violations(other) == []
    assert not other.evaluate("document.documentElement.scrollWidth > innerWidth"), "no sideways"


def test_the_layout_follows_its_person_and_a_phone_moves_no_window(
    open_page: Open, server: Server
) -> None:
    page = open_page(layout=True)
    log_in(page, server)
    dock(page, "Settings").click()
    page.keyboard.press("Alt+Shift+ArrowRight")
    page.get_by_role("tab", name="Appearance").click()
    page.get_by_text("Plain", exact=True).click()

    def kept(page: Page, act: str) -> None:
        with page.expect_response(
            lambda answer: "/api/desktop" in answer.url and answer.request.method == "PUT"
        ) as answer:
            page.get_by_role("button", name=act).click()
        assert answer.value.status == 200

    kept(page, "Change to dark colours")
    there = box(window(page, "Settings"))

    other = open_page(layout=True)
    log_in(other, server)
    expect(window(other, "Settings")).to_be_visible()
    assert box(window(other, "Settings")) == there
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    expect(other.locator("html")).to_have_attribute("data-wallpaper", "plain")

    phone = open_page(PHONE, layout=True, has_touch=True, is_mobile=True)
    log_in(phone, server)
    expect(phone.locator("html")).to_have_attribute("data-theme", "dark")
    phone.get_by_role("navigation", name="Dock").get_by_role("button", name="Home").click()
    kept(phone, "Change to light colours")
    other.reload()
    expect(other.locator("html")).to_have_attribute("data-theme", "light")
    expect(window(other, "Settings")).to_be_visible()
    assert box(window(other, "Settings")) == there
