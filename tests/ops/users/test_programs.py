"""Keys of programs: what they may, and when they end."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress

import pytest

from ops.users import proof
from schemas.base import now_ms
from tests.ops.users.home import PASSWORD, Browser, Home


async def key_of(browser: Browser, *scopes: str, **more: object) -> dict[str, str]:
    said = await browser.post("/api/keys", name="doorbell", scopes=scopes, **more)
    assert said.status_code == 201, said.text
    found: dict[str, str] = said.json()
    return found


async def test_a_key_may_what_it_says_and_no_more(home: Home) -> None:
    key = (await key_of(await home.owner(), "read"))["key"]
    program = home.browser()
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        assert (await program.ask("GET", "/metrics", headers=headers)).status_code == 200
        said = await program.ask("POST", "/test/tools", headers=headers)
        assert (said.status_code, said.json()["code"]) == (403, "forbidden")
        # What is a person's own needs the person.
        for path in ("/api/keys", "/api/auth/logins", "/api/auth/me"):
            assert (await program.ask("GET", path, headers=headers)).status_code == 403


async def test_making_one_takes_a_proof_that_is_fresh(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key outlives the login that made it: whoever finds an open browser gets none."""
    browser = await home.owner()
    form = {"name": "doorbell", "scopes": ["read"]}
    monkeypatch.setattr(proof, "SECONDS", -1)
    await browser.post("/api/auth/proof", proof=PASSWORD)  # it has run out by now
    said = await browser.post("/api/keys", **form)
    assert (said.status_code, said.json()["code"]) == (403, "proof_needed")
    assert (await browser.get("/api/keys")).json() == {"keys": []}
    monkeypatch.undo()
    assert (await browser.post("/api/auth/proof", proof="wrong horse 8")).status_code == 403
    assert (await browser.post("/api/keys", **form)).status_code == 403
    assert (await browser.post("/api/auth/proof", proof=PASSWORD)).status_code == 204
    made = await browser.post("/api/keys", **form)
    assert made.status_code == 201
    # What takes rights away needs none.
    monkeypatch.setattr(proof, "SECONDS", -1)
    await browser.post("/api/auth/proof", proof=PASSWORD)
    assert (await browser.delete(f"/api/keys/{made.json()['id']}")).status_code == 204


async def test_a_key_in_an_address_is_nothing(home: Home) -> None:
    key = (await key_of(await home.owner(), "read"))["key"]
    for query in (f"?api_key={key}", f"?key={key}", f"?X-API-Key={key}", f"?access_token={key}"):
        assert (await home.browser().get(f"/metrics{query}")).status_code == 401


async def test_it_is_shown_once_and_kept_as_a_digest(home: Home) -> None:
    browser = await home.owner()
    made = await key_of(browser, "read")
    (shown,) = (await browser.get("/api/keys")).json()["keys"]
    assert shown["id"] == made["id"]
    assert shown["last_at"] is None
    assert made["key"].startswith(shown["hint"].rstrip("…"))
    secret = made["key"].rpartition("_")[2].encode()
    kept = []
    for path in home.settings.root.rglob("*"):
        # The database's own short-lived files come and go.
        with suppress(FileNotFoundError, IsADirectoryError):
            kept.append(path.read_bytes())
    assert not [one for one in kept if secret in one]
    assert (await browser.ask("GET", "/metrics", headers={"X-API-Key": made["key"]})).is_success
    (shown,) = (await browser.get("/api/keys")).json()["keys"]
    assert abs(shown["last_at"] - now_ms()) < 60_000


async def test_a_revoked_key_is_refused_at_once(home: Home) -> None:
    browser = await home.owner()
    made, program = await key_of(browser, "read"), home.browser()
    headers = {"X-API-Key": made["key"]}
    assert (await program.ask("GET", "/metrics", headers=headers)).status_code == 200
    assert (await browser.delete(f"/api/keys/{made['id']}")).status_code == 204
    assert (await program.ask("GET", "/metrics", headers=headers)).status_code == 401
    assert (await browser.delete(f"/api/keys/{made['id']}")).status_code == 404


async def test_a_key_ends_on_its_day(home: Home) -> None:
    browser = await home.owner()
    made = await key_of(browser, "read", expires_days=1)
    headers = {"X-API-Key": made["key"]}
    with closing(sqlite3.connect(home.settings.root / "home.db")) as db:
        db.execute("UPDATE users_keys SET expires_at = ?", (now_ms() - 1,))
        db.commit()
    assert (await home.browser().ask("GET", "/metrics", headers=headers)).status_code == 401


@pytest.mark.parametrize("change", ["k", "_", "first", "id"])
async def test_a_wrong_key_is_refused(home: Home, change: str) -> None:
    key = (await key_of(await home.owner(), "read"))["key"]
    other = (await key_of(home.browsers[0], "read"))["key"]
    wrong = {
        "k": key[:-1] + ("A" if key[-1] != "A" else "B"),
        "_": key.replace("_", "-"),
        "first": key[:20],
        "id": "_".join([*key.split("_")[:2], other.split("_", 2)[2]]),
    }[change]
    said = await home.browser().ask("GET", "/metrics", headers={"X-API-Key": wrong})
    assert said.status_code == 401


async def test_it_needs_no_csrf_token_but_not_everything_goes(home: Home) -> None:
    browser = await home.owner()
    key = (await key_of(browser, "tools"))["key"]
    alone = Browser(home.url, {"X-API-Key": key})
    home.browsers.append(alone)
    del alone.http.headers["Origin"]
    async with alone.http.stream("POST", "/test/tools") as answer:
        assert answer.status_code == 200
    headers = {"Origin": "https://evil.example"}
    assert (await alone.ask("POST", "/test/tools", headers=headers)).status_code == 403


@pytest.mark.parametrize("scopes", [["everything"], [], ["read", "root"]])
async def test_unknown_rights_are_refused(home: Home, scopes: list[str]) -> None:
    said = await (await home.owner()).post("/api/keys", name="x", scopes=scopes)
    assert said.status_code == 422
