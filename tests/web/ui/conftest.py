"""A server as a person starts it, a browser as a person opens it, and eyes on what goes wrong."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.ops.cli.conftest import Nexus, free_port
from tests.web.ui.login import NAME, PASSWORD, SECONDS, Login
from tests.web.ui.story import HOSTILE, MARKDOWN

WIDE, PHONE = (1440, 900), (390, 844)
BUILT = Path(__file__).parents[3] / "web/static/index.html"

BARE = dict.fromkeys(("at", "desk", "theme", "wallpaper", "setup")) | {"version": 0}
"""The layout of a person who never moved a window."""
WORDS = 150
"""Of the slow answer, about 15 s long: time enough to reload, cut and kill."""
SCRIPTS: dict[str, list[dict[str, Any]]] = {
    "haiku": [{"text": [f"w{number} " for number in range(WORDS)], "pause": 0.1}],
    "sonnet": [
        {
            "thinking": "A list is needed first.",
            "text": "I look at what there is.",
            "calls": [
                {"tool": "time_now", "arguments": {}},
                {"tool": "files_read", "arguments": {"path": "/nowhere/at/all"}},
            ],
        },
        {"text": MARKDOWN, "usage": {"input": 1200, "output": 34}},
    ],
    "opus": [{"text": HOSTILE}],
}
"""What the models say; the fourth, flash, is the built-in brain."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium.

    For one file: while it is open, no test of asyncio can run in this process.
    """
    found = shutil.which("chromium")
    assert found, "chromium is missing; ./install.sh dev installs it"
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(frozen=True)
class Server:
    """A running server."""

    nexus: Nexus
    url: str
    login: Login

    def pid(self, child: str) -> int:
        """Return the process number of one of its parts."""
        return int(self.nexus.json("status")["children"][child]["pid"])


def run_server(*settings: tuple[str, str]) -> Iterator[Server]:
    """Start a server where nobody is the owner yet.

    Args:
        settings: what it is set to besides, by name.
    """
    assert BUILT.is_file(), "the page is not built; ./install.sh dev builds it"
    folder, port = Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp")), free_port()
    nexus = Nexus(folder / "n")
    try:
        assert nexus("init", "--port", str(port)).returncode == 0
        for tier, script in SCRIPTS.items():
            file = folder / f"{tier}.json"
            file.write_text(json.dumps(script))
            assert nexus("config", "set", f"models.{tier}", f"scripted:{file}").returncode == 0
        for name, value in settings:
            assert nexus("config", "set", name, value).returncode == 0
        ran = nexus("up", "--detach")
        assert ran.returncode == 0, ran.stderr
        url = f"http://127.0.0.1:{port}"
        with closing(Login(url)) as login:
            yield Server(nexus, url, login)
    finally:
        nexus("down")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def bare() -> Iterator[Server]:
    """A server of this file alone, without an owner."""
    yield from run_server()


def run_owned(*settings: tuple[str, str]) -> Iterator[Server]:
    """Start a server whose owner is set up already.

    Args:
        settings: what it is set to besides, by name.
    """
    for server in run_server(*settings):
        server.login.set_up(setup(server)["code"])
        yield server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server that all files share; its owner is set up, and notes need a yes.

    What a test adds to it, it takes away; who asks for many decisions needs a server of their own,
    for there is a limit.
    """
    yield from run_owned(("policy.tiers", '{"notes_append": "ORANGE"}'))


def setup(server: Server) -> dict[str, str]:
    """Return what the terminal says to a new owner."""
    said: dict[str, str] = server.nexus.json("setup-code")
    return said


def become_owner(page: Page, server: Server) -> None:
    """Go through the setup, up to its last step."""
    page.goto(setup(server)["url"])
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the owner").click()
    page.get_by_role("heading", name="What should your server think with?").wait_for()
    page.get_by_role("button", name="Skip for now").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Ask it").wait_for()


class Eyes:
    """What a browser complains of."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.allowed: tuple[str, ...] = ()

    def watch(self, page: Page) -> None:
        """Look at a page from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"{message.type}: {message.text}")

    def complaints(self) -> list[str]:
        """Return what was seen and is not allowed."""
        return [each for each in self.seen if not any(word in each for word in self.allowed)]


@pytest.fixture
def eyes() -> Iterator[Eyes]:
    """Fails the test when a browser complained, be it of the content policy or of our code."""
    eyes = Eyes()
    yield eyes
    assert eyes.complaints() == []


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, eyes: Eyes) -> Iterator[Open]:
    """Opens pages, each in a browser profile of its own."""
    contexts = []

    def open_page(size: tuple[int, int] = WIDE, *, layout: bool = False, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        if not layout:  # what another test left on the desktop is not there
            context.route("**/api/desktop", lambda route: route.fulfill(json=BARE))
        eyes.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Open, server: Server) -> Page:
    """A page where the owner is logged in, with a new conversation."""
    page = open_page()
    log_in(page, server)
    return page


def log_in(page: Page, server: Server, path: str = "chat") -> None:
    """Be logged in, and be somewhere on the page: at the chat, where nothing else is said."""
    server.login.hand(page.context)
    page.goto(f"{server.url}/{path}")
    if path == "chat":
        page.get_by_label("Message").wait_for()


def log_in_by_hand(page: Page, server: Server) -> None:
    """Log in as a person does, and be at the chat."""
    page.goto(f"{server.url}/chat")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Message").wait_for()


def choose(page: Page, tier: str) -> None:
    """Choose who answers."""
    page.get_by_role("button", name="Model:").click()
    page.get_by_role("menuitemradio", name=tier).click()


def ask(page: Page, text: str) -> None:
    """Write a message and send it by the key."""
    page.get_by_label("Message").fill(text)
    page.get_by_label("Message").press("Enter")
    page.wait_for_url("**/chat/*")


def answers(page: Page) -> list[str]:
    """Return the text of each answer."""
    return page.get_by_role("article", name="Answer").all_inner_texts()
