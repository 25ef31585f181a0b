"""An event that is handed on says what happened, and who says so."""

from __future__ import annotations

import json

import pytest

from gateways.hooks.base import Sent
from gateways.hooks.generic import signed
from processors.events.forward import forward
from schemas.errors import Refused
from schemas.events import Forward

SECRET = b"a-secret-of-some-length"


class Post:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        self.sent.append((url, body, headers))


class Known:
    """One source."""

    def secret(self, name: str) -> bytes | None:
        return SECRET if name == "there" else None


def order(sign: str | None) -> Forward:
    return Forward(
        id="forward-1", trace="t", session="s", person="owner", channel="api", rule="r",
        to="https://example.org/in", sign=sign, event="e1", type="disk.full", data={"free": 0},
        happened_at=5,
    )  # fmt: skip


async def test_it_is_signed_as_another_such_server_checks_it() -> None:
    post = Post()
    await forward(order("there"), post, Known())
    ((url, body, headers),) = post.sent
    assert url == "https://example.org/in"
    assert json.loads(body) == {"id": "e1", "type": "disk.full", "at": 5, "data": {"free": 0}}
    heard = {name.lower(): value for name, value in headers.items()}
    assert signed(Sent(heard, body, SECRET))
    assert not signed(Sent(heard, body + b" ", SECRET))
    assert not signed(Sent({**heard, "idempotency-key": "forward-2"}, body, SECRET))
    assert not signed(Sent(heard, body, b"another-secret-of-length"))


async def test_without_a_secret_nothing_is_sent_in_its_name() -> None:
    post = Post()
    with pytest.raises(Refused, match="nobody"):
        await forward(order("nobody"), post, Known())
    assert post.sent == []
    await forward(order(None), post, Known())
    assert "X-Nexus-Signature" not in post.sent[0][2]
