"""What an event of Discord means to us."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.channels.base import NOT_READ, Aside, Heard, Pressed, Sent
from gateways.channels.buttons import button
from gateways.channels.discord_send import rendered
from gateways.channels.discord_updates import MOST, Unreadable, acted, heard

ME = "777"


def message(text: str, **more: Any) -> dict[str, Any]:
    author = {"id": "17", "username": "ada", "global_name": "Ada"}
    return {"id": "9", "channel_id": "3", "content": text, "author": author, "type": 0, **more}


def action(kind: int, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    user = {"id": "17", "username": "ada"}
    return {"id": "9", "channel_id": "3", "type": kind, "data": data, "user": user, **more}


def test_a_private_message() -> None:
    wanted = Heard("777.9", "17", "3", "hello", fresh=True, private=True, name="Ada")
    assert heard(message("hello"), ME, guild=False) == wanted


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("!what is on?", "what is on?"),
        ("<@777> what is on?", "what is on?"),
        ("what is on, <@!777>?", "what is on, ?"),
        ("/stop", "/stop"),
        ("APPROVE BCDF-2345", "APPROVE BCDF-2345"),
        ("what is on?", None),
        ("<@7777> hello", None),
    ],
)
def test_where_others_read_only_what_is_meant_for_us(text: str, meant: str | None) -> None:
    found = heard(message(text), ME, guild=True)
    if meant is None:
        assert found == Aside("777.9", "3", "Ada", text)
    else:
        assert isinstance(found, Heard)
        assert (found.text, found.private, found.among) == (meant, False, True)


def test_what_says_nothing_is_not_read() -> None:
    found = heard(message(""), ME, guild=False)
    assert isinstance(found, Heard)
    assert (found.text, found.unread) == ("", NOT_READ.format("this"))
    assert heard(message(""), ME, guild=True) is None


def test_where_others_read_an_answer_to_us_is_meant_for_us() -> None:
    ours, another = ({"author": {"id": who}} for who in (ME, "18"))
    found = heard(message("and then?", type=19, referenced_message=ours), ME, guild=True)
    assert isinstance(found, Heard)
    found = heard(message("and then?", type=19, referenced_message=another), ME, guild=True)
    assert isinstance(found, Aside)


@pytest.mark.parametrize(
    "more",
    [{"author": {"id": "5", "bot": True}}, {"webhook_id": "6"}, {"type": 7}],
)
def test_bots_and_discord_itself_are_not_heard(more: dict[str, Any]) -> None:
    assert heard(message("hello", **more), ME, guild=False) is None


@pytest.mark.parametrize("more", [{"edited_timestamp": "x"}, {"message_reference": {"type": 1}}])
def test_what_was_edited_or_forwarded_is_talk(more: dict[str, Any]) -> None:
    found = heard(message("APPROVE BCDF-2345", **more), ME, guild=False)
    assert isinstance(found, Heard)
    assert not found.fresh


@pytest.mark.parametrize(
    "more",
    [
        {"content": 5}, {"author": None}, {"author": {"id": 17}}, {"channel_id": "a"},
        {"id": "1" * 30}, {"author": []},
    ],
)  # fmt: skip
def test_what_is_not_as_it_should_be_is_nothing(more: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        heard(message("hello", **more), ME, guild=False)


def test_a_button_and_a_command() -> None:
    press = action(3, {"custom_id": button("approved", "0a", "t")})
    assert acted(press, ME) == Pressed("777.9", "17", "3", "0a", "approved", "t")
    ask = {"name": "ask", "options": [{"name": "question", "value": "what is on?"}]}
    member = {"user": {"id": "18", "username": "anna"}}
    found = acted(action(2, ask, guild_id="4", member=member), ME)
    assert found == Heard("777.9", "18", "3", "what is on?", private=False, name="anna", among=True)


def test_other_interactions_are_nothing() -> None:
    assert acted(action(3, {"custom_id": "x"}), ME) is None
    assert acted(action(2, {"name": "play"}), ME) is None
    assert acted(action(5, {}), ME) is None
    with pytest.raises(Unreadable):
        acted(action(2, {"name": "ask", "options": [5]}), ME)
    with pytest.raises(Unreadable):
        acted({"id": "9"}, ME)


def test_where_a_link_leads_is_said_and_code_stays() -> None:
    assert rendered("[your bank](https://a.example/x)") == "your bank (<https://a.example/x>)"
    code = "```\n[a](https://b)\n``` and `[a](https://b)`"
    assert rendered(code) == code
    assert rendered(" ") == "…"


FILE = {"filename": "../a (1).txt", "size": 7, "url": "https://cdn.discordapp.com/a/1"}


def test_files_come_with_the_words_beside_them() -> None:
    sent = Sent("https://cdn.discordapp.com/a/1", "../a (1).txt", 7)
    for text in ("look", ""):
        found = heard(message(text, attachments=[FILE, FILE]), ME, guild=False)
        assert isinstance(found, Heard)
        assert (found.text, found.files, found.unread) == (text, (sent, sent), "")
    # Where others read, words must name us; a file alone does not.
    assert heard(message("", attachments=[FILE]), ME, guild=True) is None
    found = heard(message("!look", attachments=[FILE]), ME, guild=True)
    assert isinstance(found, Heard)
    assert found.files == (sent,)
    found = heard(message("look", attachments=[FILE]), ME, guild=True)
    assert isinstance(found, Aside)


@pytest.mark.parametrize(
    "rows",
    [1, {"a": 1}, [1], [FILE] * (MOST + 1), [{**FILE, "url": 1}], [{**FILE, "filename": []}],
     [{**FILE, "size": "9"}], [{**FILE, "size": True}], [{"filename": "x"}]],
)  # fmt: skip
def test_files_that_are_not_as_they_should_be_are_unreadable(rows: Any) -> None:
    with pytest.raises(Unreadable):
        heard(message("look", attachments=rows), ME, guild=False)
