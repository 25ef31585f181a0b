"""What a person sees when lines break, pages are loaded anew and servers restart: nothing lost."""

from __future__ import annotations

import os
import re
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.web.ui.conftest import (
    WORDS,
    Eyes,
    Open,
    Server,
    answers,
    ask,
    choose,
    log_in,
    log_in_by_hand,
)
from tests.web.ui.login import NAME, PASSWORD

pytestmark = pytest.mark.timeout(600)  # the first starts the server, and a machine may be busy

WHOLE = "".join(f"w{number} " for number in range(WORDS)).strip()
BROKEN = ("Failed to load resource", "WebSocket connection", "ERR_")
"""What a browser says of a line that we cut ourselves."""


def written(page: Page) -> str:
    """What the answer says so far."""
    return " ".join(re.findall(r"w\d+", answers(page)[-1]))


def begun(page: Page) -> None:
    choose(page, "Haiku")
    ask(page, "count slowly")
    expect(page.get_by_role("article", name="Answer")).to_contain_text("w5")


def whole(page: Page) -> None:
    """The answer came to its end, each word once."""
    expect(page.get_by_text("Done,")).to_be_visible(timeout=60_000)
    assert written(page) == WHOLE


def test_a_reload_in_the_middle_loses_and_doubles_nothing(page: Page) -> None:
    begun(page)
    page.reload()
    expect(page.get_by_role("article", name="Answer")).to_contain_text("w30")
    assert WHOLE.startswith(written(page).rpartition(" ")[0])
    page.reload()
    whole(page)


def test_two_tabs_show_the_same(page: Page) -> None:
    begun(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("article", name="Answer")).to_contain_text("w20")
    whole(page)
    whole(other)
    ask(other, "and again")
    expect(page.get_by_role("article", name="You").last).to_contain_text("and again")
    other.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped by you")).to_be_visible()


def test_a_lost_line_says_so_and_comes_back(page: Page, eyes: Eyes) -> None:
    eyes.allowed = BROKEN
    begun(page)
    page.context.set_offline(True)
    page.route("**/api/**", lambda route: route.abort())
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    # What is open stays open in this browser; the next tries meet the wall.
    page.get_by_label("Message").fill("while nobody listens")
    page.get_by_label("Message").press("Enter")
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")  # one of the tries may just meet the wall
    page.context.set_offline(False)
    expect(page.get_by_text("Not sent yet")).to_have_count(0)
    expect(page.get_by_text("Done,").last).to_be_visible(timeout=90_000)
    assert len(answers(page)) == 2
    assert " ".join(re.findall(r"w\d+", answers(page)[0])) == WHOLE


def test_the_live_feed_dies_in_the_middle(page: Page, server: Server) -> None:
    begun(page)
    os.kill(server.pid("live"), signal.SIGKILL)
    whole(page)


def test_the_server_is_started_anew(page: Page, server: Server, eyes: Eyes) -> None:
    eyes.allowed = BROKEN
    begun(page)
    other = page.context.new_page()
    other.goto(f"{server.url}/system")
    other.get_by_role("region", name="Disks").wait_for()
    server.nexus("down")
    told = other.get_by_role("complementary", name="Connection")
    expect(told).to_contain_text(re.compile(r"does not answer · last heard .* · trying again"))
    expect(told.get_by_role("button", name="Try now")).to_be_visible()
    expect(page.get_by_text("The server does not answer")).to_be_visible()
    expect(
        page.get_by_text(re.compile(r"last heard \d\d:\d\d:\d\d · trying again in \d+ s"))
    ).to_be_visible()
    assert "w5" in written(page), "what was there stays"
    assert server.nexus("up", "--detach").returncode == 0
    server.login.forget()
    expect(page.get_by_text("Done,")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("The server does not answer")).to_have_count(0)
    expect(told).to_have_count(0)
    assert written(page) == WHOLE


def test_an_access_that_ran_out_is_renewed_unseen_in_all_tabs(
    open_page: Open, server: Server
) -> None:
    page = open_page()
    log_in_by_hand(page, server)
    ask(page, "what time is it?")
    expect(page.get_by_text("Done,")).to_be_visible()
    tabs = [page, page.context.new_page(), page.context.new_page()]
    page.context.clear_cookies(name="nexus")
    page.evaluate("localStorage.removeItem('livos.login.until')")
    for tab in tabs:  # at once: of a refresh cookie that is used twice, the login would end
        tab.goto(page.url, wait_until="commit")
    for tab in tabs:
        expect(tab.get_by_text("Done,")).to_be_visible()
    ask(page, "and what day?")
    expect(page.get_by_text("Done,")).to_have_count(2)


def test_an_ended_login_comes_back_to_where_it_was(
    open_page: Open, server: Server, eyes: Eyes
) -> None:
    eyes.allowed = BROKEN
    page = open_page()
    log_in_by_hand(page, server)
    ask(page, "what time is it?")
    expect(page.get_by_text("Done,")).to_be_visible()
    where = page.url

    other = open_page()
    log_in(other, server)
    other.get_by_role("button", name="account").click()
    other.get_by_role("menuitem", name="Settings").click()
    other.get_by_role("tab", name="Logins").click()
    ends = other.get_by_role("button", name=re.compile("^End the login"))
    expect(ends.first).to_be_visible()
    while ends.count():
        left = ends.count()
        ends.first.click()
        expect(ends).to_have_count(left - 1)

    expect(page.get_by_text("Your login ended")).to_be_visible()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Done,")).to_be_visible()
    assert page.url == where
