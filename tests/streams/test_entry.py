"""An entry in our hands: what can be read of it, and whose word it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.chat import Control, Think
from schemas.errors import Forbidden, Invalid
from streams.entry import PRODUCER, Held, decode, receive, vouched
from streams.sign import Gateway, Keyring
from tests.stand import GATEWAY, received

RING = Keyring({"terminal": GATEWAY, "bot": Gateway("bot", b"b" * 32, frozenset({"telegram"}))})
MOST = 262_144


def held(data: bytes, signature: str = "") -> Held:
    return Held("1-1", {b"data": data, **({b"sig": signature.encode()} if signature else {})})


def test_a_gateway_speaks_for_its_channels() -> None:
    data = received("m", "s", "hello").model_dump_json().encode()
    message, source = receive(held(data, GATEWAY.sign(data)), RING, MOST)
    assert (message.id, message.session, message.person) == ("m", "s", "owner")
    assert (source.gateway, source.once) == ("terminal", "")


def test_a_gateway_does_not_speak_for_others() -> None:
    data = received("m", "s", "hello").model_dump_json().encode()
    bot = Gateway("bot", b"b" * 32, frozenset({"telegram"}))
    message, source = receive(held(data, bot.sign(data)), RING, MOST)
    assert (message.person, message.session, source.gateway) == (PRODUCER, "producer-1-1", None)


@pytest.mark.parametrize("signature", ["", "terminal:00", "nobody:00"])
def test_without_a_signature_nothing_is_believed(signature: str) -> None:
    data = json.dumps({"text": "hi", "person": "owner", "session": "s", "id": "x"}).encode()
    message, source = receive(held(data, signature), RING, MOST)
    assert (message.person, message.channel, message.session) == (
        PRODUCER, PRODUCER, "producer-1-1",
    )  # fmt: skip
    assert source.once == "producer:x"


def test_a_larger_message_is_refused_unread() -> None:
    with pytest.raises(Invalid, match="at most 10"):
        receive(held(b'{"text":"too long"}'), RING, 10)
    with pytest.raises(Invalid, match="at most 10"):
        decode(held(b'{"text":"too long"}'), Think, 10)


def test_a_newer_version_is_not_guessed_at() -> None:
    data = b'{"v":2,"id":"a","trace":"a","session":"s","person":"p","channel":"c","turn":"t",'
    with pytest.raises(Invalid, match="Version 2 of Think is newer"):
        decode(held(data + b'"step":0,"tier":"flash"}'), Think, MOST)


def test_unknown_fields_travel_on() -> None:
    data = b'{"id":"a","trace":"a","session":"s","person":"p","channel":"c","turn":"t",'
    message = decode(held(data + b'"step":0,"tier":"flash","new":[1]}'), Think, MOST)
    assert json.loads(message.model_dump_json())["new"] == [1]


def test_control_needs_a_voucher() -> None:
    control = Control(
        id="x", trace="x", session="s", person="p", channel="terminal", action="stop", chat="c"
    )
    data = control.model_dump_json().encode()
    assert vouched(held(data, GATEWAY.sign(data)), RING, MOST)[0].action == "stop"
    with pytest.raises(Forbidden, match="Nobody who may speak for terminal"):
        vouched(held(data), RING, MOST)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    for read in (
        lambda one: decode(one, Think, MOST),
        lambda one: receive(one, RING, MOST),
        lambda one: vouched(one, RING, MOST),
    ):
        with pytest.raises((Invalid, Forbidden)):
            read(held(data))


@given(st.dictionaries(st.binary(max_size=8), st.binary(max_size=40), max_size=5))
def test_no_fields_break_the_reading(fields: dict[bytes, bytes]) -> None:
    one = Held("1-1", fields)
    assert isinstance(one.length, int)
    assert isinstance(one.signature, str)
    with pytest.raises(Invalid):
        decode(one, Think, MOST)


def test_earlier_trouble_is_remembered() -> None:
    one = held(b"")
    one.remember(b'{"g":3,"c":1,"f":[{"at":1,"error":"Crash","text":"x"}]}')
    assert (one.generation, one.crashes, one.failures[0].error) == (3, 1, "Crash")
    one.remember(b'{"g":1,"c":0,"f":{}}')
    assert one.failures == []
