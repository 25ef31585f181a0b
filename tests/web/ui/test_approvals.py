"""Deciding on the page: what the card shows, and what a press does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ops.cli.conftest import wait_for
from tests.web.ui.conftest import (
    PHONE,
    Eyes,
    Open,
    Server,
    ask,
    log_in,
    run_owned,
)

RED_SECONDS = 4


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A server where notes need a yes, and where what is RED waits for a moment only."""
    yield from run_owned(
        ("policy.tiers", '{"notes_append": "ORANGE"}'),
        ("streams.approval_red_seconds", str(RED_SECONDS)),
    )


@pytest.fixture
def at_chat(open_page: Open, own: Server) -> Page:
    page = open_page()
    log_in(page, own)
    return page


def call(page: Page, tool: str, **arguments: object) -> Locator:
    """Call a tool that needs a yes; return the last card."""
    before = page.get_by_role("article", name="Answer").count()
    ask(page, f"!{tool} {json.dumps(arguments)}")
    expect(page.get_by_role("article", name="Answer")).to_have_count(before + 1)
    name = tool.replace("_", " ").capitalize()
    return page.get_by_role("region", name=f"Your decision about {name}")


def notes(server: Server) -> list[str]:
    file = server.nexus.root / "workspace/notes.md"
    return file.read_text().splitlines() if file.exists() else []


def test_the_card_shows_all_that_a_yes_is_a_yes_to(at_chat: Page, own: Server) -> None:
    command = "echo '\u202e<button>Allow once</button>' > proof"
    card = call(at_chat, "shell_run", command=command)
    expect(card).to_contain_text("ORANGE")
    expect(card).to_contain_text("Needs your decision")
    expect(card).to_contain_text(re.compile(r"1[45] min( \d+ s)? left"))
    expect(card.get_by_label("What would run")).to_have_text(
        command.replace("\u202e", "\\u202e"), use_inner_text=True
    )
    for name, text in (
        ("Target", "shell:sandbox"),
        ("Affects", "files of the workspace; no network"),
        ("Undo", "none"),
    ):
        row = card.locator("dl > div").filter(has=at_chat.get_by_text(name, exact=True))
        expect(row.locator("dd")).to_contain_text(text)
    # Everything once: nothing else in the answer names the tool, or until when it waits.
    expect(card.get_by_text("Shell run", exact=True)).to_be_visible()
    expect(at_chat.get_by_role("article", name="Answer").get_by_text("shell_run")).to_have_count(1)
    expect(card.get_by_text("Until")).to_have_count(0)
    code = re.compile(r"[B-Z2-9]{4}-[B-Z2-9]{4}, to decide in another place")
    expect(card).to_contain_text(code)
    # A shell is asked about each time; no button is a model's, and none is chosen before.
    expect(card.get_by_text("Not to be asked")).to_have_count(0)
    assert card.get_by_role("button").all_inner_texts() == ["Deny", "Allow once"]
    assert card.evaluate("each => !each.contains(document.activeElement)")
    # It is loud wherever one looks.
    expect(at_chat.get_by_role("button", name=re.compile("^Chat, .*1 needs you"))).to_be_visible()
    expect(at_chat).to_have_title(re.compile(r"^\(1\) "))
    expect(at_chat.get_by_role("button", name="Waits for you", exact=True)).to_be_visible()
    card.get_by_role("button", name="Deny").click()
    expect(at_chat.get_by_text("Denied by owner on web")).to_be_visible()
    expect(card).to_have_count(0)
    expect(at_chat).not_to_have_title(re.compile(r"^\("))
    assert not (own.nexus.root / "workspace/proof").exists()


def test_who_is_waited_for_is_told_so_in_every_list(at_chat: Page, own: Server) -> None:
    """Nobody works on what waits for a yes, and no place says so."""
    card = call(at_chat, "notes_append", text="three blue tits")
    rail = at_chat.get_by_role("navigation", name="Conversations")
    row = rail.get_by_role("link", name=re.compile(", waiting for you$"))
    expect(row).to_have_count(1)
    at_chat.get_by_role("link", name="LivOS").click()
    widget = at_chat.get_by_role("region", name="Nexus", exact=True)
    expect(widget).to_contain_text("1 waits for you")
    expect(widget).not_to_contain_text("working")
    at_chat.go_back()
    card.get_by_role("button", name="Allow once").click()
    expect(row).to_have_count(0)


