"""The Pipeline app: the stages as they are, one message followed, a stage that stops."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.ui.conftest import PHONE, Open, Server, ask, log_in
from tests.web.ui.test_looks import alone, violations


def test_a_message_is_followed_from_topic_to_topic(page: Page, server: Server) -> None:
    ask(page, "what time is it for herons?")
    expect(page.get_by_text("Done,")).to_be_visible()
    page.goto(f"{server.url}/pipeline")
    think = page.get_by_role("article", name="think")
    expect(think).to_contain_text("waiting")
    expect(think).to_contain_text(re.compile(r"p95\s*[\d<]"))
    page.get_by_role("tab", name="Messages").click()
    page.get_by_role("list", name="Messages").get_by_role("link", name=re.compile("herons")).click()
    way = page.get_by_role("region", name="The way of the message")
    expect(way.get_by_role("listitem").last).to_contain_text("outbox")
    way.get_by_role("button", name="route").click()
    expect(way.get_by_label("What came to route")).to_contain_text("turn")
    page.get_by_role("tab", name="Dead letters").click()
    expect(page.get_by_text("The desk is empty")).to_be_visible()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_stage_that_stops_is_red_within_two_seconds(
    open_page: Open, server: Server, colours: str, phone: bool
) -> None:
    size: dict[str, Any] = {"size": PHONE, "has_touch": True, "is_mobile": True} if phone else {}
    page = open_page(**size, color_scheme=colours)
    log_in(page, server.url)
    stopped = False

    def answer(route: Route) -> None:
        """What the server said, but for one stage: the real one is not stopped for all tests."""
        said = route.fetch()
        found = said.json()
        for stage in found["stages"] if stopped else ():
            if stage["topic"] == "outbox":
                stage |= {"state": "stopped", "since": found["at"] - 6_000, "waiting": 7}
        route.fulfill(response=said, body=json.dumps(found))

    page.route("**/api/flow", answer)
    page.goto(f"{server.url}/pipeline")
    outbox = page.get_by_role("article", name="outbox")
    expect(outbox).to_contain_text("no errors")
    alone(page)
    stopped = True
    expect(outbox).to_contain_text("stopped 6 s", timeout=10_000)
    expect(outbox).to_contain_text("nobody reads")
    expect(outbox).to_have_attribute("data-state", "stopped")
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "no sideways"
    page.unroute_all(behavior="ignoreErrors")


def test_the_desktop_says_that_a_stage_stands_still(open_page: Open, server: Server) -> None:
    page = open_page()
    stages = {"think": True, "deliver": False}
    data = {"ready": False, "stages": stages}
    told = {"id": None, "topic": "system", "event": "system", "data": data}
    page.route_web_socket(
        re.compile("/api/ws"),
        lambda socket: socket.on_message(lambda _: socket.send(json.dumps(told))),
    )
    log_in(page, server.url)
    pill = page.get_by_role("button", name="deliver stopped")
    expect(pill).to_be_visible()
    expect(
        page.get_by_role("toolbar", name="Dock").get_by_role("button", name="Pipeline, 1 needs you")
    ).to_be_visible()
    page.keyboard.press("Alt+Shift+A")
    expect(page.get_by_role("dialog", name="Pipeline")).to_be_visible()
    page.get_by_role("link", name="LivOS").click()
    expect(page.get_by_role("region", name="The stage deliver stands still")).to_be_visible()
    assert violations(page) == []
