"""Windows, dock, search: by mouse, by keyboard, on a phone; and what a reload leaves as it was."""

from __future__ import annotations

import re

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.web.ui.conftest import PHONE, WIDE, Eyes, Open, Server, ask, log_in
from tests.web.ui.test_looks import violations

BAR, DOCK, GAP = 36, 90, 8
LOW = WIDE[1] - DOCK


def window(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name, exact=True)


def dock(page: Page, name: str) -> Locator:
    return page.get_by_role("toolbar", name="Dock").get_by_role("button", name=re.compile(name))


def box(found: Locator) -> FloatRect:
    """Where something is."""
    rect = found.bounding_box()
    assert rect is not None
    return rect


def is_front(page: Page, name: str) -> None:
    expect(window(page, name)).to_have_attribute("data-front", "true")
    expect(dock(page, name)).to_have_attribute("data-state", "front")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)


def bar_of(found: Locator) -> tuple[float, float]:
    rect = box(found)
    return rect["x"] + rect["width"] / 2, rect["y"] + 20


def test_windows_open_move_and_come_to_the_front(page: Page) -> None:
    chat, settings = window(page, "Chat"), window(page, "Settings")
    is_front(page, "Chat")
    dock(page, "Settings").click()
    is_front(page, "Settings")
    expect(page).to_have_url(re.compile("/settings$"))

    before = box(settings)
    x, y = bar_of(settings)
    drag(page, (x, y), (x + 120, y + 60))
    page.mouse.up()
    after = box(settings)
    assert (after["x"] - before["x"], after["width"]) == (120, before["width"])

    chat.click(position={"x": 20, "y": 300})
    is_front(page, "Chat")
    dock(page, "Chat").click()  # in front, it goes away
    expect(chat).to_be_hidden()
    is_front(page, "Settings")
    page.get_by_role("button", name="Close Settings").click()
    expect(settings).to_have_count(0)
    expect(page).to_have_url(re.compile(r":\d+/$"))


def test_edges_are_pulled_and_have_a_smallest_size(page: Page) -> None:
    chat = window(page, "Chat")
    before = box(chat)
    left, low = before["x"], before["y"] + before["height"]
    drag(page, (left, before["y"] + 200), (left + 100, before["y"] + 200))
    page.mouse.up()
    after = box(chat)
    assert (after["x"], after["width"]) == (left + 100, before["width"] - 100)
    right = after["x"] + after["width"]
    drag(page, (right - 1, low - 1), (after["x"] + 20, after["y"] + 20))
    page.mouse.up()
    assert (box(chat)["width"], box(chat)["height"]) == (360, 280)
    # Narrow itself, it folds its list, whatever the page's width is.
    expect(page.get_by_role("button", name="Conversations")).to_be_visible()


def test_a_window_snaps_at_the_edge_and_gets_its_size_back(page: Page) -> None:
    chat = window(page, "Chat")
    before = box(chat)
    drag(page, bar_of(chat), (3, 400))
    expect(page.locator("[class*=ghost]")).to_be_visible()
    page.mouse.up()
    expect(page.locator("[class*=ghost]")).to_have_count(0)
    half = box(chat)
    assert (half["x"], half["y"]) == (GAP, BAR + GAP)
    assert half["y"] + half["height"] == LOW
    drag(page, bar_of(chat), (700, 300))
    page.mouse.up()
    assert (box(chat)["width"], box(chat)["height"]) == (before["width"], before["height"])
    drag(page, bar_of(chat), (720, BAR + 2))
    page.mouse.up()
    assert box(chat)["width"] == WIDE[0] - 2 * GAP
    page.mouse.dblclick(*bar_of(chat))
    assert box(chat)["width"] == before["width"]


def test_escape_calls_a_drag_off(page: Page) -> None:
    chat = window(page, "Chat")
    before = box(chat)
    x, y = bar_of(chat)
    drag(page, (x, y), (x + 50, y + 50))
    page.keyboard.press("Escape")
    page.mouse.up()
    assert box(chat) == before


