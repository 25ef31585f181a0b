"""What was allowed for longer, what was decided, and what rules did: read, and taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.web.ui.conftest import (
    PHONE,
    WIDE,
    Open,
    Server,
    ask,
    log_in,
)
from tests.web.ui.test_looks import alone, violations

pytestmark = pytest.mark.timeout(600)  # the first starts the server, and axe looks around

RULES = """
- name: disk-low
  on: disk.full
  when: data.free < 5
  do: notify
  says: "{data.path} has little room"
- name: clock
  on: door.opened
  do: run tool
  tool: time_now
"""


@pytest.fixture(scope="module", autouse=True)
def ruled(server: Server) -> Iterator[None]:
    """Two rules, for the tests of this file."""
    write(server, RULES)
    yield
    write(server, "")


def write(server: Server, rules: str) -> None:
    file = server.nexus.root / "events/rules.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(rules)


def waits(page: Page, server: Server, text: str) -> str:
    """Call what needs a yes, and return its code for here."""
    ask(page, f"!notes_append {json.dumps({'text': text})}")
    page.get_by_role("region", name="Your decision about").wait_for()
    (request,) = server.nexus.json("approvals")
    return str(server.nexus.json("approvals", "show", request["id"])["code"])


def test_a_lasting_yes_is_shown_exactly_and_taken_back(open_page: Open, server: Server) -> None:
    page = open_page()
    log_in(page, server)
    code = waits(page, server, "each morning")
    page.get_by_text("Not to be asked").click()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Allow for 30 days").click()
    expect(page.get_by_text("Approved by owner on web, for 30 days")).to_be_visible()
    waits(page, server, "each evening")
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("Denied by owner on web")).to_be_visible()

    page.goto(f"{server.url}/settings/approvals")
    grant = page.get_by_role("listitem").filter(has_text="asked for by you")
    expect(grant).to_contain_text("append to notes.md: - each morning")
    expect(grant).to_contain_text("asked for by you on web")
    expect(grant).to_contain_text("not used yet")
    decided = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Follow"))
    decided = decided.filter(has_text=re.compile("each (morning|evening)"))
    expect(decided).to_have_count(2)
    expect(decided.first).to_contain_text("Denied by you on web")
    expect(decided.last).to_contain_text("Allowed by you on web, for 30 days")
    alone(page)
    assert violations(page) == []
    grant.get_by_role("button", name="Take back").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Every call that needs a yes asks for it")).to_be_visible()
    assert server.nexus.json("approvals", "grants") == []
    decided.first.get_by_role("link", name="Follow").click()
    expect(page).to_have_url(re.compile("/pipeline/messages/[0-9A-Z]+$"))


def test_two_questions_that_read_the_same_are_told_apart(open_page: Open, server: Server) -> None:
    page = open_page()
    log_in(page, server)
    for said in ("first of all", "second to none"):
        page.get_by_role("button", name="New conversation").first.click()
        ask(page, f"{said}: what time is it?")
        expect(page.get_by_text("Done,")).to_be_visible()
        call = f"!notes_append {json.dumps({'text': 'the same'})}"
        page.get_by_label("Message").fill(call)
        page.get_by_label("Message").press("Enter")
        page.get_by_role("region", name="Your decision about").wait_for()
    page.goto(f"{server.url}/settings/approvals")
    rows = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Decide"))
    expect(rows).to_have_count(2)
    for row, title in zip(rows.all(), ("first of all", "second to none"), strict=True):
        expect(row).to_contain_text("append to notes.md: - the same")
        expect(row).to_contain_text(re.compile(rf"Asked at \d\d:\d\d in “{title}"))
        expect(row).to_contain_text("left")
    alone(page)
    assert violations(page) == []
    page.get_by_role("link", name="LivOS").click()
    cards = page.get_by_role("group", name="waits for your decision")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("in “first of all")
    expect(cards.last).to_contain_text("in “second to none")
    page.go_back()
    for _ in range(2):
        page.goto(f"{server.url}/settings/approvals")
        page.get_by_role("link", name="Decide").first.click()
        page.get_by_role("button", name="Deny").click()
        expect(page.get_by_text("Denied by owner on web")).to_be_visible()


def test_rules_say_what_they_did_and_what_is_wrong(open_page: Open, server: Server) -> None:
    page = open_page()
    log_in(page, server, "settings/events")
    disk = page.get_by_role("listitem").filter(has_text="disk-low")
    clock = page.get_by_role("listitem").filter(has_text="clock")
    expect(disk).to_contain_text("On disk.full when data.free < 5: notify")
    expect(disk).to_contain_text("It did not fire lately")
    # The types that events are known to have do not bury the rules.
    kinds = page.get_by_text(re.compile(r"\d+ described types of events"))
    expect(page.get_by_text("docker.container.died")).to_be_hidden()
    kinds.click()
    expect(page.get_by_text("docker.container.died")).to_be_visible()
    for kind, data in (("disk.full", {"path": "/srv", "free": 2}), ("door.opened", {})):
        assert server.nexus("events", "publish", kind, json.dumps(data)).returncode == 0
    expect(disk).to_contain_text("once lately")
    expect(clock).to_contain_text("once lately · done")
    expect(disk).to_contain_text("once lately · told")
    write(server, RULES.replace("tool: time_now", "tool: time_nov"))
    expect(clock.get_by_role("alert")).to_contain_text("Did you mean time_now?")
    write(server, RULES)
    expect(page.get_by_role("alert")).to_have_count(0)
    write(server, RULES.replace("run tool", "dance"))
    expect(page.get_by_role("alert")).to_contain_text("rules.1.do: it must be")
    expect(clock).to_be_visible()
    alone(page)
    assert violations(page) == []
    write(server, RULES)
    expect(page.get_by_role("alert")).to_have_count(0)
    clock.get_by_role("link", name="Follow").click()
    expect(page.get_by_text("time_now").first).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_they_are_for_everybody(open_page: Open, server: Server, size: tuple[int, int]) -> None:
    page = open_page(size, has_touch=size == PHONE, is_mobile=size == PHONE)
    log_in(page, server)
    for pane, heading in (("approvals", "Decided"), ("events", "Rules")):
        page.goto(f"{server.url}/settings/{pane}")
        page.get_by_role("heading", name=heading, exact=True).wait_for()
        alone(page)
        assert violations(page) == [], pane
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "sideways"
