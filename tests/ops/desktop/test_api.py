"""The desktop at the web door: whose it is, who may change it, and what it does not take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from schemas.notices import Notice
from tests.ops.users.home import NAME, Browser, Home, running
from tests.ops.users.test_programs import key_of
from tests.stand import Stand
from tests.web.house import BOB, POOR, House
from tests.web.test_sockets import ask, hear, socket

BOX = {"x": 10, "y": 20.5, "w": 800, "h": 600}
ROOM = {"w": 1440, "h": 774}
CHAT = {
    "app": "chat",
    "path": "/chat/abc#turn-1",
    "box": BOX,
    "room": ROOM,
    "mode": "free",
    "hidden": False,
}
DESK = {"windows": [CHAT], "last": {"system": {"box": BOX, "room": ROOM, "mode": "left"}}}


@pytest.fixture
async def door(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A web door with browsers."""
    async with running(stand, tmp_path) as found:
        yield found


async def put(browser: Browser, **layout: Any) -> Any:
    said = await browser.ask("PUT", "/api/desktop", json=layout)
    assert said.status_code == 200, said.text
    return said.json()


# Notices ----------------------------------------------------------------------------------------


async def test_a_login_with_a_new_browser_is_told_and_seen_everywhere(door: Home) -> None:
    first = await door.owner()
    assert (await first.get("/api/notices")).json()["notices"] == []
    second = door.browser()
    assert await second.sign_in() == ""
    (one,) = (await first.get("/api/notices")).json()["notices"]
    assert (one["source"], one["path"], one["seen_at"]) == ("logins", "/settings/logins", None)
    assert "127.0.0.1" in one["says"]
    said = await second.post("/api/notices/seen", ids=[one["id"]])
    assert said.status_code == 204
    page = (await first.get("/api/notices")).json()
    assert (page["unseen"], page["notices"][0]["seen_by"]) == (0, NAME)
    assert await second.sign_in() == ""  # the same browser again is no news
    assert len((await first.get("/api/notices")).json()["notices"]) == 1


async def test_who_is_nobody_or_elsewhere_changes_nothing(door: Home) -> None:
    owner = await door.owner()
    key = (await key_of(owner, "read", "admin"))["key"]
    ids = [await door.modules.desktop.notices.publish(_notice())]
    for path, body in (("/api/notices/seen", {"ids": ids}), ("/api/desktop", {"theme": "dark"})):
        method = "POST" if path.endswith("seen") else "PUT"
        nobody = await door.browser().ask(method, path, json=body)
        assert nobody.status_code == 401, path
        foreign = await owner.ask(
            method, path, json=body, headers={"Origin": "https://evil.example"}
        )
        assert foreign.status_code == 403, path
        unsaid = await owner.ask(method, path, json=body, headers={"X-CSRF-Token": "x"})
        assert unsaid.status_code == 403, path
        program = await door.browser(**{"X-API-Key": key}).ask(method, path, json=body)
        assert program.status_code == 403, path
    assert (await owner.get("/api/notices")).json()["unseen"] == 1
    assert (await owner.get("/api/desktop")).json()["version"] == 0


async def test_a_key_needs_the_right_and_sees_only_its_persons(home: House) -> None:
    await home.modules.desktop.notices.publish(_notice())
    assert (await home.client(POOR).get("/api/notices")).status_code == 403
    assert (await home.client(BOB).get("/api/notices")).json()["notices"] == []
    assert len((await home.client().get("/api/notices")).json()["notices"]) == 1


@pytest.mark.parametrize("before", ["x", "1", "-", "1-", "²-x", "9" * 40 + "-x"])
async def test_a_place_that_is_none_is_refused(home: House, before: str) -> None:
    said = await home.client().get("/api/notices", params={"before": before})
    assert said.status_code == 422


