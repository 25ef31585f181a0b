"""The System app: the machine as the system itself says it is."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.ui.conftest import Open, Server, log_in
from tests.web.ui.test_looks import violations


def test_the_machine_is_shown_and_goes_on(open_page: Open, server: Server) -> None:
    page = open_page()
    log_in(page, server, "system")
    expect(page.get_by_text(os.uname().nodename, exact=True)).to_be_visible()
    cpu = page.get_by_role("region", name="Processor")
    expect(cpu).to_contain_text(re.compile(r"\d+ %"))
    expect(cpu.locator("canvas")).to_be_visible()
    expect(page.get_by_role("region", name="Disks")).to_contain_text("free of")
    with page.expect_response("**/api/monitor"):
        pass  # asked for again by itself
    page.get_by_text("24 h", exact=True).click()  # a server may be up for as long
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
    for view in ("Services", "Containers", "Redis"):
        page.get_by_role("tab", name=view).click()
        expect(page.get_by_role("tabpanel", name=view)).not_to_be_empty()


def test_a_minimised_window_asks_for_nothing(open_page: Open, server: Server) -> None:
    page = open_page()
    page.clock.install()
    log_in(page, server, "system/processes")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    asked: list[str] = []
    page.get_by_role("button", name="Minimise System").click()
    expect(page.get_by_role("region", name="Storage")).to_contain_text("free of")
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/api/monitor"):
        page.clock.fast_forward("00:30")  # the home screen's own question comes less often
    assert not [url for url in asked if url.endswith("/processes")]


def test_the_home_screen_says_how_things_stand(open_page: Open, server: Server) -> None:
    page = open_page()
    log_in(page, server)
    page.get_by_role("link", name="LivOS").click()
    expect(page.get_by_role("region", name="Storage")).to_contain_text("free of")
    expect(page.get_by_role("region", name="Health")).to_contain_text("CPU")
    page.get_by_role("region", name="Health").get_by_role("link").click()
    expect(page.get_by_role("dialog", name="System")).to_be_visible()


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ({"cpu": 100.0}, "Busy: the processor is at 100 %"),
        ({"cpu": 3.0, "celsius": None, "memory": 0}, "All well"),
    ],
)
def test_what_is_said_of_the_machine_follows_its_figures(
    open_page: Open, server: Server, last: dict[str, Any], words: str
) -> None:
    page = open_page()

    def machine(route: Route) -> None:
        found = route.fetch().json()
        found["samples"][-1] |= {"celsius": None, "memory": 0} | last
        for disk in found["disks"]:
            disk["free"] = disk["total"]
        route.fulfill(json=found)

    page.route("**/api/monitor", machine)
    log_in(page, server, "system")
    expect(page.get_by_role("tabpanel", name="Overview").get_by_text(words)).to_be_visible()
    page.get_by_role("link", name="LivOS").click()
    health = page.get_by_role("region", name="Health")
    expect(health).to_contain_text(f"CPU {last['cpu']:.0f} %")
    expect(health).to_contain_text(re.compile(re.sub(": ", r":\\s*", words)))


def test_both_redis_are_shown(open_page: Open, server: Server) -> None:
    page = open_page()
    log_in(page, server, "system/redis")
    durable = page.get_by_role("region", name="Redis, durable")
    expect(durable).to_contain_text("every command")
    expect(durable).to_contain_text("refuses, forgets nothing")
    expect(page.get_by_role("region", name="Redis, live")).to_contain_text("nothing, on purpose")


def test_what_is_done_to_a_container_asks_first_and_says_what_came_of_it(
    open_page: Open, server: Server
) -> None:
    """Docker need not run here: another tool of the same tier takes the place of `docker_stop`."""
    page = open_page()
    _with_a_container(page)
    log_in(page, server, "system/containers")
    row = page.get_by_role("listitem").filter(has_text="web")
    row.get_by_role("button", name="Stop web").click()
    expect(row.get_by_text("Asked, waiting for you")).to_be_visible()
    expect(row.get_by_role("button", name="Stop web")).to_have_count(0)
    expect(row.get_by_label("What would run")).to_contain_text("echo it is stopped")
    assert violations(page) == []
    row.get_by_role("button", name=re.compile("^(Approve|Allow)")).click()
    expect(page.get_by_text(re.compile("ended well")).first).to_be_visible()
    expect(row.get_by_role("button", name="Stop web")).to_be_visible()


def test_what_cannot_be_done_says_why(open_page: Open, server: Server) -> None:
    page = open_page()
    _with_a_container(page, "docker_start")
    log_in(page, server, "system/containers")
    page.get_by_role("button", name="Restart web").click()
    expect(page.get_by_text("It failed", exact=True)).to_be_visible()
    expect(page.get_by_text("Docker is not running on this machine").first).to_be_visible()


def _with_a_container(page: Page, tool: str = "shell_run") -> None:
    """Show one container, and let another tool do what is asked to be done to it."""
    one = {
        "id": "c0ffee", "name": "web", "image": "nginx:1", "state": "running",
        "status": "Up 3 days", "ports": [], "at": 0,
    }  # fmt: skip
    given = {"shell_run": {"command": "echo it is stopped"}, "docker_start": {"container": "web"}}
    asked = {"tool": tool, "arguments": given[tool], "wait": 20}

    def approvals(route: Route) -> None:
        found = route.fetch().json()
        for each in found["approvals"]:
            each["targets"] = ["container:web"]
        route.fulfill(json=found)

    listed = {"containers": [one], "missing": ""}
    page.route("**/api/monitor/containers", lambda route: route.fulfill(json=listed))
    page.route("**/api/tools/execute", lambda route: route.continue_(post_data=json.dumps(asked)))
    if tool == "shell_run":
        page.route("**/api/approvals", approvals)
