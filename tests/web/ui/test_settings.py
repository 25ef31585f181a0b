"""The panes of the server are for everybody: axe, at both sizes and in both themes."""

from __future__ import annotations

import pytest

from tests.web.ui.conftest import PHONE, WIDE, Open, Server, log_in
from tests.web.ui.test_looks import alone, to_pane, violations


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_they_are_for_everybody(
    open_page: Open, server: Server, colours: str, size: tuple[int, int]
) -> None:
    page = open_page(size, color_scheme=colours, has_touch=size == PHONE, is_mobile=size == PHONE)
    log_in(page, server.url)
    page.goto(f"{server.url}/settings/models")
    page.get_by_role("heading", name="Spending").wait_for()
    alone(page)
    assert violations(page) == [], "models"
    page.get_by_role("button", name="Sonnet").click()
    page.get_by_label("Add a model").wait_for()
    assert violations(page) == [], "a tier"
    page.keyboard.press("Escape")
    for pane, heading in (("Tool policy", "Never touched"), ("People", "Known on messengers")):
        to_pane(page, pane)
        page.get_by_role("heading", name=heading).wait_for()
        assert violations(page) == [], pane
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "sideways"
