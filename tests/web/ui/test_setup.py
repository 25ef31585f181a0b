"""From the printed link to a second factor: everything a new owner does once."""

from __future__ import annotations

import time

import pyotp
from playwright.sync_api import Page, expect

from tests.web.ui.conftest import Eyes, Open, Server, become_owner
from tests.web.ui.login import NAME, PASSWORD

STEP = 30


def settings(page: Page, pane: str) -> None:
    page.get_by_role("button", name=f"{NAME}, account").click()
    page.get_by_role("menuitem", name="Settings").click()
    page.get_by_role("tab", name=pane).click()


def test_a_wrong_code_is_told_where_it_was_written(
    bare: Server, open_page: Open, eyes: Eyes
) -> None:
    eyes.allowed = ("status of 403",)
    page = open_page()
    page.goto(f"{bare.url}/setup#WRNG-WRNG-WRNG-WRNG")
    expect(page).to_have_url(f"{bare.url}/setup")  # the code does not stay in the address
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill("short")
    expect(page.get_by_role("button", name="Create the owner")).to_be_disabled()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the owner").click()
    expect(page.get_by_label("Setup code")).to_have_attribute("aria-invalid", "true")


def test_a_link_counts_where_the_setup_is_open_already(bare: Server, open_page: Open) -> None:
    page = open_page()
    page.goto(bare.url)
    expect(page.get_by_label("Setup code")).to_be_visible()
    expect(page).to_have_url(f"{bare.url}/setup")
    page.goto(f"{bare.url}/setup#ABCD-ABCD-ABCD-ABCD")  # only what follows the # is new
    expect(page.get_by_text("Setup code taken from the link")).to_be_visible()
    expect(page).to_have_url(f"{bare.url}/setup")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Setup code")).to_have_value("ABCD-ABCD-ABCD-ABCD")
    page.goto(f"{bare.url}/setup#EFGH-EFGH-EFGH-EFGH")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Setup code")).to_have_value("EFGH-EFGH-EFGH-EFGH")


def test_the_owner_sets_up_asks_and_protects_the_login(
    bare: Server, open_page: Open, eyes: Eyes
) -> None:
    eyes.allowed = ("status of 401",)  # how the server asks for the second factor
    page = open_page()
    become_owner(page, bare)

    page.get_by_text("How much disk space is free?").click()
    page.get_by_role("button", name="Ask it").click()
    expect(page.get_by_role("article", name="Answer")).to_contain_text("free on /")
    page.get_by_role("button", name="Go on in the chat").click()
    expect(page.get_by_text("Done,")).to_be_visible()
    expect(page.get_by_role("article", name="Answer")).to_contain_text("free on /")

    settings(page, "Second factor")
    page.get_by_role("button", name="Set up").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_alt_text("QR code")).to_be_visible()
    secret = page.get_by_text("Or type it in").locator("..").locator("code").inner_text()
    totp = pyotp.TOTP(secret.replace(" ", ""))
    page.get_by_label("Code", exact=True).fill(totp.now())
    page.get_by_role("button", name="Turn on").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("Asked for at each login", exact=True)).to_be_visible()
    page.get_by_role("button", name="Close Settings").click()

    page.get_by_role("button", name=f"{NAME}, account").click()
    page.get_by_role("menuitem", name="Log out").click()
    log_in_to_code(page)
    # A code counts once; the next one is taken early.
    page.get_by_label("Code", exact=True).fill(totp.at(int(time.time()) + STEP))
    expect(page.get_by_label("Message")).to_be_visible()

    page.get_by_role("button", name=f"{NAME}, account").click()
    page.get_by_role("menuitem", name="Log out").click()
    log_in_to_code(page)
    page.get_by_role("button", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(recovery)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Message")).to_be_visible()


def log_in_to_code(page: Page) -> None:
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("One more step").wait_for()
