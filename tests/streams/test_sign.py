"""Signatures: the exact bytes, by a key we know."""

from __future__ import annotations

import pytest

from schemas.errors import Invalid
from streams.sign import Gateway, Keyring

WEB = Gateway("web", b"w" * 32, frozenset({"web"}))
BOT = Gateway("bot", b"b" * 32, frozenset({"telegram"}))
RING = Keyring({"web": WEB, "bot": BOT})


def test_who_signed_is_known() -> None:
    assert RING.signer(b"data", WEB.sign(b"data")) is WEB
    assert RING.signer(b"data", BOT.sign(b"data")) is BOT


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "web",
        "web:",
        "web:00",
        WEB.sign(b"Data"),
        WEB.sign(b"data").upper(),
        WEB.sign(b"data") + "0",
        "bot:" + WEB.sign(b"data").partition(":")[2],
        Gateway("web", b"x" * 32, frozenset()).sign(b"data"),
        Gateway("stranger", b"w" * 32, frozenset()).sign(b"data"),
        "web:\ud800",
        "web:\u00e9",
    ],
)
def test_nobody_else_is(signature: str) -> None:
    assert RING.signer(b"data", signature) is None


def test_a_short_key_is_refused_and_none_is_shown() -> None:
    with pytest.raises(Invalid, match="shorter than 32 bytes"):
        Gateway("web", b"short", frozenset())
    assert "www" not in repr(WEB)


def test_what_an_earlier_key_signed_still_counts() -> None:
    old = Gateway("web", b"o" * 32, frozenset({"web"}))
    new = Gateway("web", b"n" * 32, frozenset({"web"}), (old.key,))
    ring = Keyring({"web": new})
    for gateway in (old, new):
        assert ring.signer(b"data", gateway.sign(b"data")) is new
    assert ring.signer(b"other", old.sign(b"data")) is None
    assert new.sign(b"data") != old.sign(b"data")
    with pytest.raises(Invalid):
        Gateway("web", b"n" * 32, frozenset(), (b"short",))