async def test_the_socket_tells_what_is_new_and_only_to_whom_it_is_for(home: House) -> None:
    notices = home.modules.desktop.notices
    async with socket(home) as mine, socket(home, BOB) as his:
        await ask(mine, "notices")
        await ask(his, "notices")
        await hear(mine, "notices", unseen=0)
        await hear(his, "notices", unseen=0)
        await notices.publish(_notice())
        told = await hear(mine, "notices", unseen=1)
        assert [one["title"] for one in told["data"]["fresh"]] == ["The cellar is wet"]
        await notices.publish(_notice(person="bob"))
        assert (await hear(his, "notices"))["data"]["unseen"] == 1


def _notice(**more: str) -> Notice:
    fields = {"source": "cellar", "level": "problem", "title": "The cellar is wet", **more}
    return Notice.model_validate(fields)


# The layout -------------------------------------------------------------------------------------


async def test_a_layout_is_found_again_in_another_browser(door: Home) -> None:
    first = await door.owner()
    empty = (await first.get("/api/desktop")).json()
    assert (empty["version"], empty["desk"]) == (0, None)
    kept = await put(first, desk=DESK, theme="dark", wallpaper="plain")
    assert kept["version"] == 1
    second = door.browser()
    await second.sign_in()
    assert (await second.get("/api/desktop")).json() == kept
    assert kept["desk"] == DESK


async def test_what_a_phone_leaves_out_stays_and_the_last_who_writes_wins(door: Home) -> None:
    browser = await door.owner()
    await put(browser, desk=DESK, theme="dark")
    phone = await put(browser, theme="light")
    assert (phone["version"], phone["desk"], phone["theme"]) == (2, DESK, "light")
    last = await put(browser, desk={"windows": [], "last": {}})
    assert (last["version"], last["desk"]["windows"], last["theme"]) == (3, [], "light")


async def test_how_far_the_setup_came_is_kept_with_it(door: Home) -> None:
    browser = await door.owner()
    assert (await browser.get("/api/desktop")).json()["setup"] is None
    await put(browser, setup="channel")
    assert (await put(browser, theme="dark"))["setup"] == "channel"
    assert (await put(browser, setup="done"))["setup"] == "done"


async def test_the_setup_is_over_with_the_first_answer(
    door: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, whose = await door.owner(), set[str]()

    async def answered(person: str) -> bool:
        return person in whose

    monkeypatch.setattr(door.modules.desktop, "_answered", answered)
    await put(browser, setup="channel")
    assert (await browser.get("/api/desktop")).json()["setup"] == "channel"
    whose.add("owner")
    assert (await browser.get("/api/desktop")).json()["setup"] == "done"


@pytest.mark.parametrize(
    "layout",
    [
        {"theme": "pink"},
        {"setup": "never"},
        {"wallpaper": "https://evil.example/x.svg"},
        {"more": 1},
        {"desk": {"windows": [{**CHAT, "path": "/system"}], "last": {}}},
        {"desk": {"windows": [{**CHAT, "path": "//evil.example"}], "last": {}}},
        {"desk": {"windows": [{**CHAT, "path": "/chatter"}], "last": {}}},
        {"desk": {"windows": [{**CHAT, "box": {**BOX, "w": 1e9}}], "last": {}}},
        {"desk": {"windows": [{**CHAT, "box": {**BOX, "w": "wide"}}], "last": {}}},
        {"desk": {"windows": [{**CHAT, "room": {"w": 1440}}], "last": {}}},
        {"desk": {"windows": [CHAT] * 33, "last": {}}},
        {"desk": {"windows": [], "last": {"../x": {"box": BOX, "mode": "free"}}}},
    ],
)
async def test_a_layout_that_does_not_fit_is_refused_and_the_last_one_stays(
    door: Home, layout: dict[str, Any]
) -> None:
    browser = await door.owner()
    await put(browser, desk=DESK)
    said = await browser.ask("PUT", "/api/desktop", json=layout)
    assert said.status_code == 422, said.text
    assert (await browser.get("/api/desktop")).json()["desk"] == DESK


async def test_a_layout_has_a_largest_size(door: Home) -> None:
    browser = await door.owner()
    said = await browser.ask("PUT", "/api/desktop", json={"theme": "x" * (33 << 10)})
    assert said.status_code == 413
