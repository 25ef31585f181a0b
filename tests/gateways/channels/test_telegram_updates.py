"""What an update of Telegram means to us."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from gateways.channels.base import NOT_READ, Aside, Heard, News, Pressed, Sent
from gateways.channels.buttons import button
from gateways.channels.telegram_updates import Me, heard

ME = Me(777, "nexus_bot")


def said(text: str | None, kind: str = "group", **more: Any) -> News | None:
    fields: dict[str, Any] = {
        "message_id": 5, "date": 1, "text": text,
        "from": {"id": 17, "is_bot": False, "first_name": "Ada", "last_name": "L"},
        "chat": {"id": -3, "type": kind, "title": "x"}, **more,
    }  # fmt: skip
    update = Update.de_json({"update_id": 9, "message": fields}, None)
    assert update is not None
    return heard(update, ME)


def pressed(data: str, **sender: Any) -> News | None:
    query = {
        "id": "1", "chat_instance": "x", "data": data,
        "from": {"id": 17, "is_bot": False, "first_name": "Ada", **sender},
        "message": {"message_id": 5, "date": 1, "chat": {"id": -3, "type": "group", "title": "x"}},
    }  # fmt: skip
    update = Update.de_json({"update_id": 9, "callback_query": query}, None)
    assert update is not None
    return heard(update, ME)


def test_a_private_message() -> None:
    assert said("hello", "private") == Heard(
        "777.9", "17", "-3", "hello", fresh=True, private=True, name="Ada L"
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("!what is on?", "what is on?"),
        ("@Nexus_Bot what is on?", "what is on?"),
        ("what is on, @nexus_bot?", "what is on, ?"),
        ("/status@nexus_bot", "/status"),
        ("/stop", "/stop"),
        ("APPROVE BCDF-2345", "APPROVE BCDF-2345"),
        ("what is on?", None),
        ("@nexus_bot2 hello", None),
        ("/stop@another_bot", None),
    ],
)
def test_in_a_group_only_what_is_meant_for_us(text: str, meant: str | None) -> None:
    found = said(text)
    assert (found.text if isinstance(found, Heard) else None) == meant
    assert not isinstance(found, Heard) or (found.private, found.among) == (False, True)
    # A command for another bot is nobody's talk.
    aside = None if text.startswith("/") else Aside("777.9", "-3", "Ada L", text)
    assert meant is not None or found == aside


def test_in_a_group_an_answer_to_us_is_meant_for_us() -> None:
    to_us = {"message_id": 4, "date": 1, "text": "x", "chat": {"id": -3, "type": "group"}}
    bot = {"id": 777, "is_bot": True, "first_name": "Nexus"}
    found = said("and then?", reply_to_message={**to_us, "from": bot})
    assert isinstance(found, Heard)
    others = said("and then?", reply_to_message={**to_us, "from": {**bot, "id": 778}})
    assert isinstance(others, Aside)


@pytest.mark.parametrize(
    "more",
    [
        {"from": {"id": 3, "is_bot": True, "first_name": "Bot"}},
        {"sender_chat": {"id": -4, "type": "channel", "title": "x"}},
        {"from": None},
    ],
)
def test_bots_and_whoever_hides_are_not_heard(more: dict[str, Any]) -> None:
    assert said("hello", "private", **more) is None


def test_what_was_forwarded_is_talk() -> None:
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "Eve"}
    found = said("APPROVE BCDF-2345", "private", forward_origin=origin)
    assert isinstance(found, Heard)
    assert not found.fresh


def test_a_button_carries_all_that_a_press_needs() -> None:
    data = button("approved", "0123456789abcdef", "t" * 32)
    assert len(data) <= 64
    assert pressed(data) == Pressed("777.9", "17", "-3", "0123456789abcdef", "approved", "t" * 32)
    assert isinstance(pressed(button("denied", "ab", "t")), Pressed)


@pytest.mark.parametrize("data", ["", "a", "x0.t", "a0", "aXYZ.t", "a0.t t", "a" * 64])
def test_what_no_button_of_ours_carries_is_nothing(data: str) -> None:
    assert pressed(data) is None


SMALL, LARGE = (
    {"file_id": name, "file_unique_id": name, "width": 1, "height": 1, "file_size": size}
    for name, size in (("small", 10), ("large", 1_000))
)
DOCUMENT = {"file_id": "d", "file_unique_id": "d", "file_name": "../a.pdf", "file_size": 7}


@pytest.mark.parametrize(
    ("what", "files"),
    [
        ({"photo": [SMALL, LARGE]}, (Sent("large", "photo.jpg", 1_000),)),
        ({"document": DOCUMENT}, (Sent("d", "../a.pdf", 7),)),
        ({"document": {"file_id": "d", "file_unique_id": "d"}}, (Sent("d", "file", 0),)),
        ({}, ()),
    ],
)
def test_a_file_comes_with_the_words_beside_it(
    what: dict[str, Any], files: tuple[Sent, ...]
) -> None:
    found = said(None, "private", caption="what is it?", **what)
    assert isinstance(found, Heard)
    assert (found.text, found.files, found.unread) == ("what is it?", files, "")
    # Where others read, words must name us; a file alone does not.
    assert said(None, **what) is None
    named = said(None, caption="@nexus_bot look", **what)
    assert isinstance(named, Heard)
    assert (named.text, named.files) == ("look", files)


@pytest.mark.parametrize("wrong", [{"file_name": 1}, {"file_size": "a"}])
def test_a_file_that_is_not_as_it_should_be_is_unreadable(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        said(None, "private", document={**DOCUMENT, **wrong})


def test_what_is_not_read_is_named() -> None:
    voice = {"file_id": "x", "file_unique_id": "x", "duration": 1}
    found = said(None, "private", voice=voice)
    assert isinstance(found, Heard)
    assert (found.unread, found.files) == (NOT_READ.format("a voice message"), ())
    nothing = said(None, "private")
    assert isinstance(nothing, Heard)
    assert nothing.unread == NOT_READ.format("this")
