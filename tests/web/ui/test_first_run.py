"""The first run as a new owner has it: from the printed link to the first answer, at both sizes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.gateways.llm.provider import Provider, provider
from tests.web.ui.conftest import NAME, PASSWORD, PHONE, WIDE, Eyes, Open, Server, run_server, setup
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
@pytest.mark.parametrize(
    ("size", "colours"), [(WIDE, "light"), (PHONE, "dark")], ids=["desktop", "phone"]
)
def test_from_the_link_to_the_first_answer(
    fresh: Server,
    gemini: Provider,
    open_page: Open,
    eyes: Eyes,
    size: tuple[int, int],
    colours: str,
) -> None:
    eyes.allowed = ("status of 403", "status of 404")  # the bad key; what is not written down yet
    fresh.nexus("config", "set", "gemini_base_url", gemini.address)
    page = open_page(size, color_scheme=colours, has_touch=size == PHONE, is_mobile=size == PHONE)
    page.goto(setup(fresh)["url"])
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    assert violations(page) == [], "owner"
    page.get_by_role("button", name="Create the owner").click()

    page.get_by_role("heading", name="What should your server think with?").wait_for()
    page.get_by_role("radio", name="A key from a provider").check()
    assert violations(page) == [], "brain"
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
