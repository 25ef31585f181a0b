"""Deciding in a browser: with its own card, a second factor for what is RED, and never by a key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.keyring import gateway
from streams.sign import Gateway
from tests.ops.users.home import Browser, Home, running
from tests.ops.users.test_programs import key_of
from tests.ops.users.test_second import code_of, with_app
from tests.processors.asking import House
from tests.stand import GATEWAY, Stand

PATH = "/api/approvals"


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A web door."""
    async with running(stand, tmp_path) as found:
        yield found


@pytest.fixture
async def house(stand: Stand, home: Home) -> AsyncIterator[House]:
    """The pipeline behind it."""
    web: Gateway = gateway(home.settings, "web")
    found = House(stand, (GATEWAY, web))
    async with found.running():
        yield found


async def waiting(browser: Browser) -> list[dict[str, Any]]:
    said = await browser.get(PATH)
    assert said.status_code == 200, said.text
    found: list[dict[str, Any]] = said.json()["approvals"]
    return found


async def decide(browser: Browser, card: dict[str, Any], **more: Any) -> httpx.Response:
    body = {"verdict": "approved", "token": card["token"], **more}
    return await browser.post(f"{PATH}/{card['id']}", **body)


async def test_what_waits_is_shown_and_decided(home: Home, house: House) -> None:
    browser = await home.owner()
    assert await waiting(browser) == []
    turn = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    (card,) = await waiting(browser)
    assert (card["id"], card["tier"], card["targets"]) == (request.id, "ORANGE", ["disk:a"])
    said = await decide(browser, card)
    assert said.status_code == 200, said.text
    found = said.json()
    assert (found["state"], found["by"], found["channel"]) == ("approved", "owner", "web")
    await house.answer(turn)
    assert house.world.done == ["clean a"]
    assert await waiting(browser) == []
    again = await decide(browser, card, verdict="denied")
    assert again.status_code == 409
    assert again.json()["detail"] == "This is approved already by owner."


async def test_a_no_is_a_no(home: Home, house: House) -> None:
    browser = await home.owner()
    turn = await house.ask("do disk_wipe=a")
    await house.pending()
    (card,) = await waiting(browser)
    said = await decide(browser, card, verdict="denied")
    assert said.json()["state"] == "denied"
    await house.answer(turn)
    assert house.world.done == []


async def test_red_takes_a_fresh_code_of_the_app(home: Home, house: House) -> None:
    browser, secret, _ = await with_app(home)
    turn = await house.ask("do disk_wipe=a")
    await house.pending()
    (card,) = await waiting(browser)
    bare = await decide(browser, card)
    assert (bare.status_code, bare.json()["code"]) == (403, "step_up")
    wrong = await decide(browser, card, totp="000000")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_totp")
    own = await decide(browser, card, code=card["code"])
    assert (own.status_code, own.json()["code"]) == (403, "wrong_code")
    assert len(await house.pending()) == 1
    code = code_of(secret)
    assert (await decide(browser, card, totp=code)).status_code == 200
    await house.answer(turn)
    assert house.world.done == ["wipe a"]
    await house.ask("do disk_wipe=b")
    await house.pending()
    (card,) = await waiting(browser)
    used = await decide(browser, card, totp=code)
    assert used.json()["code"] == "wrong_totp", "a code counts once"


async def test_without_an_app_the_code_of_another_place_does(home: Home, house: House) -> None:
    browser = await home.owner()
    await house.ask("do disk_wipe=a")
    (request,) = await house.pending()
    (card,) = await waiting(browser)
    none = await decide(browser, card, totp="123456")
    assert "Set up an authenticator app" in none.json()["detail"]
    _, code = await house.card(request, "terminal")
    assert (await decide(browser, card, code=code.lower())).status_code == 200


async def test_only_a_card_of_this_door_counts(home: Home, house: House) -> None:
    browser = await home.owner()
    await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    (card,) = await waiting(browser)
    token, _ = await house.card(request, "terminal")
    said = await decide(browser, {**card, "token": token})
    assert (said.status_code, said.json()["code"]) == (403, "wrong_code")
    for _ in range(2):
        said = await decide(browser, {**card, "token": "guessed"})
    assert said.status_code == 409
    assert said.json()["detail"] == "This is void already."


