"""An event that is handed on says what happened, and who says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateways.hooks.base import Sent
from gateways.hooks.generic import signed
from processors.events.forward import forward
from processors.events.trail import Loop, Trails
from schemas.base import now_ms
from schemas.errors import Refused, Transient, Unavailable
from schemas.events import Forward

SECRET = b"a-secret-of-some-length"
HERE = Trails(b"a" * 32)


class Post:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        self.sent.append((url, body, headers))


class Away:
    """A server that is not there."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        raise Unavailable("There is nobody.", retry_after=3)


class Known:
    """One source."""

    def secret(self, name: str) -> bytes | None:
        return SECRET if name == "there" else None


def order(sign: str | None, **more: Any) -> Forward:
    return Forward(
        id="forward-1", trace="t", session="s", person="owner", channel="api", rule="r",
        to="https://example.org/in", sign=sign, event="e1", type="disk.full", data={"free": 0},
        happened_at=5,
    ).model_copy(update=more)  # fmt: skip


async def test_it_is_signed_as_another_such_server_checks_it() -> None:
    post = Post()
    await forward(order("there"), post, Known(), HERE)
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
        await forward(order("nobody"), post, Known(), HERE)
    assert post.sent == []
    await forward(order(None), post, Known(), HERE)
    assert "X-Nexus-Signature" not in post.sent[0][2]


async def test_it_says_through_whose_hands_it_went() -> None:
    post, mark = Post(), "0" * 16
    await forward(order(None, via=(mark,)), post, Known(), HERE)
    said = post.sent[0][2]["X-Nexus-Via"]
    assert said == f"{mark},{HERE.mark}"
    with pytest.raises(Loop):
        HERE.read(said)


async def test_a_server_that_is_away_is_waited_for_and_not_for_ever() -> None:
    with pytest.raises(Unavailable):
        await forward(order(None, happened_at=now_ms()), Away(), Known(), HERE)
    with pytest.raises(Transient) as given_up:
        await forward(order(None), Away(), Known(), HERE)
    assert not isinstance(given_up.value, Unavailable)
