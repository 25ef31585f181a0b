"""Becoming the owner, signing in, staying signed in, signing out."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ops import codes, ownership
from ops.users.passwords import Hasher
from tests.ops.users.home import NAME, PASSWORD, Browser, Home, running
from tests.ops.users.test_second import code_of
from tests.stand import Stand

NEW = "another horse 8"


async def setup(browser: Browser, code: str, **more: str) -> int:
    body = {"code": code, "name": NAME, "password": PASSWORD, **more}
    return (await browser.post("/api/setup", **body)).status_code


async def test_the_first_one_with_the_code_becomes_the_owner(home: Home) -> None:
    browser = home.browser()
    assert (await browser.get("/api/setup")).json() == {"needed": True}
    code = ownership.begin(home.settings.root)
    assert await setup(browser, codes.new_code()) == 403
    assert await setup(browser, code, password="too short") == 422
    assert await setup(browser, code.lower().replace("-", " ")) == 201
    me = (await browser.get("/api/auth/me")).json()
    assert (me["id"], me["name"], me["role"], me["totp"]) == ("owner", NAME, "owner", False)
    assert (await browser.get("/api/setup")).json() == {"needed": False}


async def test_setup_works_once(home: Home) -> None:
    await home.owner()
    assert await setup(home.browser(), ownership.begin(home.settings.root), name="Eve") == 409
    assert await home.browser().sign_in() == ""


async def test_two_at_once_do_not_both_become_the_owner(home: Home) -> None:
    code = ownership.begin(home.settings.root)
    tries = [setup(home.browser(), code, name=f"Ada {n}") for n in range(3)]
    assert sorted(await asyncio.gather(*tries))[0] == 201
    assert sorted(await asyncio.gather(*[setup(home.browser(), code)])) == [409]


async def test_a_newer_code_makes_the_older_one_worthless(home: Home) -> None:
    first, second = ownership.begin(home.settings.root), ownership.begin(home.settings.root)
    assert await setup(home.browser(), first) == 403
    assert await setup(home.browser(), second) == 201


async def test_signing_in_and_out(home: Home) -> None:
    await home.owner()
    browser = home.browser()
    assert await browser.sign_in("  ada".strip().upper()) == ""
    stolen = browser.cookie("nexus")
    assert await browser.signed_in()
    assert (await browser.post("/api/auth/logout")).status_code == 204
    assert not await browser.signed_in()
    thief = home.browser()
    thief.http.cookies.set("nexus", stolen)
    said = await thief.get("/api/auth/me")
    assert (said.status_code, said.json()["code"]) == (401, "unauthorized")


async def test_nobody_is_told_whether_a_name_exists(home: Home) -> None:
    await home.owner()
    for name, password in ((NAME, "wrong horse 77"), ("Nobody", PASSWORD)):
        said = await home.browser().post("/api/auth/login", name=name, password=password)
        assert (said.status_code, said.json()["code"]) == (401, "wrong_login")
        assert said.json()["detail"] == "Name and password do not fit."


async def test_a_refresh_goes_on_and_an_old_token_ends_the_login(home: Home) -> None:
    browser = await home.owner()
    first = browser.cookie("nexus-refresh", "/api/auth")
    assert (await browser.post("/api/auth/refresh")).status_code == 200
    second = browser.cookie("nexus-refresh", "/api/auth")
    assert second != first
    # Two tabs ask at once: within seconds the one before gets the same answer.
    twin = home.browser()
    twin.http.cookies.set("nexus-refresh", first, path="/api/auth")
    assert (await twin.post("/api/auth/refresh")).status_code == 200
    assert twin.http.cookies.get("nexus-refresh", domain="127.0.0.1", path="/api/auth") == second
    assert (await browser.post("/api/auth/refresh")).status_code == 200
    # Now it is older than that: somebody has it who should not.
    thief = home.browser()
    thief.http.cookies.set("nexus-refresh", first, path="/api/auth")
    assert (await thief.post("/api/auth/refresh")).status_code == 401
    assert not await browser.signed_in()
    assert (await browser.post("/api/auth/refresh")).status_code == 401


async def test_the_token_before_counts_for_seconds_only(home: Home) -> None:
    browser = await home.owner()
    first = browser.cookie("nexus-refresh", "/api/auth")
    assert (await browser.post("/api/auth/refresh")).status_code == 200
    with closing(sqlite3.connect(home.settings.root / "home.db")) as db:
        db.execute("UPDATE users_logins SET rotated_at = rotated_at - 11000")
        db.commit()
    thief = home.browser()
    thief.http.cookies.set("nexus-refresh", first, path="/api/auth")
    assert (await thief.post("/api/auth/refresh")).status_code == 401
    assert not await browser.signed_in()


async def test_a_new_password_ends_all_other_logins(home: Home) -> None:
    browser, other = await home.owner(), home.browser()
    assert await other.sign_in() == ""
    assert (await browser.post("/api/auth/password", old="wrong", new=NEW)).status_code == 403
    assert (await browser.post("/api/auth/password", old=PASSWORD, new="short")).status_code == 422
    assert (await browser.post("/api/auth/password", old=PASSWORD, new=NEW)).status_code == 204
    assert await browser.signed_in()
    assert not await other.signed_in()
    assert await other.sign_in() == "wrong_login"
    assert await other.sign_in(password=NEW) == ""


@pytest.mark.parametrize("change", ["password", "app"])
async def test_who_is_signing_in_meanwhile_does_not_get_in(
    home: Home, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """What they showed was right, and it took a while to see that: now it is old."""
    browser, other = await home.owner(), home.browser()
    verify, seen, door = Hasher.verify, asyncio.Event(), asyncio.Event()

    async def slowly(hasher: Hasher, password: str, kept: str | None) -> tuple[bool, str | None]:
        found = await verify(hasher, password, kept)
        if not seen.is_set():
            seen.set()
            await door.wait()
        return found

    monkeypatch.setattr(Hasher, "verify", slowly)
    signing = asyncio.create_task(other.sign_in())
    await seen.wait()
    if change == "password":
        said = await browser.post("/api/auth/password", old=PASSWORD, new=NEW)
        assert said.status_code == 204
    else:
        secret = (await browser.post("/api/auth/totp", password=PASSWORD)).json()["secret"]
        said = await browser.post("/api/auth/totp/confirm", code=code_of(secret))
        assert said.status_code == 200
    door.set()
    assert await signing == "wrong_login"
    assert not await other.signed_in()
    assert await browser.signed_in()


async def test_one_sees_where_one_is_signed_in_and_can_end_it(home: Home) -> None:
    browser, phone = await home.owner(), home.browser(**{"User-Agent": "phone"})
    assert await phone.sign_in() == ""
    logins = (await browser.get("/api/auth/logins")).json()["logins"]
    assert [(one["device"], one["current"]) for one in logins if not one["current"]] == [
        ("phone", False)
    ]
    assert len(logins) == 2
    (theirs,) = [one["id"] for one in logins if not one["current"]]
    assert (await browser.delete(f"/api/auth/logins/{theirs}")).status_code == 204
    assert not await phone.signed_in()
    assert await browser.signed_in()
    assert (await browser.delete(f"/api/auth/logins/{theirs}")).status_code == 404


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("9 letters", "at least 10"),
        ("Ada  ADA ada", "little more than the name"),
        ("aaaaaaaabbbbbbb", "different characters"),
    ],
)
async def test_a_weak_password_is_not_taken(home: Home, password: str, why: str) -> None:
    body = {
        "code": ownership.begin(home.settings.root),
        "name": "ada ada ada",
        "password": password,
    }
    said = await home.browser().post("/api/setup", **body)
    assert said.status_code == 422
    assert why in said.json()["detail"]
    assert password not in said.text


async def test_an_old_link_of_the_setup_leads_to_the_login(home: Home) -> None:
    said = "This server is set up already"
    assert said not in (await home.browser().get("/setup")).text
    owner = await home.owner()
    found = await home.browser().get("/setup")
    assert found.status_code == 200
    assert said in found.text
    assert 'href="/login"' in found.text
    assert found.headers["cache-control"] == "no-store"
    assert said not in (await owner.get("/setup")).text, "the setup's further pages are for them"


async def test_by_https_the_cookies_are_for_https_and_this_host_alone(
    stand: Stand, tmp_path: Path
) -> None:
    async with running(stand, tmp_path, url="https://home.example") as home:
        proxy = home.browser(Host="home.example", Origin="https://home.example")
        code = ownership.begin(home.settings.root)
        said = await proxy.post("/api/setup", code=code, name=NAME, password=PASSWORD)
        assert said.status_code == 201, said.text
        cookies = {one.split("=")[0]: one.lower() for one in said.headers.get_list("set-cookie")}
        names = ("__Host-nexus", "nexus-csrf", "__Secure-nexus-refresh", "__Secure-nexus-device")
        assert tuple(cookies) == names
        for name, cookie in cookies.items():
            assert "; secure" in cookie
            assert "; samesite=strict" in cookie
            assert ("; httponly" in cookie) == (name != "nexus-csrf")
            assert "domain=" not in cookie
        assert "; path=/;" in cookies["__Host-nexus"] + ";"
        token = said.headers.get_list("set-cookie")[0].partition(";")[0].partition("=")[2]
        for name, status in (("__Host-nexus", 200), ("nexus", 401)):
            asked = await proxy.ask("GET", "/api/auth/me", headers={"Cookie": f"{name}={token}"})
            assert asked.status_code == status


async def test_a_login_outlives_a_restart(stand: Stand, tmp_path: Path) -> None:
    async with running(stand, tmp_path) as home:
        browser = await home.owner()
        tokens = [browser.cookie("nexus"), browser.cookie("nexus-refresh", "/api/auth")]
    async with running(stand, tmp_path) as home:
        browser = home.browser()
        browser.http.cookies.set("nexus", tokens[0])
        browser.http.cookies.set("nexus-refresh", tokens[1], path="/api/auth")
        assert await browser.signed_in()
        assert (await browser.post("/api/auth/refresh")).status_code == 200


async def test_what_comes_without_an_origin_refreshes_nothing(home: Home) -> None:
    browser = await home.owner()
    del browser.http.headers["Origin"]
    assert (await browser.post("/api/auth/refresh")).status_code == 403
    assert (await browser.post("/api/auth/logout")).status_code == 403
    browser.http.headers["Origin"] = "https://evil.example"
    for path in ("/api/auth/refresh", "/api/auth/logout", "/api/auth/login", "/api/setup"):
        assert (await browser.post(path)).status_code == 403
