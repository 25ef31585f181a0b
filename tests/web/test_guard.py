"""Another host is refused, a page of somebody else's too, and every answer is dressed."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import httpx
import pytest
from starlette.requests import HTTPConnection

from tests.web.door import COOKIE, CSRF, running
from web.guard import Site


def port(client: httpx.AsyncClient) -> int:
    found = client.base_url.port
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("LocalHost.", 200),
        ("[::1]:{port}", 200),
        ("evil.example", 421),
        ("evil.example:{port}", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421),
        ("192.0.2.7", 421),
        ("127.0.0.1@evil.example", 421),
        ("evil.example@127.0.0.1", 421),
        ("127.0.0.1/@evil.example", 421),
        ("127.0.0.1#evil.example", 421),
        ("127.0.0.1:1:2", 421),
        ("", 421),
        ("[", 421),
    ],
)
async def test_only_our_own_names_are_answered(
    client: httpx.AsyncClient, host: str, status: int
) -> None:
    said = await client.get("/page", headers={"Host": host.format(port=port(client))})
    assert said.status_code == status
    if status == 421:
        assert said.json()["code"] == "wrong_host"


async def test_names_that_the_owner_allows_are_answered() -> None:
    site = Site(url="https://home.example", hosts=frozenset({"nas.local"}))
    async with running(site) as client:
        for host in ("nas.local:1", "home.example", "NAS.local"):
            assert (await client.get("/page", headers={"Host": host})).status_code == 200
        assert (await client.get("/page", headers={"Host": "x.nas.local"})).status_code == 421


async def raw(client: httpx.AsyncClient, text: str) -> bytes:
    """Send bytes as they are, and return the status line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port(client))
    writer.write(text.encode())
    line = await reader.readline()
    writer.close()
    return line


async def test_two_hosts_or_none_are_refused(client: httpx.AsyncClient) -> None:
    for hosts in ("", "Host: localhost\r\nHost: evil.example\r\n"):
        line = await raw(client, f"GET /page HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n")
        assert b" 421 " in line or b" 400 " in line


ORIGINS = [
    ("http://127.0.0.1:{port}", True),
    ("https://evil.example", False),
    ("http://127.0.0.1", False),
    ("http://localhost:{port}", False),
    ("http://app.127.0.0.1:{port}", False),
    ("http://127.0.0.1:{port}.evil.example", False),
    ("http://evil.example@127.0.0.1:{port}", False),
    ("file://127.0.0.1:{port}", False),
    ("null", False),
    ("", False),
]


@pytest.mark.parametrize(("origin", "ours"), ORIGINS)
async def test_a_foreign_page_can_ask_nothing(
    client: httpx.AsyncClient, origin: str, ours: bool
) -> None:
    headers = {"Origin": origin.format(port=port(client)), "X-CSRF-Token": CSRF}
    asked = [
        await client.post("/public", json={"word": "x"}, headers=headers),
        await client.post("/say", json={"word": "x"}, headers={**headers, **COOKIE}),
        await client.get("/who", headers={**headers, **COOKIE}),
        await client.get("/who", headers={**headers, "X-API-Key": "good"}),
        await client.get("/public", headers=headers),
    ]
    assert [one.status_code for one in asked] == [200 if ours else 403] * 5
    if not ours:
        assert {one.json()["code"] for one in asked} == {"foreign_origin"}


@pytest.mark.parametrize(
    ("fetched", "status"),
    [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403), ("?", 403)],
)
async def test_the_browser_says_where_it_comes_from(
    client: httpx.AsyncClient, fetched: str, status: int
) -> None:
    headers = {"Sec-Fetch-Site": fetched}
    said = await client.get("/who", headers={**headers, **COOKIE})
    assert said.status_code == status
    assert (await client.get("/page", headers=headers)).status_code == 200


async def test_a_change_with_a_cookie_must_say_where_it_comes_from(
    client: httpx.AsyncClient,
) -> None:
    ours = {"Origin": str(client.base_url).rstrip("/")}
    token = {"X-CSRF-Token": CSRF}
    for headers, code in (
        ({}, "foreign_origin"),
        (token, "foreign_origin"),
        (ours, "wrong_csrf"),
        ({**ours, "X-CSRF-Token": CSRF + "x"}, "wrong_csrf"),
        ({**ours, "X-CSRF-Token": ""}, "wrong_csrf"),
        ({**token, "Sec-Fetch-Site": "none"}, "foreign_origin"),
        ({**token, "Sec-Fetch-Site": "same-origin"}, None),
        ({**ours, **token}, None),
    ):
        said = await client.post("/say", json={"word": "x"}, headers={**headers, **COOKIE})
        assert said.status_code == (403 if code else 200), headers
        assert said.json().get("code") == code, headers


async def test_behind_a_proxy_the_public_address_is_ours() -> None:
    async with running(Site(url="https://home.example")) as client:
        for origin, status in (("https://home.example", 200), ("http://home.example", 403)):
            said = await client.post("/public", json={"word": "x"}, headers={"Origin": origin})
            assert said.status_code == status


async def test_every_answer_is_dressed(client: httpx.AsyncClient) -> None:
    for path in ("/page", "/who", "/nowhere", "/broken"):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        for word in ("default-src 'self'", "script-src 'self'", "frame-ancestors 'none'"):
            assert word in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers
        assert "strict-transport-security" not in headers
    foreign = await client.get("/page", headers={"Host": "evil.example"})
    assert "Content-Security-Policy" in foreign.headers


async def test_by_https_it_stays_https() -> None:
    async with running(Site(url="https://home.example")) as client:
        assert "max-age=" in (await client.get("/page")).headers["Strict-Transport-Security"]


PROXIES = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "198.51.100.1"),
        ("192.0.2.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("192.0.2.1", "1.1.1.1, 198.51.100.1, 192.0.2.9", "198.51.100.1"),
        ("192.0.2.1", "192.0.2.8, 192.0.2.9", "192.0.2.8"),
        ("192.0.2.1", "rubbish", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1, ", "192.0.2.1"),
        ("2001:db8::1", "2001:db9::7", "2001:db9::7"),
        ("::ffff:192.0.2.1", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_whose_address_counts(peer: str, forwarded: str, client: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "client": (peer, 1), "headers": headers}
    assert Site(proxies=PROXIES).client(HTTPConnection(scope)) == client
