"""The Pipeline app: the stages as they are, one message followed, a stage that stops."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.ui.conftest import PHONE, Eyes, Open, Server, ask, log_in
from tests.web.ui.login import PASSWORD
from tests.web.ui.test_looks import alone, violations

pytestmark = pytest.mark.timeout(600)  # the first starts the server, and a machine may be busy

BESIDE = """each => {
    const [course, foot] = [...each.children].slice(-2);
    foot.firstChild.textContent = "12,000 a minute";
    return course.getBoundingClientRect().right <= foot.getBoundingClientRect().left;
}"""


def test_a_message_is_followed_from_topic_to_topic(page: Page, server: Server) -> None:
    ask(page, "what time is it for herons?")
    expect(page.get_by_text("Done,")).to_be_visible()
    page.goto(f"{server.url}/pipeline")
    think = page.get_by_role("article", name="think")
    expect(think).to_contain_text("waiting")
    expect(think).to_contain_text(re.compile(r"p95\s*[\d<]"))
    assert think.evaluate(BESIDE), "the course stands beside the words, however long they are"
    page.get_by_role("tab", name="Messages").click()
    page.get_by_role("list", name="Messages").get_by_role("link", name=re.compile("herons")).click()
    way = page.get_by_role("region", name="The way of the message")
    expect(way.get_by_role("listitem").last).to_contain_text("outbox")
    expect(way).to_contain_text(re.compile(r"worked [\d.]+ (ms|s)"))
    way.get_by_role("button", name="Replay").click()
    expect(way.get_by_role("region", name="Replay")).to_contain_text("all as it was")
    way.get_by_role("button", name="route").click()
    expect(way.get_by_label("What came to route")).to_contain_text("turn")
    page.get_by_role("tab", name="Dead letters").click()
    expect(page.get_by_text("The desk is empty")).to_be_visible()


def publish(server: Server, count: int) -> None:
    """Put messages into the inbox that nobody can handle."""
    line = server.nexus("events", "env").stdout
    broken = re.sub(r"\{.*\}", "not json", line)
    for _ in range(count):
        subprocess.run(["/bin/sh", "-c", broken], check=True, capture_output=True)


def prove(page: Page, act: str) -> None:
    """Say once more who it is, and have it done."""
    asked = page.get_by_role("dialog").filter(has=page.get_by_label("Your password", exact=True))
    asked.get_by_label("Your password", exact=True).fill(PASSWORD)
    asked.get_by_role("button", name=act, exact=True).click()


GRACE = 6_000
"""For how long what is dropped can be kept, in ms; as `useDropping.ts` says."""
HOLD = f"""const real = setTimeout; globalThis.setTimeout = (call, ms, ...more) =>
    real(call, ms === {GRACE} ? globalThis.grace ?? 600_000 : ms, ...more)"""
"""Makes that time long for who is slow; `grace` ends it: nothing here waits for the clock.

Nothing else on the page takes just as long: a note would stay where it is, over a button."""


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_letters_are_corrected_sent_again_and_dropped_or_kept(
    open_page: Open, server: Server, eyes: Eyes, phone: bool
) -> None:
    eyes.allowed = ("status of 422",)
    size: dict[str, Any] = {"size": PHONE, "has_touch": True, "is_mobile": True} if phone else {}
    publish(server, 3)
    page = open_page(**size)
    page.add_init_script(HOLD)
    log_in(page, server, "pipeline/letters")
    desk = page.get_by_role("list", name="Dead letters")
    rows = desk.locator(":scope > li")
    expect(rows).to_have_count(3)
    rows.first.get_by_role("button", name="admit").click()
    alone(page)
    assert violations(page) == []

    # A wrong password changes nothing, and says so.
    rows.first.get_by_role("button", name="Drop").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    rows.first.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("textbox", name="The message")).to_have_value("not json")
    assert violations(page) == []
    page.get_by_role("textbox", name="The message").fill("still none")
    prove(page, "Send corrected")
    expect(page.get_by_text("does not fit the topic inbox")).to_be_visible()
    page.get_by_role("textbox", name="The message").fill('{"text": "what time is it?"}')
    page.get_by_role("button", name="Send corrected").click()
    expect(rows).to_have_count(2)

    # What is dropped can be kept for a while.
    rows.first.get_by_role("button", name="admit").click()
    rows.first.get_by_role("button", name="Drop").click()
    prove(page, "Drop")
    rows.first.get_by_role("button", name="Keep it").click()
    expect(rows.first.get_by_role("button", name="Drop")).to_be_visible()
    expect(rows).to_have_count(2)

    # Sent as they are they come back: to the desk, as new letters.
    rows.first.get_by_role("button", name="Send all 2 like this").click()
    prove(page, "Send all again")
    expect(page.get_by_text("Sent 2 letters", exact=True)).to_be_visible()
    expect(page.get_by_label("Your password", exact=True)).to_have_count(0)
    expect(rows).to_have_count(2)
    rows.first.get_by_role("button", name="admit").click()
    page.evaluate("globalThis.grace = 0")
    rows.first.get_by_role("button", name="Drop").click()
    prove(page, "Drop")
    expect(rows).to_have_count(1)
    (last,) = server.nexus.json("dead", "list")
    assert server.nexus("dead", "drop", last["id"]).returncode == 0


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_stage_that_stops_is_red_within_two_seconds(
    open_page: Open, server: Server, phone: bool
) -> None:
    size: dict[str, Any] = {"size": PHONE, "has_touch": True, "is_mobile": True} if phone else {}
    page = open_page(**size)
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
    log_in(page, server, "pipeline")
    outbox = page.get_by_role("article", name="outbox")
    expect(outbox).to_contain_text("no errors")
    alone(page)
    stopped = True
    expect(outbox).to_contain_text("stopped 6 s")
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
    log_in(page, server)
    pill = page.get_by_role("button", name="deliver stopped")
    expect(pill).to_be_visible()
    expect(
        page.get_by_role("toolbar", name="Dock").get_by_role("button", name="Pipeline, 1 needs you")
    ).to_be_visible()
    page.keyboard.press("Alt+Shift+A")
    expect(page.get_by_role("dialog", name="Pipeline")).to_be_visible()
    page.get_by_role("link", name="LivOS").click()
    expect(page.get_by_role("group", name="The stage deliver stands still")).to_be_visible()
    assert violations(page) == []
