"""Asking and reading: what arrives, how it looks, what stands in the list."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.web.ui.conftest import answers, ask, choose


def test_tokens_arrive_while_the_answer_is_written(page: Page) -> None:
    choose(page, "Haiku")
    ask(page, "count slowly")
    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text("w5")
    assert "w149" not in answer.inner_text()
    expect(answer).to_contain_text(re.compile(r"Working, \d+ s"))
    page.get_by_role("button", name="Stop").click()
    expect(answer).to_contain_text("Stopped by you")
    assert "w149" not in answer.inner_text()


def test_escape_stops_only_when_pressed_twice(page: Page) -> None:
    choose(page, "Haiku")
    ask(page, "count slowly")
    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text("w2")
    page.get_by_label("Message").press("Escape")
    expect(page.get_by_text("Press Esc again to stop")).to_be_visible()
    page.get_by_label("Message").press("Escape")
    expect(answer).to_contain_text("Stopped by you")


def test_tools_are_cards_and_markdown_is_set(page: Page) -> None:
    choose(page, "Sonnet")
    ask(page, "look around")
    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text("Done,")
    expect(answer).to_contain_text("1,234 tokens")

    card = page.get_by_role("button", name="Time now")
    expect(card).to_have_attribute("aria-expanded", "false")
    card.click()
    expect(page.get_by_label("Output of Time now")).to_be_visible()
    expect(page.get_by_role("button", name="Files read")).to_contain_text("failed")

    page.get_by_role("button", name="Thought").first.click()
    expect(answer).to_contain_text("A list is needed first.")

    expect(answer.get_by_role("heading", name="What I found")).to_be_visible()
    expect(answer.get_by_role("table")).to_be_visible()
    expect(answer.locator(".hljs-keyword").first).to_be_visible()
    expect(answer.locator(".katex").first).to_be_visible()
    expect(answer).to_contain_text("it costs $5 or $10")
    assert answers(page)[0].count("What I found") == 1


def test_what_no_model_wrote_stands_as_it_was_written(page: Page) -> None:
    ask(page, "What is running on this machine?")
    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text("Done,")
    table = answer.get_by_role("region", name="Table")
    rows = table.inner_text().splitlines()
    assert len(rows) > 3
    assert all(re.match(r" *\d+ +[\d.]+ % ", row) for row in rows)
    assert table.evaluate("each => getComputedStyle(each).whiteSpace.startsWith('pre')")
    tall = answer.locator("p").first.evaluate("each => each.getBoundingClientRect().height")
    assert tall < 80, "the rows do not stand in the paragraph"

    ask(page, "!time_now")
    expect(page.get_by_text("Done,")).to_have_count(2)
    said = page.get_by_role("article", name="Answer").nth(1).locator("p").first.inner_text()
    assert said.splitlines()[1].startswith("Calendar week")


def test_the_picker_shows_what_the_conversation_chose_and_leads_back(page: Page) -> None:
    picker = page.get_by_role("button", name="Model:")
    expect(picker).to_have_accessible_name(re.compile("Default"))
    choose(page, "Haiku")
    ask(page, "/model opus")
    expect(page.get_by_text("Done,")).to_be_visible()
    # The newest word counts, whoever wrote it.
    expect(picker).to_have_accessible_name(re.compile("Opus"))
    picker.click()
    expect(page.get_by_role("menuitemradio", name="Opus, by /model")).to_be_checked()
    page.get_by_role("menuitemradio", name="Default").click()
    expect(picker).to_have_accessible_name(re.compile("Default"))
    with page.expect_request("**/api/chat") as sent:
        ask(page, "what time is it?")
    assert '"tier":null' in (sent.value.post_data or "")
    choose(page, "Opus")
    with page.expect_request("**/api/chat") as sent:
        ask(page, "what day is it?")
    assert '"tier"' not in (sent.value.post_data or ""), "the conversation's own choice"


def test_hostile_text_loads_nothing_and_runs_nothing(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    choose(page, "Opus")
    ask(page, "be evil")
    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text("Done,")
    expect(answer.get_by_role("link")).to_have_text(["a pixel", "good"])
    assert answer.locator("img, iframe, script, style").count() == 0
    expect(answer).to_contain_text("evil.example · not loaded")
    expect(answer).to_contain_text("<script>")
    expect(answer).to_contain_text("invoice\\u202efdp.exe")
    assert "\u202e" not in answer.inner_text(), "what turns writing around is not obeyed"
    assert "owned" not in page.title()
    assert not [url for url in asked if "example" in url]


def test_what_is_queued_says_behind_how_many(page: Page) -> None:
    choose(page, "Haiku")
    ask(page, "count slowly")
    expect(page.get_by_role("article", name="Answer")).to_contain_text("w2")
    choose(page, "Flash")
    ask(page, "what time is it?")
    expect(page.get_by_role("article").get_by_text("Queued behind 1")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Done,")).to_be_visible()
    assert len(answers(page)) == 2


def test_a_conversation_is_named_found_and_deleted(page: Page) -> None:
    ask(page, "What time is it on the moon of zebras?")
    expect(page.get_by_text("Not answered,")).to_be_visible()
    rail = page.get_by_role("navigation", name="Conversations")
    row = rail.locator("[aria-current=page]")
    expect(row).to_contain_text("zebras")

    page.get_by_role("button", name=", more").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("Striped animals")
    page.get_by_role("button", name="Rename").click()
    expect(row).to_contain_text("Striped animals")

    page.get_by_label("Search conversations").fill("zebras")
    found = page.get_by_role("list", name="Found").get_by_role("link")
    expect(found.first).to_contain_text("Striped animals")
    found.first.click()
    expect(page).to_have_url(re.compile("#turn-"))
    page.get_by_label("Search conversations").fill("")

    page.get_by_role("button", name=", more").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Ask about this server")).to_be_visible()
    expect(rail.get_by_text("Striped animals")).to_have_count(0)


def test_a_conversation_is_named_once_among_what_is_found(page: Page) -> None:
    for number in range(1, 4):
        ask(page, "what time is it in okapiland?")
        expect(page.get_by_text("Done,")).to_have_count(number)
    page.get_by_label("Search conversations").fill("okapiland")
    found = page.get_by_role("list", name="Found")
    expect(found.get_by_role("link")).to_have_count(3)
    expect(found.locator("b")).to_have_count(1)


def test_the_last_message_comes_back_with_the_arrow(page: Page) -> None:
    ask(page, "what time is it?")
    expect(page.get_by_text("Done,")).to_be_visible()
    message = page.get_by_label("Message")
    message.press("ArrowUp")
    expect(message).to_have_value("what time is it?")
    message.press("Escape")
    expect(message).to_have_value("")
    message.press("Shift+Enter")
    expect(message).to_have_value("\n")


def test_a_draft_survives_a_reload(page: Page) -> None:
    page.get_by_label("Message").fill("half a thought")
    page.reload()
    expect(page.get_by_label("Message")).to_have_value("half a thought")


def test_a_picture_goes_with_the_message(page: Page, tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    page.screenshot(path=picture)
    page.get_by_label("Files to attach").set_input_files(picture)
    expect(page.get_by_role("list", name="Attached")).to_contain_text(re.compile(r"\d+ kB"))
    ask(page, "what is on it?")
    shown = page.get_by_role("article", name="You").get_by_role("img", name="cat.png")
    expect(shown).to_be_visible()
    expect(page.get_by_text("Not answered,")).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") > 0


def test_a_reader_is_not_moved(page: Page) -> None:
    choose(page, "Haiku")
    ask(page, "count slowly\n" * 60)
    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text("w2")
    scroller = page.get_by_role("log").locator("..")
    scroller.evaluate("box => { box.scrollTop = 0 }")
    expect(page.get_by_role("button", name="New text")).to_be_visible()
    assert scroller.evaluate("box => box.scrollTop") == 0
    page.get_by_role("button", name="New text").click()
    expect(page.get_by_role("button", name="New text")).to_have_count(0)
    assert scroller.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight") < 64
    page.get_by_role("button", name="Stop").click()
    expect(answer).to_contain_text("Stopped by you")