def test_the_keyboard_does_all_that_the_mouse_does(page: Page) -> None:
    keys, chat = page.keyboard, window(page, "Chat")
    keys.press("Alt+Shift+2")
    expect(page.get_by_role("dialog")).to_have_count(2)
    keys.press("Alt+Shift+1")
    is_front(page, "Chat")
    keys.press("Alt+Shift+ArrowLeft")
    assert box(chat)["x"] == GAP
    keys.press("Alt+Shift+ArrowUp")
    assert box(chat)["height"] < LOW / 2
    keys.press("Alt+Shift+ArrowRight")
    keys.press("Alt+Shift+ArrowUp")
    keys.press("Alt+Shift+ArrowDown")
    assert box(chat)["height"] > LOW / 2


def test_arrows_move_and_resize_from_the_menu_of_the_window(page: Page) -> None:
    keys, chat = page.keyboard, window(page, "Chat")
    before = box(chat)
    keys.press("Alt+Shift+Space")
    page.get_by_role("menuitem", name="Move").click()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowLeft"):
        keys.press(key)
    keys.press("Enter")
    assert box(chat)["x"] == before["x"] + 15
    keys.press("Alt+Shift+Space")
    page.get_by_role("menuitem", name="Resize").click()
    keys.press("ArrowLeft")
    assert box(chat)["width"] == before["width"] - 8
    keys.press("Escape")
    assert box(chat)["width"] == before["width"]


def test_windows_and_regions_are_gone_through_by_keys(page: Page) -> None:
    keys = page.keyboard
    dock(page, "Settings").click()
    keys.press("Control+Backquote")
    is_front(page, "Chat")
    expect(page.get_by_label("Message")).to_be_focused()
    keys.press("Control+Shift+Backquote")
    is_front(page, "Settings")
    keys.press("F6")
    expect(page.get_by_role("toolbar", name="Dock").locator(":focus")).to_have_count(1)
    keys.press("F6")
    expect(page.get_by_role("link", name="LivOS")).to_be_focused()
    keys.press("Shift+F6")
    expect(page.get_by_role("toolbar", name="Dock").locator(":focus")).to_have_count(1)
    keys.press("Home")
    expect(dock(page, "Chat")).to_be_focused()
    keys.press("Enter")
    is_front(page, "Chat")
    keys.press("Alt+Shift+X")
    expect(window(page, "Chat")).to_have_count(0)


def test_a_reload_leaves_everything_where_it_was(page: Page) -> None:
    dock(page, "Settings").click()
    page.get_by_role("tab", name="Appearance").click()
    page.keyboard.press("Alt+Shift+ArrowRight")
    page.keyboard.press("Control+Backquote")
    page.keyboard.press("Alt+Shift+ArrowLeft")
    before = [box(window(page, name)) for name in ("Chat", "Settings")]
    page.reload()
    is_front(page, "Chat")
    expect(page.get_by_role("tab", name="Appearance")).to_have_attribute("aria-selected", "true")
    assert [box(window(page, name)) for name in ("Chat", "Settings")] == before


def test_what_was_opened_on_a_narrow_page_is_whole_on_a_wide_one(
    open_page: Open, server: Server
) -> None:
    page = open_page(PHONE)
    log_in(page, server)
    chat = window(page, "Chat")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    expect(chat).to_be_visible()
    before = box(chat)
    assert (before["width"], before["height"]) == (1040, 720)
    page.set_viewport_size({"width": 800, "height": 600})
    page.wait_for_function("innerWidth === 800")
    expect(chat).to_have_css("width", "784px")
    assert box(chat)["y"] + box(chat)["height"] <= 600 - DOCK
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    expect(chat).to_have_css("width", "1040px")
    assert box(chat) == before


def test_an_address_opens_what_it_names_and_back_goes_back(open_page: Open, server: Server) -> None:
    page = open_page()
    log_in(page, server, "settings/keys")
    is_front(page, "Settings")
    expect(page.get_by_role("tab", name="API keys")).to_have_attribute("aria-selected", "true")
    dock(page, "Chat").click()
    is_front(page, "Chat")
    page.go_back()
    is_front(page, "Settings")


