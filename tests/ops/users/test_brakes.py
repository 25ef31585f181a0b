"""Guessing gets slow, per account and per address, and nothing a guesser says changes that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from limits import parse

from ops.users.api import Users
from tests.ops.users.home import NAME, PASSWORD, Browser, Home, running
from tests.stand import Stand
from web import limits

WRONG = "wrong horse 77"


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no window end while a busy machine hashes passwords: the first ones last an hour."""
    for name in ("ACCOUNT", "ADDRESS", "DEVICE"):
        monkeypatch.setattr(limits, name, (getattr(limits, name)[0].replace("minute", "hour"),))


@pytest.mark.parametrize("name", ["ACCOUNT", "ADDRESS", "DEVICE"])
def test_the_longer_one_guesses_the_slower_it_gets(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.undo()
    windows = [parse(one) for one in getattr(limits, name)]
    rates = [one.amount / one.get_expiry() for one in windows]
    assert rates == sorted(rates, reverse=True)
    assert windows[0].amount >= 5
    # Nobody is locked out for good.
    assert max(one.get_expiry() for one in windows) <= 3_600


async def guesses(browsers: list[Browser], name: str = NAME) -> list[str]:
    """What each wrong guess was answered with."""
    return [await browser.sign_in(name, WRONG) for browser in browsers]


async def test_an_account_is_slow_after_five_tries(home: Home) -> None:
    await home.owner()
    guesser = home.browser()
    assert await guesses([guesser] * 6) == ["wrong_login"] * 5 + ["too_much"]
    said = await guesser.post("/api/auth/login", name=NAME, password=PASSWORD)
    assert said.status_code == 429
    assert 1 <= int(said.headers["Retry-After"]) <= 3_600
    assert said.json()["retry_after"] == int(said.headers["Retry-After"])


async def test_many_at_once_are_counted_too(home: Home) -> None:
    await home.owner()
    found = await asyncio.gather(*(home.browser().sign_in(NAME, WRONG) for _ in range(12)))
    assert sorted(found) == ["too_much"] * 7 + ["wrong_login"] * 5


async def knock(browser: Browser, number: int) -> int:
    """Guess at something that takes no time to look at: the code of the setup page."""
    body = {"code": f"AAAA-{number}", "name": "Eve", "password": PASSWORD}
    return (await browser.post("/api/setup", **body)).status_code


async def test_an_address_is_slow_whatever_it_tries(home: Home) -> None:
    found = [await knock(home.browser(), n) for n in range(21)]
    assert found == [403] * 20 + [429]
    assert await home.browser().sign_in("Nobody", WRONG) == "too_much"


EVASIONS = [
    {"X-Forwarded-For": "198.51.100.{n}"},
    {"Forwarded": "for=198.51.100.{n}"},
    {"X-Real-IP": "198.51.100.{n}"},
    {"X-Client-IP": "198.51.100.{n}", "True-Client-IP": "198.51.100.{n}"},
    {"User-Agent": "browser {n}"},
    {"Cookie": "nexus-device=made.up.{n}"},
]


@pytest.mark.parametrize("headers", EVASIONS, ids=[next(iter(one)) for one in EVASIONS])
async def test_no_header_evades_it(home: Home, headers: dict[str, str]) -> None:
    found = [
        await knock(home.browser(**{k: v.format(n=n) for k, v in headers.items()}), n)
        for n in range(21)
    ]
    assert found[-1] == 429


async def test_a_name_spelled_otherwise_is_the_same_account(home: Home) -> None:
    await home.owner()
    spelled = ("Ada", "ADA", "ada", "aDa", "\uff21da", "adA")
    assert [await home.browser().sign_in(name, WRONG) for name in spelled][-1] == "too_much"


async def test_the_owner_is_not_locked_out_where_they_are_known(home: Home) -> None:
    browser = await home.owner()
    assert (await browser.post("/api/auth/logout")).status_code == 204
    guesser = home.browser()
    assert (await guesses([guesser] * 6))[-1] == "too_much"
    assert await browser.sign_in() == ""


async def test_a_known_browser_is_slow_too(home: Home) -> None:
    browser = await home.owner()
    assert (await browser.post("/api/auth/logout")).status_code == 204
    assert await guesses([browser] * 11) == ["wrong_login"] * 10 + ["too_much"]


async def test_another_persons_device_is_no_device(home: Home) -> None:
    browser = await home.owner()
    assert (await browser.post("/api/auth/logout")).status_code == 204
    found = [await browser.sign_in("Nobody", WRONG) for _ in range(6)]
    assert found[-1] == "too_much"


async def test_success_forgives(home: Home) -> None:
    await home.owner()
    guesser = home.browser()
    for _ in range(3):
        assert await guesses([guesser] * 4) == ["wrong_login"] * 4
        assert await home.browser().sign_in() == ""


@pytest.fixture
async def proxied(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A web door behind a proxy on this machine, and one more in a network."""
    async with running(stand, tmp_path, trusted_proxies=("127.0.0.1", "192.0.2.0/24")) as found:
        yield found


async def test_behind_a_proxy_the_address_is_what_the_proxy_saw(proxied: Home) -> None:
    async def last(forwarded: str) -> int:
        """Try often, with what the guesser says before what the proxies say."""
        said = (f"198.51.100.{n}, {forwarded}" for n in range(21))
        tries = [proxied.browser(**{"X-Forwarded-For": one}) for one in said]
        return [await knock(one, n) for n, one in enumerate(tries)][-1]

    assert await last("203.0.113.7") == 429
    assert await last("203.0.113.8, 192.0.2.5") == 429
    assert await knock(proxied.browser(**{"X-Forwarded-For": "203.0.113.9"}), 0) == 403


async def test_without_the_live_redis_nobody_gets_in_uncounted(home: Home) -> None:
    await home.owner()
    (users,) = [one for one in home.modules.slices if isinstance(one, Users)]
    await (await users.accounts()).brakes.close()
    with hidden(home):
        assert await home.browser().sign_in() == "limits_away"
    assert await home.browser().sign_in() == ""


@contextmanager
def hidden(home: Home) -> Iterator[None]:
    """Let nobody find the live Redis meanwhile."""
    assert home.settings.redis_live_url is not None
    door = Path(home.settings.redis_live_url.get_secret_value().removeprefix("unix://"))
    away = door.rename(door.with_suffix(".hidden"))
    try:
        yield
    finally:
        away.rename(door)
