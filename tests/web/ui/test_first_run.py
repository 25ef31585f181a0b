"""The first run as a new owner has it: from the printed link to the first answer, at both sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Response, expect

from tests.gateways.llm.provider import Provider, provider
from tests.web.ui.conftest import PHONE, WIDE, Eyes, Open, Server, log_in, run_server, setup
from tests.web.ui.login import NAME, PASSWORD
from tests.web.ui.test_looks import violations

QUESTION = "What can you do?"


@pytest.fixture
def fresh() -> Iterator[Server]:
    """A server of this test alone, without an owner."""
    yield from run_server()


@pytest.fixture
def gemini(tmp_path: Path) -> Iterator[Provider]:
    """A server that speaks Gemini's protocol."""
    with provider("gemini", tmp_path / "gemini") as found:
        found.says({"text": "ok"}, question="Say: ok")
        found.says({"text": "I can look after this server."}, question=QUESTION)
        yield found


@pytest.mark.timeout(600)  # a whole server of its own, and axe at every step
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_from_the_link_to_the_first_answer(
    fresh: Server,
    gemini: Provider,
    open_page: Open,
    eyes: Eyes,
    size: tuple[int, int],
) -> None:
    eyes.allowed = ("status of 403", "status of 404")  # the bad key; what is not written down yet
    fresh.nexus("config", "set", "gemini_base_url", gemini.address)
    page = open_page(size, has_touch=size == PHONE, is_mobile=size == PHONE)
    page.goto(setup(fresh)["url"])
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    assert violations(page) == [], "owner"
    page.get_by_role("button", name="Create the owner").click()

    page.get_by_role("heading", name="What should your server think with?").wait_for()
    page.get_by_role("radio", name="A key from a provider").check()
    company = page.get_by_label("Which provider")
    company.select_option("openai")
    expect(page.get_by_label("Server address")).to_be_visible()
    assert violations(page) == [], "brain"
    company.select_option("gemini")
    page.get_by_label("Key", exact=True).fill("bad-key")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("does not let our key in")
    page.get_by_label("Key", exact=True).fill("good-key")
    page.get_by_role("button", name="Continue").click()

    page.get_by_role("heading", name="Where do you want to reach it?").wait_for()
    assert violations(page) == [], "channel"
    page.reload()  # goes on where it was
    page.get_by_role("button", name="Continue").click()

    page.get_by_text(QUESTION).click()
    page.get_by_role("button", name="Ask it").click()
    expect(page.get_by_role("article", name="Answer")).to_contain_text("look after this server")
    assert violations(page) == [], "answer"
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "no sideways"
    page.get_by_role("button", name="Go to the desktop").click()
    page.get_by_role("button", name="Settings").first.wait_for()


def test_left_in_the_middle_it_is_offered_until_it_is_done(fresh: Server, open_page: Open) -> None:
    page = open_page(layout=True)
    page.goto(setup(fresh)["url"])
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the owner").click()
    page.get_by_role("heading", name="What should your server think with?").wait_for()
    with page.expect_response(kept("channel")):
        page.get_by_role("button", name="Skip for now").click()
    page.close()

    other = open_page(layout=True)
    log_in(other, fresh)
    other.get_by_role("link", name="LivOS").click()
    card = other.get_by_role("region", name="The setup is not finished")
    expect(card).to_contain_text("where you want to reach it")
    assert violations(other) == []
    card.get_by_role("button", name="Go on").click()
    other.get_by_role("heading", name="Where do you want to reach it?").wait_for()
    other.get_by_role("button", name="Continue").click()
    with other.expect_response(kept("done")):
        other.get_by_role("button", name="Skip for now").click()
    storage = other.get_by_role("region", name="Storage")
    expect(storage).to_contain_text("free of")
    expect(card).to_have_count(0)
    with other.expect_response("**/api/desktop"):
        other.reload()
    expect(storage).to_contain_text("free of")
    expect(card).to_have_count(0)

    other.goto(f"{fresh.url}/settings/about")
    with other.expect_response(kept("brain")):
        other.get_by_role("button", name="Go through it again").click()
    other.goto(fresh.url)
    other.get_by_role("link", name="LivOS").click()
    expect(card).to_contain_text("what your server thinks with")
    with other.expect_response(kept("done")):
        card.get_by_role("button", name="Do not offer it again").click()
    expect(card).to_have_count(0)


def kept(step: str) -> Callable[[Response], bool]:
    """Whether the server was told how far the setup came."""
    return lambda said: said.ok and f'"setup":"{step}"' in (said.request.post_data or "")
