"""A messenger from its token to the first stranger who becomes known, as the owner does it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ops.cli.conftest import wait_for
from tests.web.ui.conftest import PHONE, WIDE, Eyes, Open, Server, log_in, run_owned
from tests.web.ui.login import NAME, PASSWORD
from tests.web.ui.telegram import ACCOUNT, TOKEN, Telegram, telegram
from tests.web.ui.test_looks import alone, violations

pytestmark = pytest.mark.timeout(600)  # a whole server of its own, and axe

NASTY = "\u202e<b>anna</b>"
GRANDMA, MALLORY = 4711, 666


@pytest.fixture(scope="module")
def wire() -> Iterator[Telegram]:
    """Telegram."""
    with telegram() as found:
        yield found


@pytest.fixture(scope="module")
def own(wire: Telegram) -> Iterator[Server]:
    """A server of this file alone, with an owner, which would ask this Telegram."""
    yield from run_owned(("telegram_api_base_url", wire.url))


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=name)


def test_a_messenger_is_connected_and_turned(open_page: Open, own: Server, wire: Telegram) -> None:
    page = open_page()
    log_in(page, own, "settings/channels")
    page.get_by_role("heading", name="None is set up yet").wait_for()
    expect(row(page, "Telegram")).to_contain_text("A bot of yours")
    page.get_by_role("button", name="Set up Telegram").click()
    form = page.get_by_role("dialog", name="Telegram")
    expect(form).to_contain_text("write /newbot to @BotFather")
    form.get_by_text("More settings").click()
    expect(form.get_by_label("Server", exact=True)).to_have_value(wire.url)
    assert violations(page) == [], "the form"
    expect(form.get_by_role("button", name="Connect")).to_be_disabled()
    form.get_by_label("Token of the bot").fill("777:wrong-token")
    form.get_by_role("button", name="Connect").click()
    telegrams = row(page, "Telegram")
    expect(telegrams.get_by_role("alert")).to_contain_text(re.compile("token|Unauthorized"))
    expect(telegrams).to_contain_text("Failing")

    page.get_by_role("button", name="Edit Telegram").click()
    expect(form).to_contain_text("One is kept")
    form.get_by_label("New token of the bot").fill(TOKEN)
    form.get_by_role("button", name="Save").click()
    expect(telegrams).to_contain_text("Connected")
    expect(telegrams).to_contain_text(ACCOUNT)
    page.get_by_role("button", name="Turn off Telegram").click()
    expect(telegrams.get_by_role("status")).to_have_text("Off")
    page.get_by_role("button", name="Turn on Telegram").click()
    # What the terminal does is seen here, too.
    expect(telegrams.get_by_role("status")).to_have_text("Connected")
    assert own.nexus("channels", "disable", "telegram").returncode == 0
    expect(telegrams.get_by_role("status")).to_have_text("Off")
    assert own.nexus("channels", "enable", "telegram").returncode == 0
    expect(telegrams.get_by_role("status")).to_have_text("Connected")
    page.get_by_role("button", name="Test Telegram").click()
    expect(telegrams).to_contain_text(f"Answers as {ACCOUNT}, in")


def told_code(wire: Telegram, who: int) -> str:
    """Return the code that somebody was told there."""

    def there() -> str:
        codes = [re.search(r"code ([A-Z0-9]{4}-[A-Z0-9]{4})", one) for one in wire.told(who)]
        return next((found[1] for found in codes if found), "")

    wait_for(there)
    return there()


def test_a_stranger_becomes_somebody_and_another_does_not(
    open_page: Open, own: Server, wire: Telegram
) -> None:
    own.nexus("secrets", "set", "TELEGRAM_BOT_TOKEN", stdin=TOKEN)
    page = open_page()
    log_in(page, own, "settings/channels")
    expect(row(page, "Telegram").get_by_role("status")).to_have_text("Connected")
    wire.say("hello", GRANDMA, "Ruth")
    wire.say("let me in", MALLORY, NASTY)
    expect(page.get_by_text("2 people ask to be known")).to_be_visible()
    page.get_by_role("link", name="See who").click()
    nasty = row(page, "id 666")
    # Name and id as they are: no sign turns another around, and nothing is markup.
    expect(nasty).to_contain_text("\\u202e<b>anna</b>")
    expect(nasty).to_contain_text(f"code {told_code(wire, MALLORY)}")
    ruth = row(page, "id 4711")
    expect(ruth).to_contain_text(f"code {told_code(wire, GRANDMA)}")
    page.get_by_role("button", name="Confirm Ruth").click()
    form = page.get_by_role("dialog", name="Is this the right one?")
    for fact in (told_code(wire, GRANDMA), "Ruth", str(GRANDMA), "Telegram"):
        expect(form.get_by_role("definition").filter(has_text=fact)).to_be_visible()
    assert violations(page) == [], "confirm"
    expect(form.get_by_role("button", name="Let them be known")).to_be_disabled()
    form.get_by_label("This is").select_option(NAME)
    form.get_by_role("button", name="Let them be known").click()
    known = row(page, f"{NAME} on Telegram")
    expect(known).to_contain_text("Ruth · id 4711 · since")

    nasty.get_by_role("button", name="Refuse").click()
    page.get_by_role("button", name="Refuse", exact=True).last.click()
    expect(page.get_by_role("heading", name="Asking to be known")).to_have_count(0)
    wire.say("what time is it?", GRANDMA, "Ruth")
    wait_for(lambda: any("It is" in one for one in wire.told(GRANDMA)))
    asked = len(wire.told(MALLORY))
    wire.say("hello?", MALLORY, NASTY)
    wire.say("what time is it?", GRANDMA, "Ruth")
    wait_for(lambda: sum("It is" in one for one in wire.told(GRANDMA)) == 2)
    assert len(wire.told(MALLORY)) == asked

    known.get_by_role("button", name="Unlink").click()
    page.get_by_role("button", name="Unlink", exact=True).last.click()
    expect(page.get_by_text("Nobody is known on a messenger yet")).to_be_visible()


def test_a_change_asks_for_a_proof_where_none_is_fresh(
    open_page: Open, own: Server, eyes: Eyes
) -> None:
    eyes.allowed = ("status of 403",)  # how the server asks for the proof
    page = open_page()
    log_in(page, own, "settings/channels")
    refused = {"code": "proof_needed", "detail": "Show that it is you.", "status": 403}
    page.route(
        "**/api/channels/telegram", lambda route: route.fulfill(status=403, json=refused), times=1
    )
    page.get_by_role("button", name=re.compile("Turn o.* Telegram")).click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(row(page, "Telegram").get_by_role("status")).to_have_text("Off")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_they_are_for_everybody(
    open_page: Open, own: Server, wire: Telegram, size: tuple[int, int]
) -> None:
    own.nexus("channels", "enable", "telegram")
    page = open_page(size, has_touch=size == PHONE, is_mobile=size == PHONE)
    log_in(page, own, "settings/channels")
    expect(row(page, "Telegram").get_by_role("status")).to_have_text("Connected")
    alone(page)
    assert violations(page) == [], "channels"
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "sideways"
    wire.say("hello", 18 + size[0], "A name that goes on and on " * 3)
    page.get_by_role("link", name="See who").click()
    page.get_by_role("heading", name="Asking to be known").wait_for()
    assert violations(page) == [], "people"
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "sideways"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_the_first_run_offers_one(
    open_page: Open, own: Server, wire: Telegram, size: tuple[int, int]
) -> None:
    own.nexus("secrets", "remove", "TELEGRAM_BOT_TOKEN")
    page = open_page(size, has_touch=size == PHONE, is_mobile=size == PHONE)
    log_in(page, own)
    page.evaluate("sessionStorage.setItem('livos.setup.at', 'channel')")
    page.goto(f"{own.url}/setup")
    page.get_by_role("heading", name="Where do you want to reach it?").wait_for()
    expect(page.get_by_role("button", name="Continue")).to_be_enabled()
    page.get_by_role("button", name="Telegram").click()
    expect(page.get_by_role("button", name="Skip for now")).to_be_visible()
    page.get_by_role("button", name="Telegram").click()  # who folds it away goes on as before
    expect(page.get_by_role("button", name="Continue")).to_be_enabled()
    page.get_by_role("button", name="Telegram").click()
    page.get_by_label("Token of the bot").fill("777:wrong-token")
    page.get_by_role("button", name="Connect and test").click()
    expect(page.get_by_role("alert")).to_contain_text("refuses the bot's token")
    page.get_by_label("New token of the bot").fill(TOKEN)
    page.get_by_role("button", name="Connect and test").click()
    expect(page.get_by_text(f"Telegram knows your server as {ACCOUNT}")).to_be_visible()
    who = 9_000 + size[0]
    wire.say("hello", who, "Anna")
    page.get_by_role("button", name="Confirm Anna").first.click()
    page.get_by_label("This is").select_option(NAME)
    assert violations(page) == []
    page.get_by_role("button", name="Let them be known").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "sideways"
    page.reload()  # goes on where it was
    expect(page.get_by_text(f"Telegram knows your server as {ACCOUNT}")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Ask it").wait_for()
    found = own.nexus.json("people", "known")["identities"]
    assert str(who) in {one["who"] for one in found}
