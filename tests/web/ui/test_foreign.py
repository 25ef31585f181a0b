"""Foreign servers as their owner sees them: read, classified, changed, removed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.gateways.mcp.test_client import HOSTILE, PYTHON
from tests.web.ui.conftest import PHONE, WIDE, Eyes, Open, Server, log_in
from tests.web.ui.login import PASSWORD
from tests.web.ui.test_looks import alone, violations

pytestmark = pytest.mark.timeout(600)  # the first starts the server, and axe looks around


def add(server: Server) -> None:
    """Add a server that means harm, as a terminal does."""
    python = str(Path(sys.executable).resolve())
    words = ("--read", PYTHON, "--read", str(HOSTILE), "--", python, str(HOSTILE), "says")
    ran = server.nexus("mcp", "add", "odd", *words)
    assert ran.returncode == 0, ran.stderr


def look(page: Page, server: Server) -> None:
    log_in(page, server, "settings/foreign")
    page.get_by_role("heading", name="Tool servers").wait_for()


def tool(page: Page) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_text("do", exact=True))


def test_a_tool_is_read_before_it_is_classified(
    open_page: Open, server: Server, eyes: Eyes
) -> None:
    eyes.allowed = ("status of 403",)  # how the server asks for the proof
    page = open_page()
    look(page, server)
    expect(page.get_by_role("heading", name="No server yet")).to_be_visible()
    expect(page.get_by_text("nexus mcp add files")).to_be_visible()
    add(server)
    try:
        expect(page.get_by_role("status").filter(has_text="Connected")).to_be_visible()
        expect(page.get_by_text("In the sandbox: sees")).to_be_visible()
        expect(tool(page)).to_contain_text("BLACK: the owner has not classified it")
        page.get_by_role("button", name="Classify do").click()
        form = page.get_by_role("dialog", name="do")
        said = form.get_by_label("What it says of itself")
        # Whatever it says is words, and what would hide is written out.
        assert "\u202e" not in said.inner_text()
        assert "\\u202e" in said.inner_text()
        expect(form.get_by_role("radio", name="BLACK")).to_be_checked()
        expect(form.get_by_role("radio")).to_have_count(4)
        assert violations(page) == [], "classify"
        refused = {"code": "proof_needed", "detail": "Show that it is you.", "status": 403}
        page.route("**/tier", lambda route: route.fulfill(status=403, json=refused), times=1)
        form.get_by_role("radio", name="YELLOW").check()
        form.get_by_role("button", name="Save").click()
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("button", name="Classify do")).to_have_text("YELLOW")
        listed = server.nexus.json("mcp", "tools", "odd")["tools"]
        assert [one["tier"] for one in listed] == ["YELLOW"]

        page.get_by_role("button", name="Remove odd").click()
        page.get_by_role("button", name="Remove", exact=True).last.click()
        expect(page.get_by_role("heading", name="No server yet")).to_be_visible()
        assert server.nexus.json("mcp", "list")["servers"] == []
    finally:
        server.nexus("mcp", "remove", "odd")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_it_is_for_everybody(open_page: Open, server: Server, size: tuple[int, int]) -> None:
    add(server)
    try:
        page = open_page(size, has_touch=size == PHONE, is_mobile=size == PHONE)
        look(page, server)
        alone(page)
        expect(tool(page)).to_be_visible()
        assert violations(page) == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "sideways"
        page.get_by_role("button", name="Classify do").click()
        page.get_by_role("radio", name="RED").check()
        assert violations(page) == [], "classify"
    finally:
        server.nexus("mcp", "remove", "odd")
