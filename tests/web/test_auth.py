"""Who may use which endpoint."""

from __future__ import annotations

import httpx
import pytest
from starlette.requests import HTTPConnection

from schemas.errors import Forbidden
from schemas.people import Role
from tests.web.door import COOKIE
from web.auth import Caller, Unauthorized, owner

KEY = {"X-API-Key": "good"}


@pytest.mark.parametrize(
    ("path", "nobody", "person", "program"),
    [
        ("/page", 200, 200, 200),
        ("/public", 200, 200, 200),
        ("/who", 401, 200, 200),
        ("/chat", 401, 200, 403),
        ("/mine", 401, 200, 403),
    ],
)
async def test_who_may_what(
    client: httpx.AsyncClient, path: str, nobody: int, person: int, program: int
) -> None:
    assert (await client.get(path)).status_code == nobody
    assert (await client.get(path, headers=KEY)).status_code == program
    assert (await client.get(path, headers=COOKIE)).status_code == person


def test_what_is_the_owner_s_alone_says_so_to_the_others() -> None:
    def asking(role: Role) -> HTTPConnection:
        who = Caller("ada", "Ada", role, "cookie", frozenset(), "login")
        return HTTPConnection({"type": "http", "headers": [], "state": {"caller": who}})

    assert owner(asking("owner"), "It is the owner's.").person == "ada"
    with pytest.raises(Forbidden, match="the owner's"):
        owner(asking("member"), "It is the owner's.")
    with pytest.raises(Unauthorized):
        owner(HTTPConnection({"type": "http", "headers": [], "state": {}}), "")


async def test_a_key_that_lacks_a_right_is_named(client: httpx.AsyncClient) -> None:
    said = (await client.get("/chat", headers=KEY)).json()["detail"]
    assert said == "This needs the right `chat`, which the key doorbell of Ada has not."


async def test_a_wrong_cookie_or_key_is_nobody(client: httpx.AsyncClient) -> None:
    for more in (
        {"headers": {"Cookie": "nexus=bad"}},
        {"headers": {"X-API-Key": "bad"}},
        {"headers": {"Authorization": "Bearer bad"}},
        {"headers": {"Authorization": "Basic Z29vZA=="}},
        {"headers": {"X-API-Key": ""}},
        {"headers": {"Cookie": "__Host-nexus=good"}},
        {"params": {"key": "good"}},
    ):
        said = await client.get("/who", **more)  # type: ignore[arg-type]
        assert said.status_code == 401, more
        assert said.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_wrong_key_beside_a_good_cookie_is_still_wrong(client: httpx.AsyncClient) -> None:
    said = await client.get("/who", headers={"X-API-Key": "bad", **COOKIE})
    assert said.status_code == 401


async def test_how_one_came_is_told(client: httpx.AsyncClient) -> None:
    assert (await client.get("/who", headers=KEY)).json()["via"] == "key"
    bearer = {"Authorization": "bearer good"}
    assert (await client.get("/who", headers=bearer)).json()["via"] == "key"
    assert (await client.get("/who", headers=COOKIE)).json()["via"] == "cookie"