def test_a_double_press_is_one_yes(at_chat: Page, own: Server) -> None:
    card = call(at_chat, "notes_append", text="pressed twice")
    card.get_by_role("button", name="Allow once").dblclick()
    expect(at_chat.get_by_text("Approved by owner on web")).to_be_visible()
    expect(at_chat.get_by_role("article", name="Answer")).to_contain_text("Done,")
    assert [one for one in notes(own) if "pressed twice" in one] == ["- pressed twice"]


def test_one_that_has_just_come_is_deaf(at_chat: Page) -> None:
    """What was meant for something else in the same place decides nothing."""
    at_chat.clock.install()
    card = call(at_chat, "notes_append", text="deaf")
    button = card.get_by_role("button", name="Allow once")
    expect(button).to_be_disabled()
    at_chat.clock.run_for(450)
    expect(button).to_be_enabled()
    card.get_by_role("button", name="Deny").click()
    expect(at_chat.get_by_text("Denied by owner on web")).to_be_visible()


def test_what_is_decided_at_the_terminal_changes_the_card(at_chat: Page, own: Server) -> None:
    card = call(at_chat, "notes_append", text="from the terminal")
    expect(card).to_be_visible()
    (request,) = own.nexus.json("approvals")
    code = own.nexus.json("approvals", "show", request["id"])["code"]
    said = own.nexus("approvals", "approve", code)
    assert said.returncode == 0, said.stderr
    expect(at_chat.get_by_text("Approved by owner on terminal")).to_be_visible()
    expect(card).to_have_count(0)
    expect(at_chat).not_to_have_title(re.compile(r"^\("))
    wait_for(lambda: "- from the terminal" in notes(own))


def test_a_lasting_yes_is_made_here_and_taken_back(at_chat: Page, own: Server, eyes: Eyes) -> None:
    page, eyes.allowed = at_chat, ("403 (Forbidden)",)
    card = call(page, "notes_append", text="every day")
    (request,) = own.nexus.json("approvals")
    code = own.nexus.json("approvals", "show", request["id"])["code"]
    expect(card.get_by_label("Code")).not_to_be_visible()
    card.get_by_text("Not to be asked").click()
    lasting = card.get_by_role("button", name="Allow for 30 days")
    expect(lasting).to_be_disabled()
    card.get_by_label("Code").fill("WRONG-CODE")
    lasting.click()
    expect(card.get_by_role("alert")).to_have_text("This does not fit.")
    card.get_by_label("Code").fill(code)
    lasting.click()
    expect(page.get_by_text("Approved by owner on web, for 30 days")).to_be_visible()

    expect(page.get_by_text("Done,")).to_have_count(1)
    ask(page, '!notes_append {"text": "every day"}')
    expect(page.get_by_text("Done,")).to_have_count(2)
    assert notes(own).count("- every day") == 2
    (grant,) = own.nexus.json("approvals", "grants")
    assert (grant["tool"], grant["uses"], grant["person"]) == ("notes_append", 1, "owner")
    assert "every day" in own.nexus("approvals", "grants").stdout

    card = call(page, "notes_append", text="every night")
    card.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("Denied by owner on web")).to_be_visible()
    said = own.nexus("approvals", "revoke", grant["id"][:8])
    assert said.stdout == "Taken back; the next such call asks again.\n", said.stderr
    card = call(page, "notes_append", text="every day")
    expect(card).to_be_visible()
    card.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("Denied by owner on web")).to_have_count(2)


def test_what_is_red_needs_a_code_and_ends_by_itself(open_page: Open, own: Server) -> None:
    page = open_page(PHONE)
    log_in(page, own)
    card = call(page, "shell_run", command="id", outside=True)
    expect(card).to_contain_text("Needs you and a code")
    expect(card.get_by_role("button", name="Allow once")).to_be_disabled()
    expect(page.get_by_text("Nobody decided in time, so it did not run")).to_be_visible()
    expect(card).to_have_count(0)
    expect(page).not_to_have_title(re.compile(r"^\("))
