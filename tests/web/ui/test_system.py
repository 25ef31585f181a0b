"""The System app: the machine as the system itself says it is."""

from __future__ import annotations

import os
import re

from playwright.sync_api import Page, expect

from tests.web.ui.conftest import Open, Server, log_in


def test_the_machine_is_shown_and_goes_on(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/system")
    expect(page.get_by_text(os.uname().nodename, exact=True)).to_be_visible()
    cpu = page.get_by_role("region", name="Processor")
    expect(cpu).to_contain_text(re.compile(r"\d+%"))
    expect(cpu.locator("canvas")).to_be_visible()
    expect(page.get_by_role("region", name="Disks")).to_contain_text("free of")
    with page.expect_response("**/api/monitor"):
        pass  # asked for again by itself
    page.get_by_text("24 h").click()
    expect(cpu.locator("canvas")).to_be_visible()

    page.get_by_role("tab", name="Processes").click()
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_be_visible()
    page.get_by_label("Filter").fill("redis-server")
    expect(rows.nth(1)).to_contain_text("redis-server")
    expect(page.get_by_role("cell", name="redis-server").first).to_be_visible()
    page.get_by_role("button", name="Memory", exact=True).click()
    expect(page.get_by_role("columnheader", name="Memory")).to_have_attribute(
        "aria-sort", "descending"
    )
    for view in ("Services", "Containers"):
        page.get_by_role("tab", name=view).click()
        expect(page.get_by_role("tabpanel", name=view)).not_to_be_empty()


def test_a_minimised_window_asks_for_nothing(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/system/processes")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    asked: list[str] = []
    page.get_by_role("button", name="Minimise System").click()
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/api/monitor", timeout=30_000):
        pass  # the home screen's own question, which comes less often
    assert not [url for url in asked if url.endswith("/processes")]


def test_the_home_screen_says_how_things_stand(open_page: Open, server: Server) -> None:
    page = open_page()
    log_in(page, server.url)
    page.get_by_role("link", name="LivOS").click()
    expect(page.get_by_role("region", name="Storage")).to_contain_text("free of")
    expect(page.get_by_role("region", name="Health")).to_contain_text("CPU")
    page.get_by_role("region", name="Health").get_by_role("link").click()
    expect(page.get_by_role("dialog", name="System")).to_be_visible()
