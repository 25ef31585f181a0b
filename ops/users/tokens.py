"""Tokens that a browser carries: signed, with every claim checked (RFC 7519, RFC 8725)."""

from __future__ import annotations

import hmac
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from ops.ring import ACCESS_SECONDS, Key, Ring
from schemas.base import new_id, now_ms
from web.auth import Unauthorized

ALGORITHM = "HS256"
ISSUER = "nexus"
ACCESS, DEVICE = "nexus-web", "nexus-device"
"""For whom a token is: the web door, or the brakes that know a browser again."""
DEVICE_SECONDS = 365 * 24 * 3_600
LEEWAY = 5
"""Seconds by which a clock may have been set back between signing and checking."""
CLAIMS = ("iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti")


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token says.

    Attributes:
        person: whose it is.
        login: the login it belongs to.
        expires_at: when it ends, in milliseconds since 1970.
    """

    person: str
    login: str
    expires_at: int


class Tokens:
    """Signs tokens and checks them.

    Args:
        ring: the keys.
    """

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    def access(self, person: str, login: str) -> tuple[str, Access]:
        """Return an access token of a login, and what it says."""
        now = now_ms() // 1000
        return (
            self._sign(ACCESS, person, login, now, ACCESS_SECONDS),
            Access(person, login, (now + ACCESS_SECONDS) * 1000),
        )

    def device(self, person: str) -> str:
        """Return a token by which the browser is known where this person signed in before."""
        return self._sign(DEVICE, person, new_id(), now_ms() // 1000, DEVICE_SECONDS)

    def refresh(self, login: str) -> str:
        """Return a refresh token of a login: its id, chance, and our mark on both."""
        body = f"{login}.{random.token_urlsafe(32)}"
        key = self._ring.newest
        return f"{body}.{key.id}.{_mark(key, body)}"

    def refreshed(self, token: str) -> bool:
        """Whether a refresh token was once ours, by its mark; a guess has none."""
        body, _, marked = token.rpartition(".")
        body, _, name = body.rpartition(".")
        key = self._ring.key(name)
        return key is not None and hmac.compare_digest(_mark(key, body).encode(), marked.encode())

    def read_access(self, token: str) -> Access:
        """Return what an access token says.

        Raises:
            Unauthorized: it is none of ours, or not any more.
        """
        said = self._read(token, ACCESS, ACCESS_SECONDS)
        return Access(str(said["sub"]), str(said["sid"]), int(said["exp"]) * 1000)

    def read_device(self, token: str) -> tuple[str, str]:
        """Return of whom a device token is, and its own id.

        Raises:
            Unauthorized: it is none of ours, or not any more.
        """
        said = self._read(token, DEVICE, DEVICE_SECONDS)
        return str(said["sub"]), str(said["sid"])

    def _sign(self, audience: str, person: str, login: str, now: int, seconds: int) -> str:
        key = self._ring.newest
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": person,
            "sid": login,
            "iat": now,
            "nbf": now,
            "exp": now + seconds,
            "jti": new_id(),
        }
        return jwt.encode(claims, key.secret, ALGORITHM, headers={"kid": key.id})

    def _read(self, token: str, audience: str, longest: int) -> Mapping[str, Any]:
        try:
            name = jwt.get_unverified_header(token).get("kid")
            key = self._ring.key(name) if isinstance(name, str) else None
            if key is None:
                raise Unauthorized("This login was signed with a key that counts no longer.")
            said: dict[str, Any] = jwt.decode(
                token,
                key.secret,
                algorithms=[ALGORITHM],  # what the token itself says about that does not count
                audience=audience,
                issuer=ISSUER,
                leeway=LEEWAY,
                options={"require": list(CLAIMS), "strict_aud": True},
            )
        except jwt.PyJWTError:
            raise Unauthorized("This login has expired or is not of this server.") from None
        signed = int(said["iat"])
        if not 0 < int(said["exp"]) - signed <= longest:
            raise Unauthorized("This login is valid for longer than any of this server.")
        if key.until is not None and signed * 1000 > key.until + LEEWAY * 1000:
            raise Unauthorized("This login was signed with a key that counts no longer.")
        return said


def _mark(key: Key, body: str) -> str:
    # By a key of its own: what signs other tokens signs nothing else.
    own = hmac.digest(key.secret.encode(), b"nexus-refresh", "sha256")
    return hmac.digest(own, body.encode(), "sha256").hex()
