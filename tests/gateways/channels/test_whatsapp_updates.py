"""What a webhook of WhatsApp means, and what it does not."""

from __future__ import annotations

import hmac
from typing import Any

import orjson
import pytest

from gateways.channels.base import NOT_READ, Aside, Heard, Pressed, Sent
from gateways.channels.buttons import button
from gateways.channels.whatsapp_updates import (
    EARLY_MS,
    OLDEST_MS,
    Status,
    heard,
    signed,
)
from tests.gateways.channels.whatsapp_wire import NUMBER, wrapped

NOW = 1_796_032_800_000
GROUP = "Z3JvdXA6MTIzNDU2Nzg5MA=="


def value(**more: Any) -> dict[str, Any]:
    contacts = [{"wa_id": "15550017", "profile": {"name": "Ada"}}]
    return {"metadata": {"phone_number_id": NUMBER}, "contacts": contacts, **more}


def message(**more: Any) -> dict[str, Any]:
    text = {"type": "text", "text": {"body": "!hello"}}
    common = {"id": "wamid.1", "from": "15550017", "timestamp": str(NOW // 1000)}
    return {**common, **text, **more}


def read(*messages: Any, prefix: str = "!") -> list[Any]:
    return heard(wrapped(value(messages=list(messages))), NUMBER, prefix, NOW)


def test_a_signature_is_over_the_bytes() -> None:
    body = b'{"a": 1}'
    right = "sha256=" + hmac.digest(b"secret", body, "sha256").hex()
    assert signed(body, right, "secret")
    assert not signed(body + b" ", right, "secret")
    assert not signed(body, right.removeprefix("sha256="), "secret")
    assert not signed(body, right, "another")
    assert not signed(body, "", "secret")
    # Without a secret nothing is signed, not even with an empty one.
    assert not signed(body, "sha256=" + hmac.digest(b"", body, "sha256").hex(), "")
    assert not signed(body, "sha256=\u00e9", "secret")


def test_what_somebody_says_is_theirs_by_their_number() -> None:
    (found,) = read(message())
    assert found == Heard(
        id="wamid.1", who="15550017", chat="15550017", text="hello", private=True, name="Ada",
        among=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "prefix", "meant"),
    [
        ("! hello", "!", "hello"),
        ("hello", "!", None),
        ("hello", "", "hello"),
        ("!", "!", None),
        ("APPROVE BCDF-2345", "!", "APPROVE BCDF-2345"),
        ("please APPROVE BCDF-2345", "!", None),
        ("/stop", "!", "/stop"),
    ],
)
def test_only_what_is_meant_for_us_is_heard(text: str, prefix: str, meant: str | None) -> None:
    found = read(message(text={"body": text}), prefix=prefix)
    aside = [] if meant is not None or text == "!" else [text]
    assert [one.text for one in found if isinstance(one, Heard)] == [meant] * (meant is not None)
    assert [one.text for one in found if isinstance(one, Aside)] == aside


@pytest.mark.parametrize("prefix", ["!", ""])
def test_in_a_group_others_read_and_are_read(prefix: str) -> None:
    ours, theirs, nothing = read(
        message(group_id=GROUP), message(group_id=GROUP, text={"body": "hello all"}),
        message(group_id=GROUP, text={"body": "/stop"}), prefix=prefix,
    )  # fmt: skip
    assert (ours.chat, ours.text, ours.private, ours.among) == (GROUP, "hello", False, True)
    assert theirs == Aside("wamid.1", GROUP, "Ada", "hello all")
    assert nothing.text == "/stop"
    # No group is called as a person is, nor as anything else.
    for wrong in ("15550018", "../x", "", "a b", 1, None):
        assert read(message(group_id=wrong)) == []


def test_what_was_forwarded_is_no_fresh_word() -> None:
    assert not read(message(context={"forwarded": True}))[0].fresh
    assert not read(message(context={"frequently_forwarded": True}))[0].fresh
    assert read(message(context={"id": "wamid.0"}))[0].fresh


def test_a_button_is_a_press() -> None:
    payload = button("denied", "0a1b", "token")
    reply = {"type": "button_reply", "button_reply": {"id": payload, "title": "Deny"}}
    (found,) = read(message(type="interactive", interactive=reply))
    assert found == Pressed("wamid.1", "15550017", "15550017", "0a1b", "denied", "token")


def test_a_picture_or_a_document_is_a_file() -> None:
    image = {"id": "1013", "mime_type": "image/jpeg"}
    (found,) = read(message(type="image", image=image), prefix="")
    assert isinstance(found, Heard)
    assert (found.text, found.files, found.unread) == ("", (Sent("1013", "photo.jpg", 0),), "")
    about = {"id": "1014", "filename": "../a.pdf", "caption": "! what is it?"}
    (found,) = read(message(type="document", document=about))
    assert (found.text, found.files) == ("what is it?", (Sent("1014", "../a.pdf", 0),))
    (aside,) = read(message(type="image", image={**image, "caption": "look"}))
    assert aside == Aside("wamid.1", "15550017", "Ada", "look")
    assert read(message(type="image", image=image)) == []
    assert not read(message(type="document", document=about, context={"forwarded": True}))[0].fresh


def test_what_else_there_is_is_not_read() -> None:
    (found,) = read(message(type="audio", audio={"id": "1013"}), prefix="")
    assert (found.who, found.text, found.unread) == ("15550017", "", NOT_READ.format("this"))
    for wrong in ({}, {"id": "../1"}, {"id": 1}):
        (found,) = read(message(type="image", image={"caption": "!look", **wrong}))
        assert (found.text, found.files, found.unread) == ("look", (), NOT_READ.format("this"))
    (aside,) = read(message(type="video", video={"caption": "look"}))
    assert isinstance(aside, Aside)
    assert read(message(type="reaction")) == []


def test_a_status_says_what_became_of_a_message() -> None:
    failed = {"id": "wamid.2", "status": "failed", "errors": [{"code": 131_047}]}
    body = wrapped(value(statuses=[failed, {"id": "wamid.3", "status": "read"}, {"id": 1}]))
    assert heard(body, NUMBER, "!", NOW) == [
        Status("wamid.2", "failed", 131_047),
        Status("wamid.3", "read"),
    ]


def test_an_old_webhook_says_nothing_again() -> None:
    for at in (NOW - OLDEST_MS, NOW + EARLY_MS, 0):
        assert read(message(timestamp=str(at // 1000))) == []


@pytest.mark.parametrize(
    "hostile",
    [
        {"from": "../x"}, {"from": 17}, {"id": "a b"}, {"id": "x" * 200}, {"timestamp": "soon"},
        {"text": []}, {"text": {"body": 1}}, {"type": ["text"]}, {"type": "interactive"},
        {"type": "interactive", "interactive": {"button_reply": {"id": "APPROVE"}}},
        {"type": "image", "image": [1]}, {"type": "image", "image": {"id": "1", "caption": 1}},
        {"type": "document", "document": {"id": "1", "filename": 1, "caption": "!x"}},
    ],
)  # fmt: skip
def test_what_is_wrong_stops_nothing_that_is_right(hostile: dict[str, Any]) -> None:
    found = read(message(**hostile), message(id="wamid.9"))
    assert [one.id for one in found] == ["wamid.9"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"1", b'{"entry": [1, {"changes": 1}]}'])
def test_what_is_no_webhook_is_nothing(body: bytes) -> None:
    assert heard(body, NUMBER, "!", NOW) == []


def test_what_is_for_another_number_is_not_ours() -> None:
    body = orjson.loads(wrapped(value(messages=[message()])))
    body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "1"
    assert heard(orjson.dumps(body), NUMBER, "!", NOW) == []