def test_an_address_at_which_nothing_is_leads_home(
    open_page: Open, server: Server, eyes: Eyes
) -> None:
    eyes.allowed = ("404",)
    page = open_page()
    log_in(page, server, "nowhere/at/all")
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
    assert violations(page) == []
    way = page.get_by_role("link", name="Go home")
    assert way.evaluate("each => getComputedStyle(each).borderRadius") == "8px", "it has a style"
    way.click()
    expect(dock(page, "Chat")).to_be_visible()
    page.goto(f"{server.url}/chat/01AAAAAAAAAAAAAAAAAAAAAAAA")
    expect(page.get_by_role("alert")).to_contain_text("This conversation is not here")
    page.get_by_role("button", name="Begin a new one").click()
    expect(page.get_by_label("Message")).to_be_visible()


def test_only_who_came_by_a_key_sees_a_ring_around_a_window(
    open_page: Open, server: Server
) -> None:
    page = open_page()
    log_in(page, server, "settings")
    expect(window(page, "Settings")).to_be_focused()
    ring = "each => getComputedStyle(each).outlineStyle"
    assert window(page, "Settings").evaluate(ring) == "none"
    page.keyboard.press("Shift")
    assert window(page, "Settings").evaluate(ring) == "solid"


def test_the_ring_is_gone_as_soon_as_somebody_goes_on_by_hand(page: Page) -> None:
    dock(page, "Settings").click()
    page.get_by_role("tab", name="Logins").click()
    ring = "each => getComputedStyle(each).outlineStyle"
    assert page.get_by_role("tab", name="Logins").evaluate(ring) == "none"
    page.keyboard.press("ArrowDown")
    tab = page.get_by_role("tab", name="API keys")
    assert tab.evaluate(ring) == "solid"
    page.evaluate("dispatchEvent(new PointerEvent('pointerdown'))")
    assert tab.evaluate(ring) == "none"


def test_the_search_finds_chats_apps_settings_and_asks(page: Page) -> None:
    ask(page, "what time is it for pelicans?")
    expect(page.get_by_text("Done,")).to_be_visible()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search everything")
    expect(field).to_be_focused()
    field.fill("pelic")
    found = page.get_by_role("option")
    expect(found.first).to_contain_text("pelicans")
    field.fill("appear")
    expect(found.first).to_contain_text("Appearance")
    page.keyboard.press("Enter")
    is_front(page, "Settings")
    page.keyboard.press("Alt+Shift+K")
    field.fill("docker re")
    tool = page.get_by_role("group", name="Tools").get_by_role("option", name="Docker restart")
    expect(tool.get_by_role("img")).to_have_accessible_name(re.compile("ORANGE|YELLOW"))
    tool.click()
    is_front(page, "Chat")
    expect(page.get_by_label("Message")).to_have_value("!docker_restart ")
    page.get_by_label("Message").fill("")
    page.keyboard.press("Alt+Shift+K")
    field.fill("what day is it?")
    page.keyboard.press("Control+Enter")
    is_front(page, "Chat")
    expect(page.get_by_role("article", name="You")).to_contain_text("what day is it?")
    expect(page.get_by_text("Done,")).to_be_visible()


def test_the_table_of_keys_is_shown_outside_of_fields_only(page: Page) -> None:
    message = page.get_by_label("Message")
    message.press("?")
    expect(message).to_have_value("?")
    message.fill("")
    page.get_by_role("link", name="LivOS").click()
    expect(window(page, "Chat")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Close the window")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)


def test_all_windows_share_one_line(open_page: Open, server: Server) -> None:
    page = open_page()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    log_in(page, server)
    for app in ("Settings", "System", "Chat"):
        dock(page, app).click()
    expect(window(page, "System")).to_be_visible()
    ask(page, "what time is it?")
    expect(page.get_by_text("Done,")).to_be_visible()
    assert len(sockets) == 1


def test_a_phone_has_one_app_at_a_time_and_the_same_dock(open_page: Open, server: Server) -> None:
    page = open_page(PHONE, has_touch=True, is_mobile=True)
    log_in(page, server)
    tabs = page.get_by_role("navigation", name="Dock")
    expect(tabs.get_by_role("button", name="Chat")).to_have_attribute("aria-current", "page")
    tabs.get_by_role("button", name="System").tap()
    expect(page.get_by_role("heading", name="System")).to_be_visible()
    expect(page.get_by_label("Message")).to_have_count(0)
    tabs.get_by_role("button", name="Home").tap()
    expect(page.get_by_role("navigation", name="Apps")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="System")).to_be_visible()
