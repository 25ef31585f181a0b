"""People whom the owner lets in, and out again."""

from __future__ import annotations

import pytest

from ops.users import programs
from tests.ops.users.home import NAME, PASSWORD, Home

BOB = "another horse 9"


async def test_somebody_is_let_in_and_out_again(home: Home) -> None:
    owner = await home.owner()
    said = await owner.post("/api/people", name="Bob", password=BOB)
    assert said.status_code == 201, said.text
    bob = home.browser()
    assert await bob.sign_in("bob", BOB) == ""
    found = (await owner.get("/api/people")).json()["people"]
    assert [(one["name"], one["role"], one["logins"]) for one in found] == [
        (NAME, "owner", 1), ("Bob", "member", 1),
    ]  # fmt: skip
    of = f"/api/people/{found[1]['id']}"
    assert (await owner.post(f"{of}/password", password="fresh horse 11")).status_code == 204
    assert not await bob.signed_in()
    assert await bob.sign_in("bob", "fresh horse 11") == ""
    assert (await owner.delete(of)).status_code == 204
    assert not await bob.signed_in()
    assert await bob.sign_in("bob", "fresh horse 11") == "wrong_login"
    assert (await owner.delete(of)).status_code == 404


async def test_what_does_not_fit_is_refused(home: Home) -> None:
    owner = await home.owner()
    assert (await owner.post("/api/people", name="Bob", password="short")).status_code == 422
    assert (await owner.post("/api/people", name=NAME, password=BOB)).status_code == 409
    assert (await owner.delete("/api/people/owner")).status_code == 409
    assert (await owner.post("/api/people/owner/password", password=BOB)).status_code == 409


async def test_members_neither_see_nor_change_people(home: Home) -> None:
    owner = await home.owner()
    await owner.post("/api/people", name="Bob", password=BOB)
    bob = home.browser()
    await bob.sign_in("Bob", BOB)
    for path in ("/api/people", "/api/panel/settings", "/api/panel/models"):
        assert (await bob.get(path)).status_code == 403, path
    assert (await bob.post("/api/people", name="Eve", password=BOB)).status_code == 403
    said = await bob.ask("PATCH", "/api/panel/settings", json={"changes": {"models.flash": "x"}})
    assert said.status_code == 403


async def test_a_guessed_token_ends_nothing_and_a_stolen_one_does(home: Home) -> None:
    owner = await home.owner()
    first = owner.cookie("nexus-refresh", "/api/auth")
    login = first.partition(".")[0]
    stranger = home.browser()
    for guess in (f"{login}.guess", f"{login}.a.b.c", login, f"{login}.", first[:-1] + "x"):
        stranger.http.cookies.set("nexus-refresh", guess, path="/api/auth")
        assert (await stranger.post("/api/auth/refresh")).status_code == 401
        stranger.http.cookies.clear()
        assert await owner.signed_in()
    for _ in range(2):
        assert (await owner.post("/api/auth/refresh")).status_code == 200
    stranger.http.cookies.set("nexus-refresh", first, path="/api/auth")
    assert (await stranger.post("/api/auth/refresh")).status_code == 401
    assert not await owner.signed_in()


async def test_keys_are_not_without_end(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST", 2)
    owner = await home.owner()
    made = [await owner.post("/api/keys", name="k", scopes=["chat"]) for _ in range(3)]
    assert [one.status_code for one in made] == [201, 201, 409]
    assert PASSWORD not in made[2].text
