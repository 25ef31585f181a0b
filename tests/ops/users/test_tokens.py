"""A token counts only as it was signed: every claim, the key, the way it was signed."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from ulid import ULID

from ops import secrets
from ops.ring import ACCESS_SECONDS, Ring
from ops.users.tokens import ACCESS, CLAIMS, Tokens
from schemas.base import now_ms
from tests.ops.users.home import Browser, Home
from web.auth import Unauthorized


async def taken(home: Home, token: str) -> bool:
    """Whether somebody with this access cookie is let in."""
    browser = home.browser()
    browser.http.cookies.set("nexus", token)
    return await browser.signed_in()


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head = jwt.get_unverified_header(token)
    return head, jwt.decode(token, options={"verify_signature": False})


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


async def test_what_was_signed_counts(home: Home) -> None:
    browser = await home.owner()
    key = Ring(home.settings.root).newest
    head, claims = parts(browser.cookie("nexus"))
    assert head == {"alg": "HS256", "typ": "JWT", "kid": key.id}
    assert (
        set(claims) == set(CLAIMS) == {*("iss", "aud", "sub", "sid"), *("iat", "nbf", "exp", "jti")}
    )
    assert claims["exp"] - claims["iat"] == ACCESS_SECONDS
    assert await taken(home, jwt.encode(claims, key.secret, headers={"kid": key.id}))


FAULTS: dict[str, dict[str, int | str | list[str] | None]] = {
    # Numbers are seconds from now.
    "expired": {"iat": -2000, "nbf": -2000, "exp": -1100},
    "not yet": {"iat": 300, "nbf": 300, "exp": 900},
    "for ever": {"exp": 10 * 365 * 86_400},
    "backwards": {"exp": 100, "iat": 200, "nbf": 0},
    "another issuer": {"iss": "somebody"},
    "another audience": {"aud": "nexus-device"},
    "several audiences": {"aud": [ACCESS, "nexus-device"]},
    "another person": {"sub": "01M7Y000000000000000000000"},
    "another login": {"sid": "01M7Y000000000000000000000"},
    **{f"no {name}": {name: None} for name in CLAIMS},
}


@pytest.mark.parametrize("what", FAULTS)
async def test_a_claim_that_does_not_fit_is_refused(home: Home, what: str) -> None:
    browser = await home.owner()
    key, now = Ring(home.settings.root).newest, int(time.time())
    fault = {n: now + v if isinstance(v, int) else v for n, v in FAULTS[what].items()}
    claims = {**parts(browser.cookie("nexus"))[1], **fault}
    claims = {name: value for name, value in claims.items() if value is not None}
    assert not await taken(home, jwt.encode(claims, key.secret, headers={"kid": key.id}))


async def forgeries(browser: Browser, root: Path) -> dict[str, str]:
    key = Ring(root).newest
    head, claims = parts(browser.cookie("nexus"))
    signature = browser.cookie("nexus").rpartition(".")[2]
    nobody = jwt.encode(claims, "x" * 64, headers={"kid": key.id})
    return {
        "no algorithm": f"{part({**head, 'alg': 'none'})}.{part(claims)}.",
        "none, signed": f"{part({**head, 'alg': 'None'})}.{part(claims)}.{signature}",
        "another algorithm": jwt.encode(claims, key.secret, "HS512", headers={"kid": key.id}),
        "another key": nobody,
        "another key, by name": jwt.encode(claims, "x" * 64, headers={"kid": "x"}),
        "no key's name": jwt.encode(claims, key.secret),
        "a path as key": jwt.encode(claims, "\0", headers={"kid": "/dev/null"}),
        "the key's name as key": jwt.encode(claims, key.id, headers={"kid": key.id}),
        "other claims": f"{part(head)}.{part({**claims, 'exp': claims['exp'] - 1})}.{signature}",
        "half": browser.cookie("nexus")[:-6],
        "nothing": "",
        "no token": "a.b.c",
    }


@pytest.mark.filterwarnings("ignore:The HMAC key")
async def test_no_forgery_is_taken(home: Home) -> None:
    browser = await home.owner()
    for what, token in (await forgeries(browser, home.settings.root)).items():
        assert not await taken(home, token), what
    assert await browser.signed_in()


async def test_after_a_rotation_what_was_signed_before_still_counts(home: Home) -> None:
    browser = await home.owner()
    ring = Ring(home.settings.root)
    old = ring.newest
    ring.renew()
    assert ring.newest.id != old.id
    # What it signed before still counts, until a quarter of an hour is over.
    assert await browser.signed_in()
    assert (await browser.post("/api/auth/refresh")).status_code == 200
    assert parts(browser.cookie("nexus"))[0]["kid"] == ring.newest.id
    ring.renew()
    assert ring.key(old.id) is None


def ring_of(state: Path, *ages: int) -> tuple[Ring, list[str]]:
    """Return a ring of keys made so many seconds ago, and their names."""
    names = [str(ULID.from_timestamp(now_ms() / 1000 - age)) for age in ages]
    for name in names:
        secrets.ensure(secrets.folder(state) / "web" / name)
    return Ring(state), names


def test_the_old_key_signs_nothing_new(tmp_path: Path) -> None:
    ring, (name, _) = ring_of(tmp_path, 1_200, 500)
    old, tokens = ring.key(name), Tokens(ring)
    assert old is not None
    token, _ = tokens.access("owner", "login")
    claims = {**parts(token)[1]}
    now = int(time.time())
    for signed, counts in ((now - 550, True), (now - 60, False)):
        made = {**claims, "iat": signed, "nbf": signed, "exp": signed + ACCESS_SECONDS}
        by_old = jwt.encode(made, old.secret, headers={"kid": name})
        if counts:
            assert tokens.read_access(by_old).person == "owner"
        else:
            with pytest.raises(Unauthorized, match="counts no longer"):
                tokens.read_access(by_old)


def test_a_key_that_was_replaced_long_ago_counts_no_longer(tmp_path: Path) -> None:
    ring, names = ring_of(tmp_path, 3 * ACCESS_SECONDS, 2 * ACCESS_SECONDS, ACCESS_SECONDS // 2)
    assert [ring.key(name) is not None for name in names] == [False, True, True]
    assert ring.newest.id == names[2]


@pytest.mark.parametrize(("content", "mode"), [("short\n", 0o600), ("k" * 64, 0o644)])
def test_a_key_that_is_no_secret_stops_the_start(tmp_path: Path, content: str, mode: int) -> None:
    ring = Ring(tmp_path)
    file = secrets.folder(tmp_path) / "web" / ring.newest.id
    file.write_text(content)
    file.chmod(mode)
    with pytest.raises(secrets.Unsafe):
        Ring(tmp_path)
