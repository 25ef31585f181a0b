"""The authenticator app: its codes count once, and recovery codes help when it is lost."""

from __future__ import annotations

import asyncio
import time

import httpx
import pyotp

from ops.users.totp import STEP, step_of
from tests.ops.users.home import PASSWORD, Browser, Home


def code_of(secret: str, beside: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(int(time.time() // STEP) + beside)


async def with_app(home: Home) -> tuple[Browser, str, list[str]]:
    """The owner with an authenticator app: the browser, its secret, the recovery codes."""
    browser = await home.owner()
    offer = (await browser.post("/api/auth/totp", password=PASSWORD)).json()
    assert offer["secret"] in offer["uri"]
    assert offer["svg"].startswith("<?xml")
    assert "<script" not in offer["svg"]
    assert not (await browser.get("/api/auth/me")).json()["totp"]
    said = await browser.post("/api/auth/totp/confirm", code=code_of(offer["secret"], -1))
    assert said.status_code == 200, said.text
    return browser, offer["secret"], said.json()["recovery"]


async def test_a_code_is_needed_and_counts_once(home: Home) -> None:
    _, secret, _ = await with_app(home)
    browser = home.browser()
    assert await browser.sign_in() == "totp_needed"
    assert await browser.sign_in(totp="000000") == "totp_needed"
    code = code_of(secret)
    assert await browser.sign_in(password="wrong horse 7", totp=code) == "wrong_login"
    assert await browser.sign_in(totp=f"{code[:3]} {code[3:]}") == ""
    assert await home.browser().sign_in(totp=code) == "totp_needed"
    assert await home.browser().sign_in(totp=code_of(secret, 1)) == ""


async def test_a_code_that_two_send_at_once_counts_once(home: Home) -> None:
    _, secret, recovery = await with_app(home)
    for code in (code_of(secret), recovery[0]):
        found = await asyncio.gather(*(home.browser().sign_in(totp=code) for _ in range(3)))
        assert sorted(found) == ["", "totp_needed", "totp_needed"]


async def test_who_confirms_twice_at_once_has_codes_that_count(home: Home) -> None:
    browser = await home.owner()
    secret = (await browser.post("/api/auth/totp", password=PASSWORD)).json()["secret"]
    code = code_of(secret, -1)
    said = await asyncio.gather(
        *(browser.post("/api/auth/totp/confirm", code=code) for _ in range(3))
    )
    assert sorted(one.status_code for one in said) == [200, 409, 409]
    (done,) = (one for one in said if one.status_code == 200)
    assert await home.browser().sign_in(totp=done.json()["recovery"][0]) == ""


def test_only_the_steps_beside_count() -> None:
    secret, now = pyotp.random_base32(), 1_000_000 * STEP + 7.0
    app = pyotp.TOTP(secret)
    found = [step_of(secret, app.generate_otp(1_000_000 + n), 0, now) for n in (-2, -1, 0, 1, 2)]
    assert found == [None, 999_999, 1_000_000, 1_000_001, None]
    assert step_of(secret, app.generate_otp(1_000_000), 1_000_000, now) is None


async def test_setting_it_up_ends_all_other_logins(home: Home) -> None:
    browser, other = await home.owner(), home.browser()
    assert await other.sign_in() == ""
    offer = (await browser.post("/api/auth/totp", password=PASSWORD)).json()
    await browser.post("/api/auth/totp/confirm", code=code_of(offer["secret"]))
    assert await browser.signed_in()
    assert not await other.signed_in()


async def test_a_recovery_code_counts_once(home: Home) -> None:
    _, _, recovery = await with_app(home)
    assert len(set(recovery)) == 10
    assert await home.browser().sign_in(totp=recovery[3].lower()) == ""
    assert await home.browser().sign_in(totp=recovery[3]) == "totp_needed"
    assert await home.browser().sign_in(totp=recovery[4]) == ""


async def test_it_takes_the_password_and_a_code_to_end_it(home: Home) -> None:
    browser, secret, _ = await with_app(home)

    async def end(password: str, code: str) -> httpx.Response:
        return await browser.delete("/api/auth/totp", password=password, code=code)

    assert (await end("wrong horse 7", code_of(secret))).json()["code"] == "wrong_password"
    assert (await end(PASSWORD, "000000")).json()["code"] == "wrong_totp"
    assert (await end(PASSWORD, code_of(secret))).status_code == 204
    assert await home.browser().sign_in() == ""


async def test_the_secret_is_not_in_the_database(home: Home) -> None:
    _, secret, recovery = await with_app(home)
    root = home.settings.root
    kept = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert b"users_people" in kept
    for one in (secret, PASSWORD, *recovery):
        assert one.encode() not in kept


async def test_nothing_is_asked_for_before_the_app_showed_that_it_works(home: Home) -> None:
    browser = await home.owner()
    said = await browser.post("/api/auth/totp/confirm", code="123456")
    assert said.status_code == 409
    assert (await browser.post("/api/auth/totp", password="wrong")).status_code == 403
    await browser.post("/api/auth/totp", password=PASSWORD)
    assert (await browser.post("/api/auth/totp/confirm", code="000000")).status_code == 403
    assert await home.browser().sign_in() == ""