async def test_a_program_s_key_decides_nothing(home: Home, house: House) -> None:
    browser = await home.owner()
    key = await key_of(browser, "chat", "read", "tools", "admin")
    program = home.browser(**{"X-API-Key": key["key"]})
    await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    (card,) = await waiting(browser)
    assert (await program.get(PATH)).status_code in {401, 403}
    assert (await decide(program, card)).status_code in {401, 403}
    assert [one.id for one in await house.pending()] == [request.id]


async def test_two_windows_at_once_make_one_decision(home: Home, house: House) -> None:
    browser = await home.owner()
    turn = await house.ask("do disk_clean=a")
    await house.pending()
    (card,) = await waiting(browser)
    said = await asyncio.gather(
        *(decide(browser, card, verdict=one) for one in ("approved", "denied") * 3)
    )
    states = {one.json()["state"] for one in said if one.status_code == 200}
    assert len(states) == 1
    assert {one.status_code for one in said} == {200, 409}
    await house.answer(turn)
    assert len(house.world.done) == (1 if states == {"approved"} else 0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"verdict": "approved"}, 422),
        ({"verdict": "always", "token": "t"}, 422),
        ({"verdict": "approved", "token": "t", "confirmed": True}, 422),
        ({"verdict": "approved", "token": ""}, 422),
        ({"verdict": "approved", "token": "x" * 65}, 422),
    ],
)
async def test_bad_forms_are_refused(
    home: Home, house: House, body: dict[str, Any], status: int
) -> None:
    browser = await home.owner()
    await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    assert (await browser.post(f"{PATH}/{request.id}", **body)).status_code == status
    assert (await browser.post(f"{PATH}/nowhere", verdict="denied", token="t")).status_code == 404
    assert len(await house.pending()) == 1


async def test_a_lasting_yes_takes_a_code_and_is_taken_back(home: Home, house: House) -> None:
    browser, secret, _ = await with_app(home)
    turn = await house.ask("do disk_clean=a")
    await house.pending()
    (card,) = await waiting(browser)
    assert card["lasting"]
    bare = await decide(browser, card, always=True)
    assert (bare.status_code, bare.json()["code"]) == (403, "step_up")
    said = await decide(browser, card, always=True, totp=code_of(secret))
    assert said.status_code == 200, said.text
    await house.answer(turn)
    (grant,) = (await browser.get("/api/grants")).json()["grants"]
    assert (grant["id"], grant["command"]) == (said.json()["grant"], 'disk_clean disk="a"')
    turn = await house.ask("do disk_clean=a")
    await house.answer(turn)
    assert house.world.done == ["clean a", "clean a"]
    key = await key_of(browser, "chat", "read", "tools", "admin")
    program = home.browser(**{"X-API-Key": key["key"]})
    assert (await program.get("/api/grants")).status_code in {401, 403}
    assert (await program.delete(f"/api/grants/{grant['id']}")).status_code in {401, 403}
    assert (await browser.delete(f"/api/grants/{grant['id']}")).status_code == 204
    assert (await browser.delete(f"/api/grants/{grant['id']}")).status_code == 404
    assert (await browser.get("/api/grants")).json()["grants"] == []
    await house.ask("do disk_clean=a")
    assert len(await house.pending()) == 1


async def test_what_is_red_is_not_allowed_for_longer(home: Home, house: House) -> None:
    browser, secret, _ = await with_app(home)
    await house.ask("do disk_wipe=a")
    await house.pending()
    (card,) = await waiting(browser)
    assert not card["lasting"]
    said = await decide(browser, card, always=True, totp=code_of(secret))
    assert (said.status_code, said.json()["code"]) == (403, "once")
    assert len(await house.pending()) == 1


async def test_what_is_over_is_read_from_what_is_written(home: Home) -> None:
    browser = await home.owner()
    said = await browser.get(f"{PATH}/decided")
    # There is no journal yet, and that is said rather than: nothing was decided.
    assert (said.status_code, said.json()["code"]) == (503, "journal_away")
    for wrong in ("x", "-1", "", "9" * 20, "²"):
        assert (await browser.get(f"{PATH}/decided?before={wrong}")).status_code == 422, wrong
    key = await key_of(browser, "chat", "read", "tools", "admin")
    program = home.browser(**{"X-API-Key": key["key"]})
    assert (await program.get(f"{PATH}/decided")).status_code == 403
    assert (await home.browser().get(f"{PATH}/decided")).status_code == 401
